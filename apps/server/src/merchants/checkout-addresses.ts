import { Refusal } from "../platform/errors.ts";

/** Hosts that are this very machine, for trying out without a certificate (W3C Secure Contexts, section 3.1). */
const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * An origin as the merchant's list keeps it: scheme, host and port in the browser's own spelling.
 * @param text e.g. `https://Shop.Example.com/`; nothing but an origin is taken
 * @throws Refusal `checkout.origin_invalid`
 */
export function originOf(text: string): string {
  const url = parse(text);
  const bare = url !== undefined && (url.pathname === "/" || url.pathname === "") && isTrusted(url);
  // What a URL parser drops without a word (a lone `?` or `#`, tabs, a line break) is refused as it was typed.
  if (!bare || !/^https?:\/\/[^\s/?#@\\]+\/?$/i.test(text)) throw new Refusal("checkout.origin_invalid");
  return url.origin;
}

/**
 * A return address as it is kept, once it is held to the merchant's list. The list names whole origins, so that a host
 * that only begins or ends like the shop's is another one.
 * @throws Refusal `checkout.return_address_not_allowed`
 */
export function allowedReturnAddress(text: string, origins: readonly string[]): string {
  const url = parse(text);
  const allowed =
    url !== undefined &&
    isTrusted(url) &&
    /^https?:\/\/[^\s\\@#]+$/i.test(text) &&
    origins.includes(url.origin);
  if (!allowed) throw new Refusal("checkout.return_address_not_allowed");
  return url.href;
}

/** The address with more parameters; those of the shop stay as they are. */
export function withParameters(address: string, parameters: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

const isTrusted = (url: URL): boolean =>
  (url.protocol === "https:" || (url.protocol === "http:" && loopback.has(url.hostname))) &&
  url.username === "" &&
  url.password === "" &&
  url.hash === "";

function parse(text: string): URL | undefined {
  return URL.parse(text) ?? undefined;
}

import { z } from "zod";
import { type KeyProvider, VaultError } from "../types.ts";

const limitMs = 10_000;
const encrypted = z.object({ data: z.object({ ciphertext: z.string().regex(/^vault:v\d+:/) }) });
const decrypted = z.object({ data: z.object({ plaintext: z.string() }) });
const described = z.object({
  data: z.object({
    latest_version: z.number().int(),
    // Seconds since 1970 for symmetric keys.
    keys: z.record(z.string(), z.unknown()),
  }),
});

/**
 * Wraps data keys with a key of HashiCorp Vault's transit engine, which never leaves it.
 * Source: HashiCorp Vault, "Transit secrets engine (API)": encrypt and decrypt data, rotate key, read key.
 * @param options.url address of Vault, e.g. `https://vault.example:8200`
 * @param options.key name of a key of type aes256-gcm96, the engine's default
 * @param options.token reads anew at each call, so that an agent may renew it
 */
export function createTransitKeyProvider(options: {
  url: string;
  key: string;
  token: () => Promise<string>;
  mount?: string | undefined;
  namespace?: string | undefined;
}): KeyProvider {
  const { url, key, mount = "transit", namespace } = options;
  const base = `${url}/v1/${mount.split("/").map(encodeURIComponent).join("/")}`;
  const name = encodeURIComponent(key);
  const place = `${url}, ${mount}/${key}`;

  async function call<T>(
    method: "GET" | "POST",
    path: string,
    schema: z.ZodType<T>,
    body?: object,
  ): Promise<T> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}/${path}`, {
        method,
        headers: {
          "x-vault-token": await options.token(),
          "x-vault-request": "true",
          ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A redirect would take the token elsewhere.
        redirect: "error",
        signal: AbortSignal.timeout(limitMs),
      });
      text = await response.text();
    } catch (cause) {
      throw new VaultError(
        `HashiCorp Vault does not answer at ${url}: start it, unseal it, or correct JINQIAO_TRANSIT_URL.`,
        { cause },
      );
    }
    if (!response.ok)
      throw new VaultError(
        `HashiCorp Vault refused ${method} ${mount}/${path} with ${response.status}${errorsOf(text)}.`,
      );
    const parsed = schema.safeParse(text === "" ? {} : parseJson(text));
    if (parsed.success) return parsed.data;
    throw new VaultError(`HashiCorp Vault's answer to ${method} ${mount}/${path} cannot be read.`);
  }

  const base64 = (bytes: string | Uint8Array) =>
    (typeof bytes === "string" ? Buffer.from(bytes, "utf8") : Buffer.from(bytes)).toString("base64");
  const describe: KeyProvider["describe"] = async () => {
    const { data } = await call("GET", `keys/${name}`, described);
    const createdAt = data.keys[String(data.latest_version)];
    return {
      provider: "transit",
      id: `v${data.latest_version}`,
      place,
      createdAt: typeof createdAt === "number" ? new Date(createdAt * 1000) : null,
    };
  };

  return {
    name: "transit",
    async wrap(dataKey, context) {
      const { data } = await call("POST", `encrypt/${name}`, encrypted, {
        plaintext: base64(dataKey),
        associated_data: base64(context),
      });
      return { wrapped: data.ciphertext, kek: data.ciphertext.split(":")[1] as string };
    },
    async unwrap(wrapped, context) {
      const { data } = await call("POST", `decrypt/${name}`, decrypted, {
        ciphertext: wrapped,
        associated_data: base64(context),
      });
      return Buffer.from(data.plaintext, "base64");
    },
    describe,
    async rotate() {
      await call("POST", `keys/${name}/rotate`, z.unknown(), {});
      return describe();
    },
    close: async () => {},
  };
}

/** Its own words, as `{"errors": […]}`; never what we sent. */
function errorsOf(text: string): string {
  const parsed = z.object({ errors: z.array(z.string()) }).safeParse(parseJson(text));
  return parsed.success && parsed.data.errors.length > 0 ? `: ${parsed.data.errors.join("; ").trim()}` : "";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { promises as dns, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** All addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export const resolveByDns: Resolve = (host) => dns.lookup(host, { all: true, verbatim: true });

/** The host is, or resolves to, an address that webhooks never go to. */
export class AddressRefused extends Error {
  constructor(host: string) {
    super(`refused: ${host}`);
    this.name = "AddressRefused";
  }
}

/** Public by its range, and yet a cloud provider's own service inside every virtual machine. */
const internalServices: ReadonlySet<string> = new Set(["168.63.129.16"]);

/**
 * True for an address that anybody on the internet may be reached at: a unicast address outside every range that the
 * IANA special-purpose registries set aside (RFC 6890). Those that carry an IPv4 address inside (mapped, NAT64, 6to4,
 * Teredo) are refused whatever they carry.
 */
export function isPublicAddress(address: string, { allowLoopback = false } = {}): boolean {
  if (!ipaddr.isValid(address) || internalServices.has(address)) return false;
  const range = ipaddr.parse(address).range();
  return range === "unicast" || (allowLoopback && range === "loopback");
}

/** A host as a URL writes it, without the brackets of IPv6. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, "");

/**
 * Resolves once and answers only when every address may be connected to, so that the address that was looked at is the
 * address that is connected to: a name that changes its answer in between (DNS rebinding) gains nothing.
 * @throws AddressRefused
 */
export async function checkedAddresses(
  host: string,
  deps: { resolve: Resolve; allowLoopback: boolean },
): Promise<readonly LookupAddress[]> {
  const literal = ipaddr.isValid(host)
    ? [{ address: host, family: ipaddr.parse(host).kind() === "ipv6" ? 6 : 4 }]
    : undefined;
  const addresses = literal ?? (await deps.resolve(host));
  if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address, deps)))
    throw new AddressRefused(host);
  return addresses;
}

/** `checkedAddresses` in the form that sockets ask in. */
export function checkedLookup(deps: { resolve: Resolve; allowLoopback: boolean }): LookupFunction {
  return (host, options, callback) => {
    checkedAddresses(host, deps).then(
      (addresses) => {
        if (options.all) return callback(null, [...addresses]);
        const [first] = addresses as [LookupAddress];
        callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, "", 0),
    );
  };
}

/**
 * The address of an endpoint in its one spelling, or undefined for what is none: another protocol than https, a user
 * name or password in it, a fragment. Plain http is for a receiver on this very machine, where that is allowed.
 */
export function endpointUrl(text: string, { allowLoopback }: { allowLoopback: boolean }): URL | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") return undefined;
  if (url.protocol === "https:") return url;
  const host = bareHost(url.hostname);
  const own = host === "localhost" || (ipaddr.isValid(host) && ipaddr.parse(host).range() === "loopback");
  return url.protocol === "http:" && allowLoopback && own ? url : undefined;
}

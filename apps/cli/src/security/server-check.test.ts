import { once } from "node:events";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Database } from "../../../sandbox-bank/src/database.ts";
import { openAuthority } from "../../../sandbox-bank/src/tls/authority.ts";
import { checkHeaders, checkTls } from "./server-check.ts";

const dayMs = 86_400_000;
const now = new Date();
const close: (() => void)[] = [];
afterEach(() => {
  for (const end of close.splice(0)) end();
});

/** A real server on TLS whose certificate ends in so many days, from an authority that nobody trusts. */
async function server(daysLeft: number, options: ServerOptions = {}): Promise<string> {
  const authority = await openAuthority(undefined as unknown as Database, {
    name: "Test",
    setting: undefined,
  });
  const { certificate, privateKey } = await authority.issueServer({
    from: new Date(now.getTime() - dayMs),
    to: new Date(now.getTime() + daysLeft * dayMs + 60_000),
  });
  const https = createServer({ cert: certificate, key: privateKey, ...options }, (_request, response) =>
    response.end(),
  );
  https.listen(0, "127.0.0.1");
  await once(https, "listening");
  close.push(() => https.close());
  return `https://localhost:${(https.address() as AddressInfo).port}`;
}
const idsOf = async (url: string) => (await checkTls(url, now)).found.map(({ id }) => id);

describe("TLS of a running server", () => {
  it("finds a certificate that nobody trusts, and nothing else where all else is well", async () => {
    expect(await idsOf(await server(90))).toEqual(["tls:certificate"]);
  });
  it("finds a certificate that soon ends", async () => {
    expect(await idsOf(await server(10))).toEqual(["tls:certificate", "tls:certificate-end"]);
  });
  it("finds old protocols", async () => {
    const old = await server(90, { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" });
    expect(await idsOf(old)).toEqual(["tls:certificate", "tls:old-protocol"]);
  });
  it("is not run, and says so, where nobody answers or nothing is encrypted", async () => {
    expect((await checkTls("https://localhost:9", now)).check.status).toBe("not_run");
    expect((await checkTls("http://localhost:9", now)).check.status).toBe("not_run");
    expect((await checkHeaders("http://localhost:9")).check.status).toBe("not_run");
  });
});

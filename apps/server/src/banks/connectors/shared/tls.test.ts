import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createTestDatabase } from "../../../../../../test/support/database.ts";
import { createSandboxBank, type SandboxBank } from "../../../../../sandbox-bank/src/index.ts";
import type { ClientKind, ServerKind } from "../../../../../sandbox-bank/src/tls/entrance.ts";
import { openConnector } from "../../../connectors.ts";
import { banksFrom } from "../../bank-config.ts";
import type { BankConnector } from "../../connector.ts";
import { certificateState, ownCertificates } from "./tls.ts";

let bank: SandboxBank;
let entry: Record<string, unknown> & { custodyAccounts: { currency: string; iban: string }[] };
let payee: string;
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const database = await createTestDatabase();
  undo.push(database.drop);
  bank = await createSandboxBank({
    databaseUrl: database.url,
    port: 0,
    tlsPort: 0,
    scriptToken: "test-script-token",
    seed: "demo",
    settleAfterMs: 0,
  });
  undo.push(bank.close);
  const { clientId, clientSecret } = await bank.script.tppClient({
    name: "Jinqiao",
    redirectUris: ["http://localhost:7399/back"],
  });
  const tls = await bank.script.tls();
  entry = {
    id: "harbour",
    connector: "berlin-group",
    name: { en: "Harbour Bank", zh: "港湾银行" },
    baseUrl: tls?.url,
    issuer: bank.url,
    clientId,
    clientSecret: clientSecret ?? "",
    timeZone: "Europe/Prague",
    custodyAccounts: await bank.script.custodyAccounts({ clientId, currencies: ["EUR"] }),
  };
  const [person] = await bank.script.psus();
  payee = person?.accounts.find(({ currency }) => currency === "EUR")?.iban ?? "";
});
afterAll(async () => {
  for (const step of undo.reverse()) await step();
});
beforeEach(() => bank.script.showCertificate("valid"));

async function certificateOf(kind: ClientKind) {
  const tls = await bank.script.tls();
  return { ca: tls?.authority, ...(await bank.script.clientCertificate({ kind, name: "Jinqiao" })) };
}

async function using<T>(tls: object | undefined, use: (connector: BankConnector) => Promise<T>): Promise<T> {
  const connector = openConnector({ ...entry, ...(tls === undefined ? {} : { tls }) });
  try {
    return await use(connector);
  } finally {
    await connector.close();
  }
}

const pay = (connector: BankConnector) =>
  connector.initiatePayment(
    {
      reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 20)}`,
      requestId: randomUUID(),
      debtorIban: entry.custodyAccounts[0]?.iban ?? "",
      creditorIban: payee,
      creditorName: "Lin Xiao",
      amountMinor: 100n,
      currency: "EUR",
      remittance: "Test",
      returnUrl: "http://localhost:7399/back",
      noticeUrl: "http://localhost:7399/notice",
    },
    null,
  );

it("a bank that asks for a client certificate is called with ours", async () => {
  const tls = await certificateOf("valid");
  // The custody account is empty, which the bank can only say once it has let us in.
  expect(await using(tls, pay)).toMatchObject({ outcome: "rejected", reason: { code: "AM04" } });
});

it.each<{ kind: ClientKind | "none"; answer: object }>([
  { kind: "expired", answer: { outcome: "not_sent", why: expect.stringContaining("CERTIFICATE_EXPIRED") } },
  { kind: "revoked", answer: { outcome: "not_sent", why: expect.stringContaining("CERTIFICATE_REVOKE") } },
  // The bank cuts the connection and says nothing: whether it read the order is not ours to assume.
  { kind: "foreign", answer: { outcome: "unknown" } },
  { kind: "none", answer: { outcome: "unknown" } },
])("client certificate: $kind", async ({ kind, answer }) => {
  const ca = (await bank.script.tls())?.authority;
  const tls = kind === "none" ? { ca } : await certificateOf(kind);
  expect(await using(tls, pay)).toMatchObject(answer);
});

it.each<{ kind: ServerKind; why: string }>([
  { kind: "expired", why: "CERT_HAS_EXPIRED" },
  { kind: "foreign", why: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
  { kind: "wrong-name", why: "ERR_TLS_CERT_ALTNAME_INVALID" },
])("the bank's certificate: $kind, and nothing is sent", async ({ kind, why }) => {
  const tls = await certificateOf("valid");
  await bank.script.showCertificate(kind);
  expect(await using(tls, pay)).toMatchObject({ outcome: "not_sent", why: expect.stringContaining(why) });
});

it("where there is an entrance over TLS, the other port has no interface", async () => {
  const answer = await fetch(`${bank.url}/v1/accounts`);
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ tppMessages: [{ code: "CERTIFICATE_MISSING" }] });
});

it("the end of a certificate can be read; a key of another is refused when settings are read", async () => {
  const { ca, certificate, privateKey } = await certificateOf("valid");
  const [own] = ownCertificates({ tls: { certificate } });
  expect(own?.use).toBe("tls");
  expect(own?.subject).toContain("CN=Jinqiao");
  expect((own?.validTo.getTime() ?? 0) > Date.now() + 300 * 86_400_000).toBe(true);
  expect(() => banksFrom([{ ...entry, tls: { ca, certificate, privateKey } }])).not.toThrow();
  const other = await certificateOf("valid");
  expect(() => banksFrom([{ ...entry, tls: { ca, certificate, privateKey: other.privateKey } }])).toThrow(
    "0.tls is missing or wrong",
  );
});

it("a certificate is called for a month before it ends", async () => {
  const { certificate } = await certificateOf("valid");
  const [own] = ownCertificates({ tls: { certificate } });
  if (own === undefined) throw new Error("no certificate");
  const before = (days: number) => new Date(own.validTo.getTime() - days * 86_400_000);
  expect(certificateState(own, before(31))).toBe("valid");
  expect(certificateState(own, before(30))).toBe("ending");
  expect(certificateState(own, before(0))).toBe("ended");
});

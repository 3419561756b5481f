import { randomUUID } from "node:crypto";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { BankConnector, PaymentOrder } from "../../connector.ts";
import { customerIp, publicUrl, startUkBank, type UkBank } from "./testing/setup.ts";

/** Stands between the connector and the bank's interface and changes answers, as other banks would write them. */
let uk: UkBank;
let connector: BankConnector;
let change: ((path: string, body: string) => { status?: number; body: string } | undefined) | undefined;
const server = createServer((request, response) => {
  const passed = forward(
    {
      host: "127.0.0.1",
      port: uk.bank.port,
      path: request.url,
      method: request.method,
      headers: request.headers,
    },
    async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const changed = change?.(request.url ?? "", text);
      const { "content-length": _length, "transfer-encoding": _encoding, ...headers } = answer.headers;
      response.writeHead(changed?.status ?? answer.statusCode ?? 500, headers);
      response.end(changed?.body ?? text);
    },
  );
  request.pipe(passed);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Proofs of possession name the address that was called, so the bank must go by this one.
  uk = await startUkBank({ baseUrl: `http://localhost:${(server.address() as AddressInfo).port}` });
  connector = uk.connector;
});
afterEach(() => {
  change = undefined;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await uk?.close();
});

const custodyReader = {
  bankConsentId: "",
  accessToken: "any",
  refreshToken: null,
  expiresAt: "2099-01-01T00:00:00Z",
};

async function ownAccess() {
  const started = await connector.startConsent({
    requestId: randomUUID(),
    state: randomUUID(),
    redirectUri: `${publicUrl}/v1/bank-callbacks/albion`,
    noticeUrl: `${publicUrl}/v1/bank-notices/albion`,
    validUntil: "2099-01-01",
    frequencyPerDay: 4,
    customerIp,
  });
  const { redirectUrl } = await uk.bank.script.authorise({
    authorizationUrl: started.authorisationUrl,
    username: "wanglei",
  });
  return connector.completeConsent({
    bankConsentId: started.bankConsentId,
    redirectUri: "",
    callbackUrl: redirectUrl,
    secrets: started.secrets,
    customerIp,
  });
}

function payout(iban: string): PaymentOrder {
  return {
    reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 20)}`,
    requestId: randomUUID(),
    debtorIban: uk.custody.iban,
    creditorIban: iban,
    creditorName: "王磊",
    amountMinor: 100n,
    currency: "GBP",
    remittance: "Jinqiao withdrawal",
    returnUrl: `${publicUrl}/v1/bank-payment-returns/pay_1`,
    noticeUrl: `${publicUrl}/v1/bank-notices/albion`,
  };
}

test("v3.1 names of statuses, balance types and schemes are understood", async () => {
  const words: Record<string, string> = {
    '"AUTH"': '"Authorised"',
    '"ITBD"': '"InterimBooked"',
    '"ITAV"': '"InterimAvailable"',
    '"XPCD"': '"Expected"',
    '"BOOK"': '"Booked"',
    '"PDNG"': '"Pending"',
  };
  change = (_path, body) => ({
    body: Object.entries(words).reduce((text, [code, word]) => text.replaceAll(code, word), body),
  });
  const { access, accounts } = await ownAccess();
  const [account] = accounts;
  if (account === undefined) throw new Error("no account");
  expect(await connector.consentStatus(access.bankConsentId)).toBe("valid");
  expect(await connector.balance(access, account, customerIp)).toEqual({
    booked: 331075n,
    available: 331075n,
  });
  const entries = await connector.entries(access, account, { from: "2020-01-01" }, customerIp);
  expect(entries.filter(({ status }) => status === "booked").length).toBeGreaterThan(50);
});

test("a link to another host is not followed: our token stays with the bank", async () => {
  const { access, accounts } = await ownAccess();
  change = (path, body) =>
    path.includes("/transactions")
      ? { body: body.replace(/"Next":"http:\/\/[^/]*/, '"Next":"http://evil.example') }
      : undefined;
  await expect(
    connector.entries(
      access,
      { resourceId: accounts[0]?.resourceId ?? "" },
      { from: "2020-01-01" },
      customerIp,
    ),
  ).rejects.toMatchObject({ code: "bank.unavailable" });
});

test("sort code and account number name an account that has no IBAN", async () => {
  change = (path, body) =>
    path.endsWith("/aisp/accounts") ? { body: body.replaceAll("UK.OBIE.IBAN", "UK.OBIE.PAN") } : undefined;
  const { accounts } = await ownAccess();
  expect(accounts[0]?.iban).toMatch(/^99\d{12}$/);
  change = undefined;
  // Paid by that number, the money arrives: the custody account is empty, so the bank says why not.
  const answer = await connector.initiatePayment(payout(accounts[0]?.iban ?? ""), null);
  expect(answer).toMatchObject({ outcome: "rejected", bankStatus: "RJCT", reason: { code: "AM04" } });
});

test("an answer whose signature does not fit says nothing: the payment is unknown, and asking again finds it", async () => {
  const { accounts } = await ownAccess();
  const order = payout(accounts[0]?.iban ?? "");
  change = (path, body) =>
    path.endsWith("/domestic-payments") ? { body: body.replace('"RJCT"', '"ACSC"') } : undefined;
  expect(await connector.initiatePayment(order, null)).toMatchObject({ outcome: "unknown" });
  change = undefined;
  expect(await connector.initiatePayment(order, null)).toMatchObject({
    outcome: "rejected",
    bankStatus: "RJCT",
  });
});

test("errors: v3.1 long names are read as v4.0 codes; what says nothing certain is unknown", async () => {
  const { accounts } = await ownAccess();
  const iban = accounts[0]?.iban ?? "";
  const answerWith = (status: number, body: unknown) => {
    change = (path) =>
      path.endsWith("/domestic-payments") ? { status, body: JSON.stringify(body) } : undefined;
    return connector.initiatePayment(payout(iban), null);
  };
  for (const ErrorCode of ["U014", "UK.OBIE.Rules.FailsControlParameters"])
    expect(await answerWith(400, { Code: "400", Errors: [{ ErrorCode, Message: "no" }] })).toMatchObject({
      outcome: "rejected",
      reason: { code: "Rules.FailsControlParameters" },
    });
  expect(await answerWith(429, {})).toMatchObject({ outcome: "not_sent" });
  expect(await answerWith(500, { Errors: [{ ErrorCode: "U000" }] })).toMatchObject({ outcome: "unknown" });
  expect(await answerWith(400, "no error of the standard")).toMatchObject({ outcome: "unknown" });
});

test("a bank that is not there: certain that nothing was sent", async () => {
  const nowhere = uk.connectorOf({ baseUrl: "http://localhost:9/open-banking/v4.0" });
  expect(await nowhere.initiatePayment(payout(uk.custody.iban), null)).toMatchObject({ outcome: "not_sent" });
  await expect(
    nowhere.balance(custodyReader, { resourceId: "x", currency: "GBP" }, null),
  ).rejects.toMatchObject({ code: "bank.unavailable" });
  await nowhere.close();
});

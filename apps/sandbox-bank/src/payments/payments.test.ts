import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bankIban } from "../iban.ts";
import type { SandboxBank } from "../index.ts";
import {
  codeOf,
  createTpp,
  DAY_MS,
  demoIban,
  REDIRECT_URI,
  startBank,
  type TestClock,
  type Tpp,
  testClock,
} from "../testing/tpp.ts";

let bank: SandboxBank;
let tpp: Tpp;
let clock: TestClock;
let close: () => Promise<void>;
let linxiao: string;
let custody: string;
let custodyId: string;
const EXTERNAL_CNY = "DE89370400440532013000";

beforeAll(async () => {
  clock = testClock();
  ({ bank, close } = await startBank({ clock, autoEndOfDay: false }));
  tpp = await createTpp(bank);
  linxiao = await demoIban(bank, "linxiao", "CNY");
  const accounts = await bank.script.custodyAccounts({
    clientId: tpp.clientId,
    currencies: ["CNY", "EUR", "JPY", "KWD"],
  });
  custody = accounts[0]?.iban ?? "";
  custodyId = accounts[0]?.resourceId ?? "";
});
afterAll(async () => {
  expect((await bank.script.trialBalance()).filter(({ sumMinor }) => sumMinor !== "0")).toEqual([]);
  await close();
});

const available = async (iban: string) => BigInt((await bank.script.account(iban)).availableMinor);
const statusPath = (payment: { body: { _links: { status: { href: string } } } }) =>
  new URL(payment.body._links.status.href).pathname;
const statusOf = async (payment: Parameters<typeof statusPath>[0]) =>
  (await tpp.call("GET", statusPath(payment))).body;

describe("with strong authentication", () => {
  test("received with a link to the bank's page; confirmed there, it is on the payee's account", async () => {
    const before = [await available(linxiao), await available(custody)] as const;
    const payment = await tpp.pay({ from: linxiao, to: custody, amount: "120.50", endToEndId: "pay-sca-1" });
    expect(payment.body.transactionStatus).toBe("RCVD");
    expect(payment.headers["aspsp-sca-approach"]).toBe("REDIRECT");
    expect(payment.body._links.scaRedirect.href).toContain(`${bank.url}/sca/payments/`);
    expect((await statusOf(payment)).transactionStatus).toBe("RCVD");
    expect(await available(linxiao)).toBe(before[0]);

    const { redirectUrl } = await bank.script.authorisePayment(payment.body.paymentId);
    expect(redirectUrl).toBe(REDIRECT_URI);
    expect((await statusOf(payment)).transactionStatus).toBe("ACCC");
    expect(await available(linxiao)).toBe(before[0] - 12050n);
    expect(await available(custody)).toBe(before[1] + 12050n);
    const sca = await tpp.call("GET", new URL(payment.body._links.scaStatus.href).pathname);
    expect(sca.body.scaStatus).toBe("finalised");
    const whole = await tpp.call("GET", new URL(payment.body._links.self.href).pathname);
    expect(whole.body).toMatchObject({ endToEndIdentification: "pay-sca-1", transactionStatus: "ACCC" });
    await expect(bank.script.authorisePayment(payment.body.paymentId)).rejects.toThrow(/409/);
  });

  test("refused by the customer: rejected, nothing moved, back to the refusal address", async () => {
    const before = await available(linxiao);
    const payment = await tpp.pay({ from: linxiao, to: custody, amount: "10.00" });
    const { redirectUrl } = await bank.script.rejectPayment(payment.body.paymentId);
    expect(redirectUrl).toBe(`${REDIRECT_URI}?refused=1`);
    const status = await statusOf(payment);
    expect(status.transactionStatus).toBe("RJCT");
    expect(status.psuMessage).toMatch(/^CUST/);
    expect(await available(linxiao)).toBe(before);
  });

  test("cancelled by the TPP before the customer confirms; afterwards not any more", async () => {
    const payment = await tpp.pay({ from: linxiao, to: custody, amount: "10.00" });
    const self = new URL(payment.body._links.self.href).pathname;
    expect((await tpp.call("DELETE", self)).status).toBe(204);
    expect((await tpp.call("DELETE", self)).status).toBe(204);
    expect((await statusOf(payment)).transactionStatus).toBe("CANC");
    await expect(bank.script.authorisePayment(payment.body.paymentId)).rejects.toThrow(/409/);
    const done = await tpp.pay({ from: linxiao, to: custody, amount: "1.00" });
    await bank.script.authorisePayment(done.body.paymentId);
    const refused = await tpp.call("DELETE", new URL(done.body._links.self.href).pathname);
    expect(codeOf(refused)).toBe("405 CANCELLATION_INVALID");
  });

  test("explicit authorisation: the TPP opens it and lists it", async () => {
    const payment = await tpp.pay({
      from: linxiao,
      to: custody,
      amount: "2.00",
      headers: { "tpp-explicit-authorisation-preferred": "true" },
    });
    const path = new URL(payment.body._links.startAuthorisation.href).pathname;
    const started = await tpp.call("POST", path, { body: {} });
    expect(started.body._links.scaRedirect.href).toContain(started.body.authorisationId);
    expect((await tpp.call("GET", path)).body.authorisationIds).toEqual([started.body.authorisationId]);
    await bank.script.authorisePayment(payment.body.paymentId);
    expect((await statusOf(payment)).transactionStatus).toBe("ACCC");
  });

  test("insufficient funds: rejected at execution with AM04", async () => {
    const payment = await tpp.pay({ from: linxiao, to: custody, amount: "99999999.00" });
    const { redirectUrl } = await bank.script.authorisePayment(payment.body.paymentId);
    expect(redirectUrl).toBe(`${REDIRECT_URI}?refused=1`);
    expect(await statusOf(payment)).toMatchObject({ transactionStatus: "RJCT", fundsAvailable: false });
    expect((await statusOf(payment)).tppMessages[0].text).toMatch(/^AM04/);
  });
});

describe("exempt", () => {
  test("within the customer's daily limit to the TPP's own account; above it the customer is asked", async () => {
    const wanglei = await demoIban(bank, "wanglei", "CNY");
    const authorisation = await tpp.link({ username: "wanglei", ibans: [wanglei], trust: "500" });
    const top = (amount: string) =>
      tpp.pay({ from: wanglei, to: custody, amount, token: authorisation.accessToken });
    const first = await top("300.00");
    expect(first.body).toMatchObject({ transactionStatus: "ACCC", scaStatus: "exempted" });
    expect(first.body._links.scaRedirect).toBeUndefined();
    expect((await top("200.01")).body.transactionStatus).toBe("RCVD");
    expect((await top("200.00")).body.transactionStatus).toBe("ACCC");
    expect((await top("0.01")).body.transactionStatus).toBe("RCVD");
    await bank.script.endOfDay();
    clock.advance(DAY_MS);
    expect((await top("500.00")).body.transactionStatus).toBe("ACCC");
    // Only the TPP's own accounts are trusted.
    const elsewhere = await tpp.pay({
      from: wanglei,
      to: linxiao,
      amount: "1.00",
      token: authorisation.accessToken,
    });
    expect(elsewhere.body.transactionStatus).toBe("RCVD");
    // The exemption ends with the consent.
    await bank.script.endOfDay();
    clock.advance(DAY_MS);
    await tpp.call("DELETE", `/v1/consents/${authorisation.consentId}`);
    const after = await tpp.pay({ from: wanglei, to: custody, amount: "1.00" });
    expect(after.body.transactionStatus).toBe("RCVD");
  });

  test("twenty top-ups at once never exceed the limit", async () => {
    const kwd = await demoIban(bank, "wanglei", "KWD");
    const [account] = await bank.script.custodyAccounts({ clientId: tpp.clientId, currencies: ["KWD"] });
    const authorisation = await tpp.link({ username: "wanglei", ibans: [kwd], trust: "10.000" });
    const before = await available(kwd);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        tpp.pay({
          from: kwd,
          to: account?.iban ?? "",
          amount: "1.250",
          currency: "KWD",
          token: authorisation.accessToken,
        }),
      ),
    );
    const accepted = answers.filter(({ body }) => body.transactionStatus === "ACCC");
    expect(accepted).toHaveLength(8);
    expect(await available(kwd)).toBe(before - 10_000n);
  });

  test("payouts from the company's own custody account need nobody, and never go below zero", async () => {
    const before = await available(custody);
    const share = (before / 4n + 1n).toString().padStart(3, "0");
    const amount = `${share.slice(0, -2)}.${share.slice(-2)}`;
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => tpp.pay({ from: custody, to: linxiao, amount })),
    );
    const statuses = answers.map(({ body }) => body.transactionStatus).sort();
    expect(statuses).toEqual(["ACCC", "ACCC", "ACCC", "RJCT", "RJCT", "RJCT"]);
    expect(await available(custody)).toBe(before - 3n * (before / 4n + 1n));
    const refused = answers.find(({ body }) => body.transactionStatus === "RJCT");
    expect(refused?.body.psuMessage).toMatch(/^AM04/);
    const token = (await tpp.link()).accessToken;
    expect(codeOf(await tpp.pay({ from: custody, to: linxiao, amount: "1.00", token }))).toBe(
      "401 CONSENT_INVALID",
    );
    const other = await createTpp(bank, "Another company");
    expect(codeOf(await other.pay({ from: custody, to: linxiao, amount: "1.00" }))).toBe(
      "400 RESOURCE_UNKNOWN",
    );
  });

  test("to another bank it is settled (ACSC); instant euro is booked at once", async () => {
    const eur = await demoIban(bank, "emma", "EUR");
    const payment = await tpp.pay({
      product: "instant-sepa-credit-transfers",
      from: eur,
      to: EXTERNAL_CNY,
      amount: "5.00",
      currency: "EUR",
    });
    await bank.script.authorisePayment(payment.body.paymentId);
    expect((await statusOf(payment)).transactionStatus).toBe("ACSC");
  });
});

describe("exactly once", () => {
  test("the same X-Request-ID pays once, also when sent ten times at once; another body is refused", async () => {
    const headers = { "x-request-id": randomUUID() };
    const wish = { from: custody, to: linxiao, amount: "0.37", endToEndId: "once-1", headers };
    const before = await available(custody);
    const answers = await Promise.all(Array.from({ length: 10 }, () => tpp.pay(wish)));
    expect(new Set(answers.map(({ body }) => body.paymentId)).size).toBe(1);
    expect(await available(custody)).toBe(before - 37n);
    expect(codeOf(await tpp.pay({ ...wish, amount: "0.38" }))).toBe("400 FORMAT_ERROR");
    // Another TPP's request id is its own affair.
    const other = await createTpp(bank, "Third company");
    const [theirs] = await bank.script.custodyAccounts({ clientId: other.clientId, currencies: ["CNY"] });
    expect((await other.pay({ ...wish, from: theirs?.iban ?? "" })).body.transactionStatus).toBe("RJCT");
  });
});

describe("bad input", () => {
  test.each([
    ["0.00", "CNY", "400 FORMAT_ERROR"],
    ["-1.00", "CNY", "400 FORMAT_ERROR"],
    ["1.001", "CNY", "400 FORMAT_ERROR"],
    ["1e3", "CNY", "400 FORMAT_ERROR"],
    ["１００", "CNY", "400 FORMAT_ERROR"],
    ["1,000.00", "CNY", "400 FORMAT_ERROR"],
    ["123456789012345678.00", "CNY", "400 FORMAT_ERROR"],
    ["1.00", "EUR", "400 FORMAT_ERROR"],
    ["1.00", "cny", "400 FORMAT_ERROR"],
  ])("the amount %s %s is refused", async (amount, currency, expected) => {
    const answer = await tpp.pay({ from: linxiao, to: custody, amount, currency, wrongOnPurpose: true });
    expect(codeOf(answer)).toBe(expected);
  });

  test("JPY has no decimals, KWD has three", async () => {
    const yen = await demoIban(bank, "linxiao", "JPY");
    const [, , jpy] = await bank.script.custodyAccounts({
      clientId: tpp.clientId,
      currencies: ["CNY", "EUR", "JPY"],
    });
    const to = jpy?.iban ?? "";
    expect(codeOf(await tpp.pay({ from: yen, to, amount: "1.5", currency: "JPY" }))).toBe("400 FORMAT_ERROR");
    const before = await available(yen);
    const payment = await tpp.pay({ from: yen, to, amount: "1200", currency: "JPY" });
    await bank.script.authorisePayment(payment.body.paymentId);
    expect(await available(yen)).toBe(before - 1200n);
  });

  test("accounts, products, dates, addresses", async () => {
    const base = { from: linxiao, to: custody, amount: "1.00" };
    expect(codeOf(await tpp.pay({ ...base, to: "CZ0099990000007000000001" }))).toBe("400 FORMAT_ERROR");
    expect(codeOf(await tpp.pay({ ...base, to: linxiao }))).toBe("400 FORMAT_ERROR");
    expect(codeOf(await tpp.pay({ ...base, from: EXTERNAL_CNY }))).toBe("400 RESOURCE_UNKNOWN");
    expect(codeOf(await tpp.pay({ ...base, product: "sepa-credit-transfers" }))).toBe("403 PRODUCT_INVALID");
    expect(codeOf(await tpp.pay({ ...base, product: "target-2-payments" }))).toBe("404 PRODUCT_UNKNOWN");
    expect(codeOf(await tpp.pay({ ...base, body: { requestedExecutionDate: "2020-01-01" } }))).toBe(
      "400 EXECUTION_DATE_INVALID",
    );
    expect(codeOf(await tpp.pay({ ...base, headers: { "tpp-redirect-uri": "http://evil.example/" } }))).toBe(
      "400 FORMAT_ERROR",
    );
    expect(codeOf(await tpp.pay({ ...base, headers: { "tpp-notification-uri": "ftp://x/" } }))).toBe(
      "400 FORMAT_ERROR",
    );
    expect(
      codeOf(
        await tpp.call("POST", "/v1/payments/sepa-credit-transfers", { body: {}, wrongOnPurpose: true }),
      ),
    ).toBe("400 FORMAT_ERROR");
    const form = await tpp.call("POST", "/v1/consents", {
      headers: { "content-type": "text/plain" },
      body: "x",
      wrongOnPurpose: true,
    });
    expect(codeOf(form)).toBe("415 FORMAT_ERROR");
    expect(codeOf(await tpp.call("GET", `/v1/payments/sepa-credit-transfers/${randomUUID()}/status`))).toBe(
      "404 RESOURCE_UNKNOWN",
    );
    // An account of this bank that does not exist, and one in another currency, are refused by the bank, not the format.
    const unknown = await tpp.pay({ from: custody, to: bankIban(42), amount: "0.01" });
    expect(unknown.body).toMatchObject({
      transactionStatus: "RJCT",
      psuMessage: expect.stringMatching(/^AC01/),
    });
    const euro = await demoIban(bank, "emma", "EUR");
    const mismatch = await tpp.pay({ from: custody, to: euro, amount: "0.01" });
    expect(mismatch.body.psuMessage).toMatch(/^AC09/);
  });

  test("another TPP's payment is unknown", async () => {
    const payment = await tpp.pay({ from: custody, to: linxiao, amount: "0.01" });
    const other = await createTpp(bank, "Another company");
    expect(codeOf(await other.call("GET", statusPath(payment)))).toBe("404 RESOURCE_UNKNOWN");
    expect(codeOf(await other.call("DELETE", new URL(payment.body._links.self.href).pathname))).toBe(
      "404 RESOURCE_UNKNOWN",
    );
  });
});

describe("pending, then booked", () => {
  let slow: Awaited<ReturnType<typeof startBank>>;
  let client: Tpp;
  let hook: Server;
  const received: { body: Record<string, string>; requestId: string }[] = [];
  let failures = 1;

  beforeAll(async () => {
    hook = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        // The first delivery fails: it must come again.
        if (failures-- > 0) return response.writeHead(503).end();
        received.push({ body: JSON.parse(text), requestId: String(request.headers["x-request-id"]) });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
    slow = await startBank({ settleAfterMs: 700 });
    client = await createTpp(slow.bank);
  });
  afterAll(async () => {
    await slow.close();
    await new Promise((resolve) => hook.close(resolve));
  });

  test("the line changes its transaction id, the status moves on, the TPP is told of each change", async () => {
    const from = await demoIban(slow.bank, "linxiao", "CNY");
    const [account] = await slow.bank.script.custodyAccounts({
      clientId: client.clientId,
      currencies: ["CNY"],
    });
    const to = account?.iban ?? "";
    const authorisation = await client.link({ ibans: [from], trust: "1000" });
    const uri = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/notice`;
    const payment = await client.pay({
      from,
      to,
      amount: "88.00",
      endToEndId: "slow-1",
      token: authorisation.accessToken,
      headers: { "tpp-notification-uri": uri },
    });
    expect(payment.body.transactionStatus).toBe("ACSP");
    expect(payment.headers["aspsp-notification-support"]).toBe("true");
    const path = `/v1/accounts/${account?.resourceId}/transactions?bookingStatus=both`;
    const headers = { "consent-id": `contract-${client.clientId}` };
    const find = async () => {
      const { transactions } = (await client.call("GET", path, { headers })).body;
      const has = (line: { endToEndId?: string }) => line.endToEndId === "slow-1";
      return { pending: transactions.pending.find(has), booked: transactions.booked.find(has) };
    };
    const early = await find();
    expect(early.booked).toBeUndefined();
    expect(early.pending.entryReference).toBeUndefined();
    expect(early.pending.transactionAmount).toEqual({ currency: "CNY", amount: "88.00" });
    expect(await slow.bank.script.account(to)).toMatchObject({
      bookedMinor: "0",
      availableMinor: "0",
      expectedMinor: "8800",
    });
    const state = await slow.bank.script.account(from);
    expect(BigInt(state.bookedMinor) - BigInt(state.availableMinor)).toBe(8800n + 8650n);

    await expect.poll(async () => (await find()).booked, { timeout: 10_000 }).toBeDefined();
    const late = await find();
    expect(late.pending).toBeUndefined();
    expect(late.booked.transactionId).not.toBe(early.pending.transactionId);
    expect(late.booked.entryReference).toBeDefined();
    const single = await client.call(
      "GET",
      `/v1/accounts/${account?.resourceId}/transactions/${late.booked.transactionId}`,
      { headers },
    );
    expect(single.body.transactionsDetails.endToEndId).toBe("slow-1");
    expect((await client.call("GET", statusPath(payment))).body.transactionStatus).toBe("ACCC");
    await expect
      .poll(() => received.map(({ body }) => body.transactionStatus).sort(), { timeout: 10_000 })
      .toEqual(["ACCC", "ACSP"]);
    expect(received.every(({ body }) => body.paymentId === payment.body.paymentId)).toBe(true);
  });
});

test("the company's own statement account is open to its own token only", async () => {
  const headers = { "consent-id": `contract-${tpp.clientId}` };
  const balances = await tpp.call("GET", `/v1/accounts/${custodyId}/balances`, { headers });
  expect(balances.body.balances.map(({ balanceType }: { balanceType: string }) => balanceType)).toEqual([
    "interimBooked",
    "interimAvailable",
    "expected",
  ]);
  const other = await createTpp(bank, "Another company");
  expect(codeOf(await other.call("GET", `/v1/accounts/${custodyId}/balances`, { headers }))).toBe(
    "403 CONSENT_UNKNOWN",
  );
  const theirs = { "consent-id": `contract-${other.clientId}` };
  expect(codeOf(await other.call("GET", `/v1/accounts/${custodyId}/balances`, { headers: theirs }))).toBe(
    "404 RESOURCE_UNKNOWN",
  );
});

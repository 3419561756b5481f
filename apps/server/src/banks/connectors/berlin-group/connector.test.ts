import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import { AccessError, type BankConnector, type ConsentAccess, type PaymentOrder } from "../../connector.ts";
import {
  type BankWorld,
  bankId,
  capturingLogger,
  customerIp,
  publicUrl,
  startBankWorld,
} from "../../testing/bank-world.ts";
import { createBerlinGroupConnector } from "./index.ts";

let world: BankWorld;
let connector: BankConnector;
const captured = capturingLogger();
const redirectUri = `${publicUrl}/v1/bank-callbacks/${bankId}`;
const noticeUrl = `${publicUrl}/v1/bank-notices/${bankId}`;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

beforeAll(async () => {
  world = await startBankWorld({ pageSize: 7 });
  connector = createBerlinGroupConnector({
    config: world.config,
    clock: systemClock,
    logger: captured.logger,
    http: { timeoutMs: 2_000 },
  });
});
afterAll(async () => {
  await connector.close();
  await world.close();
});

/** The whole way of a customer through the bank's real pages. */
async function link(username: string, currency: string, trustTopUpsPerDay?: string) {
  const iban = await world.ibanOf(username, currency);
  const started = await connector.startConsent({
    requestId: randomUUID(),
    state: `state-${randomUUID()}`,
    redirectUri,
    noticeUrl,
    validUntil: inDays(180),
    frequencyPerDay: 4,
    customerIp,
  });
  const { redirectUrl } = await world.bank.script.authorise({
    authorizationUrl: started.authorisationUrl,
    username,
    accountIbans: [iban],
    ...(trustTopUpsPerDay === undefined ? {} : { trustTopUpsPerDay }),
  });
  const completed = await connector.completeConsent({
    bankConsentId: started.bankConsentId,
    redirectUri,
    callbackUrl: redirectUrl,
    secrets: started.secrets,
    customerIp,
  });
  return { ...completed, started, redirectUrl, iban };
}

function orderOf(input: { from: string; to: string; amountMinor: bigint; currency: string }): PaymentOrder {
  return {
    reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 24)}`,
    requestId: randomUUID(),
    debtorIban: input.from,
    creditorIban: input.to,
    creditorName: "Jinqiao",
    amountMinor: input.amountMinor,
    currency: input.currency,
    remittance: "充值 Top-up",
    returnUrl: `${publicUrl}/v1/bank-payment-returns/pay_1`,
    noticeUrl,
  };
}

describe("consents", () => {
  it("links the accounts that the customer chose, until the day that the bank set", async () => {
    const { accounts, validUntil, frequencyPerDay, iban, access } = await link("linxiao", "CNY");
    expect(accounts.map((account) => account.iban)).toEqual([iban]);
    expect(accounts[0]).toMatchObject({ currency: "CNY" });
    expect(validUntil).toBe(inDays(180));
    expect(frequencyPerDay).toBe(4);
    expect(await connector.consentStatus(access.bankConsentId)).toBe("valid");
  });

  it("asks with PKCE S256, and the same request id gives the same consent", async () => {
    const request = {
      requestId: randomUUID(),
      state: "state-of-a-repeat",
      redirectUri,
      noticeUrl,
      validUntil: inDays(30),
      frequencyPerDay: 4,
      customerIp,
    };
    const first = await connector.startConsent(request);
    const again = await connector.startConsent(request);
    expect(again.bankConsentId).toBe(first.bankConsentId);
    const url = new URL(first.authorisationUrl);
    expect(url.searchParams.get("code_challenge_method")).toBe("S256");
    expect(url.searchParams.get("scope")).toBe(`AIS:${first.bankConsentId}`);
    expect(first.authorisationUrl).not.toContain(first.secrets.codeVerifier);
    expect(await connector.consentStatus(first.bankConsentId)).toBe("awaiting_customer");
  });

  it("refuses a callback with another state, another issuer, another verifier, or a code used before", async () => {
    const { started, redirectUrl } = await link("wanglei", "CNY");
    const complete = (callbackUrl: string, secrets = started.secrets) =>
      connector.completeConsent({
        bankConsentId: started.bankConsentId,
        redirectUri,
        callbackUrl,
        secrets,
        customerIp,
      });
    const spoiled = (name: string, value: string) => {
      const url = new URL(redirectUrl);
      url.searchParams.set(name, value);
      return url.href;
    };
    const failed = expect.objectContaining({ code: "bank.link_failed" });
    await expect(complete(spoiled("state", "another"))).rejects.toEqual(failed);
    await expect(complete(spoiled("iss", "https://another.example"))).rejects.toEqual(failed);
    await expect(complete(redirectUrl, { ...started.secrets, codeVerifier: "x".repeat(43) })).rejects.toEqual(
      failed,
    );
    await expect(complete(redirectUrl)).rejects.toEqual(failed);
  });

  it("tells a refused consent from a failed one", async () => {
    await expect(
      connector.completeConsent({
        bankConsentId: "any",
        redirectUri,
        callbackUrl: `${redirectUri}?error=access_denied&state=s&iss=${encodeURIComponent(world.config.baseUrl)}`,
        secrets: { state: "s", codeVerifier: "x".repeat(43) },
        customerIp,
      }),
    ).rejects.toMatchObject({ code: "bank.link_failed" });
  });

  it("ends a consent at the bank; ending it again, or one that never was, is fine", async () => {
    const { access } = await link("emma", "GBP");
    await connector.revokeConsent(access.bankConsentId);
    await connector.revokeConsent(access.bankConsentId);
    await connector.revokeConsent(randomUUID());
    expect(await connector.consentStatus(access.bankConsentId)).toBe("revoked");
    expect(await connector.consentStatus(randomUUID())).toBe("revoked");
    await expect(connector.refreshAccess(access, { force: true })).rejects.toMatchObject({
      code: "bank.consent_ended",
    });
  });

  it("refreshes tokens only when they are about to end, and the new ones work", async () => {
    const { access, accounts } = await link("linxiao", "CNY");
    expect(await connector.refreshAccess(access)).toBe(access);
    const ending: ConsentAccess = { ...access, expiresAt: new Date(Date.now() + 1_000).toISOString() };
    const refreshed = await connector.refreshAccess(ending);
    expect(refreshed.accessToken).not.toBe(access.accessToken);
    expect(Date.parse(refreshed.expiresAt)).toBeGreaterThan(Date.now());
    await connector.balance(refreshed, accounts[0] as never, customerIp);
    await expect(
      connector.balance({ ...access, accessToken: "no-such-token" }, accounts[0] as never, customerIp),
    ).rejects.toBeInstanceOf(AccessError);
  });
});

describe("accounts", () => {
  it("reads balances exactly, in currencies of 0, 2 and 3 decimals", async () => {
    const people = await world.bank.script.psus();
    for (const currency of ["JPY", "CNY", "KWD"]) {
      const owner = people.find(({ accounts }) => accounts.some((account) => account.currency === currency));
      const { access, accounts, iban } = await link(owner?.username ?? "nobody", currency);
      const truth = await world.bank.script.account(iban);
      const balance = await connector.balance(access, accounts[0] as never, customerIp);
      expect(balance.booked).toBe(BigInt(truth.bookedMinor));
      expect(balance.available).toBe(BigInt(truth.availableMinor));
      expect(balance.booked).toBeGreaterThan(0n);
    }
  });

  it("reads all pages, booked and pending", async () => {
    const { access, accounts } = await link("linxiao", "CNY");
    const before = world.proxy.exchanges.length;
    const account = accounts[0] as { resourceId: string };
    const entries = await connector.entries(access, account, { from: "1970-01-01" }, customerIp);
    const calls = world.proxy.exchanges
      .slice(before)
      .filter(({ operation }) => operation === "getTransactionList");
    expect(calls.length).toBeGreaterThan(2);
    expect(new Set(entries.map(({ bankId: id }) => id)).size).toBe(entries.length);
    expect(entries.filter(({ status }) => status === "pending").length).toBeGreaterThan(0);
    const booked = entries.filter(({ status }) => status === "booked");
    expect(booked.every(({ bookingDate }) => bookingDate !== null)).toBe(true);
    expect(booked.some(({ amountMinor }) => amountMinor > 0n)).toBe(true);
    expect(booked.some(({ amountMinor }) => amountMinor < 0n)).toBe(true);
  });

  it("says PSU-IP-Address only while the customer is present, and hears when the day's number is used up", async () => {
    const { access, accounts } = await link("wanglei", "CNY");
    const account = accounts[0] as never;
    await connector.balance(access, account, customerIp);
    expect(world.proxy.last("getBalances")?.requestHeaders["psu-ip-address"]).toBe(customerIp);
    await connector.balance(access, account, "::ffff:198.51.100.4");
    expect(world.proxy.last("getBalances")?.requestHeaders["psu-ip-address"]).toBe("198.51.100.4");
    for (let call = 0; call < 4; call += 1) await connector.balance(access, account, null);
    expect(world.proxy.last("getBalances")?.requestHeaders["psu-ip-address"]).toBeUndefined();
    await expect(connector.balance(access, account, null)).rejects.toMatchObject({
      problem: "frequency_exceeded",
    });
  });

  it("fails clearly on what cannot be read, and never on fields it does not use", async () => {
    const { access, accounts } = await link("linxiao", "CNY");
    const account = accounts[0] as never;
    const balance = () => connector.balance(access, account, customerIp);
    const unavailable = expect.objectContaining({ code: "bank.unavailable" });
    for (const body of [
      "",
      "<html>",
      "{}",
      '{"balances":[]}',
      '{"balances":[{"balanceType":"expected","balanceAmount":{"amount":"1e3","currency":"CNY"}}]}',
    ]) {
      world.proxy.spoil("getBalances", { kind: "answer", status: 200, body });
      await expect(balance()).rejects.toEqual(unavailable);
    }
    for (const trick of [
      { kind: "answer", status: 500, body: "{}" },
      { kind: "answer", status: 302, body: "" },
      { kind: "reset" },
      { kind: "stall" },
    ] as const) {
      world.proxy.spoil("getBalances", trick);
      await expect(balance()).rejects.toEqual(unavailable);
    }
    world.proxy.spoil("getBalances", {
      kind: "answer",
      status: 200,
      body: JSON.stringify({
        somethingNew: 1,
        balances: [
          { balanceType: "interimBooked", balanceAmount: { amount: "12.3000", currency: "CNY" }, more: true },
        ],
      }),
    });
    expect(await balance()).toEqual({ booked: 1230n, available: null });
  });

  it("refuses an answer beyond the size limit instead of filling the memory", async () => {
    const { access, accounts } = await link("linxiao", "CNY");
    const body = `{"balances":[],"padding":"${"x".repeat(17 * 1024 * 1024)}"}`;
    world.proxy.spoil("getBalances", { kind: "answer", status: 200, body });
    const failure = await connector
      .balance(access, accounts[0] as never, customerIp)
      .catch((error: Refusal) => (error.cause as Error).message);
    expect(failure).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
  });

  it("does not follow a link to another host or in a circle", async () => {
    const { access, accounts } = await link("linxiao", "CNY");
    const account = accounts[0] as { resourceId: string };
    const page = (href: string) =>
      JSON.stringify({ transactions: { booked: [], _links: { next: { href } } } });
    const read = () => connector.entries(access, account, { from: "2026-01-01" }, customerIp);
    world.proxy.spoil("getTransactionList", {
      kind: "answer",
      status: 200,
      body: page("https://attacker.example/x"),
    });
    await expect(read()).rejects.toMatchObject({ code: "bank.unavailable" });
    const self = `v1/accounts/${account.resourceId}/transactions`;
    world.proxy.spoil("getTransactionList", { kind: "answer", status: 200, body: page(self) });
    await expect(read()).rejects.toMatchObject({ code: "bank.unavailable" });
  });
});

describe("payments", () => {
  it("top-up without asking where the customer allowed it, with asking where not", async () => {
    const trusted = await link("linxiao", "CNY", "1000.00");
    const custody = world.custodyOf("CNY");
    const order = orderOf({ from: trusted.iban, to: custody.iban, amountMinor: 10_000n, currency: "CNY" });
    const answer = await connector.initiatePayment(order, trusted.access);
    expect(answer).toMatchObject({ outcome: "accepted" });
    expect(await connector.findPayment(order.reference, custody, inDays(-3))).toEqual({
      found: true,
      status: "booked",
    });
    expect(await connector.findPayment("JQnever", custody, inDays(-3))).toEqual({ found: false });

    const asked = await link("wanglei", "CNY");
    const second = orderOf({ from: asked.iban, to: custody.iban, amountMinor: 5_000n, currency: "CNY" });
    const waiting = await connector.initiatePayment(second, asked.access);
    if (waiting.outcome !== "action_required") throw new Error(`unexpected ${waiting.outcome}`);
    expect(waiting.actionUrl.startsWith(`${world.config.baseUrl}/`)).toBe(true);
    expect(await connector.paymentStatus(waiting.bankPaymentId, "CNY")).toMatchObject({ outcome: "waiting" });
    await world.bank.script.authorisePayment(waiting.bankPaymentId);
    expect(await connector.paymentStatus(waiting.bankPaymentId, "CNY")).toMatchObject({
      outcome: "accepted",
    });
    expect(await connector.cancelPayment(waiting.bankPaymentId, "CNY")).toBe("too_late");
  });

  it("a payment refused by the customer at the bank is rejected with words in both languages", async () => {
    const { iban, access } = await link("wanglei", "CNY");
    const order = orderOf({
      from: iban,
      to: world.custodyOf("CNY").iban,
      amountMinor: 700n,
      currency: "CNY",
    });
    const waiting = await connector.initiatePayment(order, access);
    if (waiting.outcome !== "action_required") throw new Error(`unexpected ${waiting.outcome}`);
    await world.bank.script.rejectPayment(waiting.bankPaymentId);
    const status = await connector.paymentStatus(waiting.bankPaymentId, "CNY");
    if (status.outcome !== "rejected") throw new Error(`unexpected ${status.outcome}`);
    expect(status.reason.code).toBe("CUST");
    expect(status.reason.text.zh).toMatch(/[\u4e00-\u9fff]/);
  });

  it("a waiting payment can be cancelled", async () => {
    const { iban, access } = await link("wanglei", "CNY");
    const order = orderOf({
      from: iban,
      to: world.custodyOf("CNY").iban,
      amountMinor: 800n,
      currency: "CNY",
    });
    const waiting = await connector.initiatePayment(order, access);
    if (waiting.outcome !== "action_required") throw new Error(`unexpected ${waiting.outcome}`);
    expect(await connector.cancelPayment(waiting.bankPaymentId, "CNY")).toBe("cancelled");
    expect(await connector.paymentStatus(waiting.bankPaymentId, "CNY")).toMatchObject({
      outcome: "rejected",
      reason: { code: "CANC" },
    });
  });

  it("a payout from an empty custody account is rejected for want of money", async () => {
    const to = await world.ibanOf("emma", "EUR");
    const order = orderOf({ from: world.custodyOf("EUR").iban, to, amountMinor: 100n, currency: "EUR" });
    expect(await connector.initiatePayment(order, null)).toMatchObject({
      outcome: "rejected",
      bankStatus: "RJCT",
      reason: { code: "AM04" },
    });
  });

  it("an answer lost after execution is unknown; the same request id finds the one payment", async () => {
    const { iban, access } = await link("linxiao", "CNY", "1000.00");
    const custody = world.custodyOf("CNY");
    for (const spoil of [
      { kind: "reset" },
      { kind: "stall" },
      { kind: "answer", status: 500, body: "" },
      { kind: "answer", status: 201, body: '{"transactionStatus":"ACSC"}' },
      { kind: "answer", status: 201, body: "not json" },
      { kind: "answer", status: 404, body: "<html>gateway</html>" },
      { kind: "answer", status: 408, body: '{"tppMessages":[{"category":"ERROR","code":"TIMEOUT"}]}' },
      { kind: "answer", status: 201, body: '{"transactionStatus":"WHAT","paymentId":"1"}' },
    ] as const) {
      const before = BigInt((await world.bank.script.account(iban)).bookedMinor);
      const order = orderOf({ from: iban, to: custody.iban, amountMinor: 100n, currency: "CNY" });
      world.proxy.spoil("initiatePayment", spoil);
      expect(await connector.initiatePayment(order, access)).toMatchObject({ outcome: "unknown" });
      expect(await connector.findPayment(order.reference, custody, inDays(-3))).toMatchObject({
        found: true,
      });
      expect(await connector.initiatePayment(order, access)).toMatchObject({ outcome: "accepted" });
      const after = BigInt((await world.bank.script.account(iban)).bookedMinor);
      expect(before - after).toBe(100n);
    }
  });

  it("tells what never reached the bank from what the bank refused", async () => {
    const { iban, access } = await link("linxiao", "CNY", "1000.00");
    const order = orderOf({
      from: iban,
      to: world.custodyOf("CNY").iban,
      amountMinor: 100n,
      currency: "CNY",
    });
    const says = (status: number, code: string) =>
      world.proxy.spoil(
        "initiatePayment",
        { kind: "answer", status, body: JSON.stringify({ tppMessages: [{ category: "ERROR", code }] }) },
        { before: true },
      );
    says(429, "ACCESS_EXCEEDED");
    expect(await connector.initiatePayment(order, access)).toMatchObject({ outcome: "not_sent" });
    says(401, "TOKEN_INVALID");
    expect(await connector.initiatePayment(order, access)).toMatchObject({ outcome: "not_sent" });
    says(401, "CONSENT_EXPIRED");
    expect(await connector.initiatePayment(order, access)).toMatchObject({
      outcome: "rejected",
      reason: { code: "CONSENT_EXPIRED" },
    });
    says(400, "A_CODE_NOBODY_KNOWS");
    expect(await connector.initiatePayment(order, access)).toMatchObject({
      outcome: "rejected",
      bankPaymentId: null,
      reason: { code: "A_CODE_NOBODY_KNOWS", text: { en: "The bank refused this. Nothing was paid." } },
    });
    const nowhere = createBerlinGroupConnector({
      config: { ...world.config, baseUrl: "http://localhost:1" },
      clock: systemClock,
      logger: captured.logger,
    });
    expect(await nowhere.initiatePayment(order, access)).toMatchObject({ outcome: "not_sent" });
    await expect(nowhere.consentStatus("x")).rejects.toBeInstanceOf(Refusal);
    expect(await nowhere.findPayment("x", world.custodyOf("CNY"), inDays(-1))).toMatchObject({
      found: "unknown",
    });
    await nowhere.close();
  });
});

describe("statements and the record", () => {
  it("gives a closed day's statement and null for an open one", async () => {
    const custody = world.custodyOf("CNY");
    const { date } = await world.bank.script.businessDate();
    expect(await connector.custodyStatement(custody, date)).toBeNull();
    await world.bank.script.endOfDay();
    const xml = await connector.custodyStatement(custody, date);
    expect(xml).toContain(custody.iban);
    world.proxy.spoil("getTransactionList", { kind: "answer", status: 200, body: "{}" });
    await expect(connector.custodyStatement(custody, date)).rejects.toMatchObject({
      code: "bank.unavailable",
    });
  });

  it("kept to the published definition in every call, and wrote no secret into the log", () => {
    expect(world.proxy.exchanges.length).toBeGreaterThan(50);
    expect(world.proxy.findings).toEqual([]);
    const log = captured.lines.join("\n");
    expect(captured.lines.length).toBeGreaterThan(50);
    const secrets = world.proxy.exchanges.flatMap(({ requestHeaders, requestBody }) => [
      requestHeaders.authorization?.split(" ")[1],
      ...(typeof requestBody === "string" ? [...new URLSearchParams(requestBody).values()] : []),
    ]);
    const telling = [...new Set(secrets)].filter((text) => text !== undefined && text.length > 20);
    expect(telling.length).toBeGreaterThan(5);
    for (const secret of telling) expect(log).not.toContain(secret);
    expect(log).not.toMatch(/[A-Z]{2}\d{2}9999|code_verifier|dateFrom|192\.0\.2\.7/);
  });
});

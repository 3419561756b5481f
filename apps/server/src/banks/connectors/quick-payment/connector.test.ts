import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import type { BankConnector, CardBinding, ConsentAccess, PaymentOrder } from "../../connector.ts";
import { StatementError } from "../../statements/camt053.ts";
import { capturingLogger } from "../../testing/bank-world.ts";
import { createQuickPaymentConnector } from "./index.ts";
import { type Algorithm, type QuickWorld, startQuickWorld } from "./testing/quick-world.ts";

const returnUrl = "http://localhost:7399/return";
const noticeUrl = "http://localhost:7399/v1/bank-notices/lotus";
const reference = () => `JQ${randomUUID().replaceAll("-", "").slice(0, 26).toUpperCase()}`;

describe.each<Algorithm>(["RSA-SHA256", "SM2-SM3"])("quick payment, signed with %s", (algorithm) => {
  let world: QuickWorld;
  let connector: BankConnector & { bind: CardBinding };
  let access: ConsentAccess;
  let token: string;
  const log = capturingLogger();

  beforeAll(async () => {
    world = await startQuickWorld({ algorithm });
    connector = createQuickPaymentConnector({
      config: world.config,
      clock: systemClock,
      logger: log.logger,
      http: { timeoutMs: 2_000 },
    }) as typeof connector;
  });
  afterAll(async () => {
    await connector.close();
    await world.close();
  });

  const start = async (change: Record<string, string> = {}) =>
    connector.bind.start({
      ...(await world.holder("linxiao")),
      requestId: randomUUID(),
      noticeUrl,
      ...change,
    });
  const order = (amountMinor: bigint, change: Partial<PaymentOrder> = {}): PaymentOrder => ({
    reference: reference(),
    requestId: randomUUID(),
    debtorIban: token,
    creditorIban: world.custody.iban,
    creditorName: "Jinqiao",
    amountMinor,
    currency: "CNY",
    remittance: "Top-up 充值",
    returnUrl,
    noticeUrl,
    ...change,
  });
  const payout = (amountMinor: bigint) =>
    order(amountMinor, { debtorIban: world.custody.iban, creditorIban: token, creditorName: "林晓" });
  const custodyMinor = async () => BigInt((await world.bank.script.account(world.custody.iban)).bookedMinor);

  it("signs an agreement by four elements and a code; a wrong code counts", async () => {
    const { phone } = await world.holder("linxiao");
    const started = await start();
    expect(started.phoneMasked).toMatch(/^199\*{4}\d{4}$/);
    expect(await connector.consentStatus(started.bankConsentId)).toBe("awaiting_customer");
    const code = await world.code(phone);
    const wrong = code === "000000" ? "000001" : "000000";
    expect(await connector.bind.confirm({ bankConsentId: started.bankConsentId, code: wrong })).toEqual({
      outcome: "code_wrong",
      attemptsLeft: 2,
    });
    const confirmed = await connector.bind.confirm({ bankConsentId: started.bankConsentId, code });
    if (confirmed.outcome !== "linked") throw new Error(confirmed.outcome);
    access = confirmed.access;
    token = confirmed.accounts[0]?.iban ?? "";
    const { cardNumber } = await world.holder("linxiao");
    expect(token.slice(-4)).toBe(cardNumber.slice(-4));
    expect(token).not.toContain(cardNumber.slice(6, -4));
    expect(confirmed.accounts[0]).toMatchObject({ currency: "CNY", ownerName: "林晓" });
    expect(await connector.consentStatus(started.bankConsentId)).toBe("valid");
  });

  it("answers a repeated confirmation with the same agreement, so that a lost answer loses nothing", async () => {
    const { phone } = await world.holder("linxiao");
    const again = await connector.bind.confirm({
      bankConsentId: access.bankConsentId,
      code: await world.code(phone),
    });
    expect(again).toMatchObject({ outcome: "linked", access: { accessToken: access.accessToken } });
  });

  it("says which kind of refusal it is, and never which element differs", async () => {
    const refused = async (change: Record<string, string>) =>
      start(change).then(
        () => "accepted",
        (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
      );
    expect(await refused({ phone: "19900000999" })).toBe("bank.details_mismatch");
    expect(await refused({ holderName: "别人" })).toBe("bank.details_mismatch");
    expect(await refused({ cardNumber: "6222020000000000001" })).toBe("bank.card_not_supported");
  });

  it("pays by agreement, finds the payment by our reference, and never pays a reference twice", async () => {
    const asked = order(12_050n);
    const before = await custodyMinor();
    const paid = await connector.initiatePayment(asked, access);
    expect(paid).toMatchObject({ outcome: "accepted", bankStatus: "SUCCESS" });
    expect(await connector.initiatePayment(asked, access)).toMatchObject({ outcome: "accepted" });
    expect((await custodyMinor()) - before).toBe(12_050n);
    expect(await connector.findPayment(asked.reference, world.custody, "2020-01-01")).toEqual({
      found: true,
      status: "booked",
    });
    expect(await connector.initiatePayment({ ...asked, amountMinor: 1n }, access)).toMatchObject({
      outcome: "rejected",
      reason: { code: "REFERENCE_REUSED" },
    });
  });

  it("asks for a code above the bank's limit, on the bank's own page", async () => {
    const asked = order(600_000n);
    const first = await connector.initiatePayment(asked, access);
    if (first.outcome !== "action_required") throw new Error(first.outcome);
    expect(await connector.paymentStatus(first.bankPaymentId, "CNY")).toMatchObject({ outcome: "waiting" });
    expect(await connector.findPayment(asked.reference, world.custody, "2020-01-01")).toMatchObject({
      found: "unknown",
    });
    const { redirectUrl } = await world.bank.script.authorise({
      authorizationUrl: first.actionUrl,
      username: "linxiao",
    });
    expect(redirectUrl).toBe(returnUrl);
    expect(await connector.paymentStatus(first.bankPaymentId, "CNY")).toMatchObject({ outcome: "accepted" });
  });

  it("cancels what waits for its code, and nothing that is booked", async () => {
    const waiting = await connector.initiatePayment(order(600_000n), access);
    const booked = await connector.initiatePayment(order(100n), access);
    if (waiting.outcome !== "action_required" || booked.outcome !== "accepted") throw new Error("unexpected");
    expect(await connector.cancelPayment(waiting.bankPaymentId, "CNY")).toBe("cancelled");
    expect(await connector.paymentStatus(waiting.bankPaymentId, "CNY")).toMatchObject({
      outcome: "rejected",
    });
    expect(await connector.cancelPayment(booked.bankPaymentId, "CNY")).toBe("too_late");
  });

  it("refuses what the card cannot bear, in words", async () => {
    const paid = await connector.initiatePayment(order(490_000n), access);
    expect(paid.outcome).toBe("accepted");
    let last = paid;
    for (let more = 0; more < 6 && last.outcome === "accepted"; more += 1)
      last = await connector.initiatePayment(order(490_000n), access);
    expect(last).toMatchObject({ outcome: "rejected", reason: { code: "AM04" } });
  });

  it("pays out to the bound card", async () => {
    const before = await custodyMinor();
    expect(await connector.initiatePayment(payout(2_000n), null)).toMatchObject({ outcome: "accepted" });
    expect(before - (await custodyMinor())).toBe(2_000n);
  });

  it("refunds in several parts, and never more than the payment", async () => {
    const paid = payout(5_000n);
    await connector.initiatePayment(paid, null);
    const original = order(1_000n);
    expect(await connector.initiatePayment(original, access)).toMatchObject({ outcome: "accepted" });
    const refund = (amountMinor: bigint) =>
      connector.refundPayment?.({
        reference: reference(),
        requestId: randomUUID(),
        originalReference: original.reference,
        amountMinor,
        currency: "CNY",
        reason: "Returned goods 退货",
        noticeUrl,
      });
    expect(await refund(400n)).toMatchObject({ outcome: "accepted" });
    expect(await refund(601n)).toMatchObject({ outcome: "rejected", reason: { code: "REFUND_TOO_LARGE" } });
    expect(await refund(600n)).toMatchObject({ outcome: "accepted" });
    expect(await refund(1n)).toMatchObject({ outcome: "rejected", reason: { code: "REFUND_TOO_LARGE" } });
  });

  describe("when the bank or the way to it fails", () => {
    it.each([
      ["timeout-before", "unknown", false],
      ["timeout-after", "unknown", true],
      ["reset-connection-before", "unknown", false],
      ["reset-connection-after", "unknown", true],
      ["wrong-signature", "unknown", true],
      ["error", "unknown", false],
      ["refuse", "rejected", false],
    ] as const)("%s ends as %s, and the reference tells what became of it", async (action, outcome, done) => {
      const asked = payout(100n);
      await world.bank.script.addFault({ operation: "initiatePayment", action, delayMs: 3_000 });
      const before = await custodyMinor();
      expect(await connector.initiatePayment(asked, null)).toMatchObject({ outcome });
      await world.bank.script.clearFaults();
      expect(await connector.findPayment(asked.reference, world.custody, "2020-01-01")).toMatchObject({
        found: done,
      });
      expect(before - (await custodyMinor())).toBe(done ? 100n : 0n);
      if (outcome === "unknown") {
        // The very same order again does what was left to do, once.
        expect(await connector.initiatePayment(asked, null)).toMatchObject({ outcome: "accepted" });
        expect(before - (await custodyMinor())).toBe(100n);
      }
    });

    it("a bank that is not there was certainly not reached", async () => {
      const nobody = createQuickPaymentConnector({
        config: { ...world.config, baseUrl: "http://127.0.0.1:9" },
        clock: systemClock,
        logger: pino({ level: "silent" }),
      });
      expect(await nobody.initiatePayment(payout(100n), null)).toMatchObject({ outcome: "not_sent" });
      await nobody.close();
    });

    it("a clock that is a day off moves nothing and may be tried again", async () => {
      const tomorrow = { now: () => new Date(Date.now() + 86_400_000) };
      const off = createQuickPaymentConnector({
        config: world.config,
        clock: tomorrow,
        logger: pino({ level: "silent" }),
      });
      expect(await off.initiatePayment(payout(100n), null)).toMatchObject({ outcome: "not_sent" });
      await off.close();
    });

    it("a key that the bank does not know is refused before anything is read", async () => {
      const stranger = createQuickPaymentConnector({
        config: { ...world.config, signKey: { ...world.config.signKey, serial: "another" } },
        clock: systemClock,
        logger: pino({ level: "silent" }),
      });
      expect(await stranger.initiatePayment(payout(100n), null)).toMatchObject({
        outcome: "rejected",
        reason: { code: "MERCHANT_UNKNOWN" },
      });
      await stranger.close();
    });
  });

  it("gives the closed day's file, which adds up and is the bank's", async () => {
    const { date } = await world.bank.script.businessDate();
    expect(await connector.custodyStatement(world.custody, date)).toBeNull();
    const closing = await custodyMinor();
    await world.bank.script.endOfDay();
    const file = (await connector.custodyStatement(world.custody, date)) ?? "";
    const wanted = { iban: world.custody.iban, currency: "CNY", date };
    const day = await connector.readCustodyStatement?.(file, wanted);
    expect(day?.closingMinor).toBe(closing);
    expect(day?.entries.length).toBeGreaterThan(5);

    const read = async (text: string) => connector.readCustodyStatement?.(text, wanted);
    for (const spoilt of [
      file.slice(0, -1),
      file.slice(0, file.length / 2),
      file.replace("|C|120.50|", "|C|920.50|"),
      file.replace(/^L\|2\|.*\n/m, ""),
      "",
    ])
      await expect(read(spoilt)).rejects.toThrow(StatementError);
  });

  it("leaves nothing of a person, an agreement or a card in the log", async () => {
    const { holderName, idNumber, cardNumber, phone } = await world.holder("linxiao");
    const told = log.lines.join("\n");
    expect(told).toContain("binding-start");
    for (const secret of [holderName, idNumber, cardNumber, phone, access.accessToken, token])
      expect(told).not.toContain(secret);
  });

  it("ends an agreement, after which it pays nothing", async () => {
    await connector.revokeConsent(access.bankConsentId);
    await connector.revokeConsent(access.bankConsentId);
    expect(await connector.consentStatus(access.bankConsentId)).toBe("revoked");
    expect(await connector.initiatePayment(order(100n), access)).toMatchObject({
      outcome: "rejected",
      reason: { code: "bank.consent_ended" },
    });
  });
});

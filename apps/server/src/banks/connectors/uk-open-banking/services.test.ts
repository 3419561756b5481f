import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BankConnector, ConsentAccess, PaymentAnswer } from "../../connector.ts";
import type { BankServices, PeriodicOrder, ScheduledOrder } from "../../connector-services.ts";
import { bankId, customerIp, publicUrl, startUkBank, type UkBank } from "./testing/setup.ts";

type CompleteFundsConsent = NonNullable<NonNullable<BankServices["funds"]>["completeConsent"]>;

let uk: UkBank;
let iban: string;
let access: ConsentAccess;
let services: Required<NonNullable<BankConnector["services"]>>;

beforeAll(async () => {
  uk = await startUkBank();
  services = uk.connector.services as typeof services;
  ({ access, iban } = await uk.link("emma"));
});
afterAll(() => uk?.close());

const returnUrl = `${publicUrl}/v1/bank-payment-returns/pay_1`;
const balance = async (of: string) => BigInt((await uk.bank.script.account(of)).expectedMinor);

/** The date so many days after the bank's own, which no weekend moves. */
async function inDays(days: number): Promise<string> {
  const { date } = await uk.bank.script.businessDate();
  const wanted = new Date(Date.parse(date) + days * 86_400_000);
  return wanted.toISOString().slice(0, 10);
}

/** Closes days until the bank stands on a date. */
async function closeUntil(date: string): Promise<void> {
  while ((await uk.bank.script.businessDate()).date < date) await uk.bank.script.endOfDay();
  // Looking at an account lets the bank work on what is due.
  await uk.bank.script.account(iban);
}

function common(amountMinor = 1_250n) {
  const reference = `JQ${randomUUID().replaceAll("-", "").slice(0, 24)}`;
  return {
    reference,
    requestId: randomUUID(),
    debtorIban: iban,
    creditorIban: uk.custody.iban,
    creditorName: "Jinqiao Wallet",
    amountMinor,
    currency: "GBP",
    remittance: `Top-up ${reference}`,
    returnUrl,
    noticeUrl: `${publicUrl}/v1/bank-notices/${bankId}`,
  };
}

/** Confirms or refuses at the bank what an answer asks for, and comes back to us. */
async function comeBack(answer: PaymentAnswer, requestId: string, refuse = false) {
  if (answer.outcome !== "action_required") throw new Error(JSON.stringify(answer));
  const { redirectUrl } = await uk.bank.script.authorise({
    authorizationUrl: answer.actionUrl,
    username: "emma",
    ...(refuse ? { refuse } : {}),
  });
  const state = new URL(redirectUrl).searchParams.get("state") ?? "";
  return (uk.connector.completePayment as NonNullable<BankConnector["completePayment"]>)({
    callbackUrl: redirectUrl,
    state,
    requestId,
  });
}

describe("a payment of a later day", () => {
  test("waits for the customer, then for its day, then is paid once", async () => {
    const order: ScheduledOrder = { ...common(), executionDate: await inDays(2) };
    const asked = await services.scheduledPayments.initiate(order, access);
    if (asked.outcome !== "action_required") throw new Error(JSON.stringify(asked));
    const stands = (id: string) => services.scheduledPayments.status(id, "GBP");
    expect(await stands(asked.bankPaymentId)).toMatchObject({ outcome: "waiting", bankStatus: "AWAU" });
    const { answer } = await comeBack(asked, order.requestId);
    expect(answer).toMatchObject({ outcome: "accepted", bankStatus: "ACTC" });
    if (answer.outcome !== "accepted") throw new Error(answer.outcome);
    expect(await stands(asked.bankPaymentId)).toMatchObject({ outcome: "accepted", bankStatus: "COND" });
    const before = await balance(iban);
    await closeUntil(await inDays(1));
    expect(await balance(iban)).toBe(before);
    expect(await stands(answer.bankPaymentId)).toMatchObject({ outcome: "accepted", bankStatus: "ACTC" });
    await closeUntil(order.executionDate);
    expect(await balance(iban)).toBe(before - order.amountMinor);
    expect(await stands(answer.bankPaymentId)).toMatchObject({ outcome: "finished", bankStatus: "ACSC" });
    expect(await uk.connector.findPayment(order.reference, uk.custody, "2020-01-01")).toMatchObject({
      found: true,
    });
  });

  test("is refused for a day that has come, and when the customer says no", async () => {
    const today: ScheduledOrder = { ...common(), executionDate: await inDays(0) };
    expect(await services.scheduledPayments.initiate(today, access)).toMatchObject({
      outcome: "rejected",
      reason: { code: "Field.InvalidDate", text: { zh: expect.stringContaining("日期") } },
    });
    const order: ScheduledOrder = { ...common(), executionDate: await inDays(1) };
    const asked = await services.scheduledPayments.initiate(order, access);
    expect((await comeBack(asked, order.requestId, true)).answer).toMatchObject({ outcome: "rejected" });
  });

  test("from our own account needs no customer, and fails on its day where the money is not there", async () => {
    const order: ScheduledOrder = {
      ...common(9_999_999n),
      debtorIban: uk.custody.iban,
      creditorIban: iban,
      creditorName: "Emma Clarke",
      executionDate: await inDays(1),
    };
    const answer = await services.scheduledPayments.initiate(order, null);
    expect(answer).toMatchObject({ outcome: "accepted", bankStatus: "ACTC" });
    // The same order again is the same order.
    expect(await services.scheduledPayments.initiate(order, null)).toMatchObject({ ...answer });
    if (answer.outcome !== "accepted") throw new Error(answer.outcome);
    await closeUntil(order.executionDate);
    expect(await services.scheduledPayments.status(answer.bankPaymentId, "GBP")).toMatchObject({
      outcome: "rejected",
      reason: { code: "AM04" },
    });
  });

  test("that the customer stops at the bank is not paid", async () => {
    const order: ScheduledOrder = { ...common(), executionDate: await inDays(1) };
    const { answer } = await comeBack(
      await services.scheduledPayments.initiate(order, access),
      order.requestId,
    );
    if (answer.outcome !== "accepted") throw new Error(answer.outcome);
    // The interface itself cannot stop it.
    expect(await uk.connector.cancelPayment(answer.bankPaymentId, "GBP")).toBe("too_late");
    await uk.bank.script.cancelOrder(answer.bankPaymentId.split("/")[1] ?? "");
    const before = await balance(iban);
    await closeUntil(order.executionDate);
    expect(await balance(iban)).toBe(before);
    expect(await services.scheduledPayments.status(answer.bankPaymentId, "GBP")).toMatchObject({
      outcome: "cancelled",
      bankStatus: "CANC",
    });
  });
});

describe("a standing order", () => {
  const standing = async (change: Partial<PeriodicOrder> = {}): Promise<PeriodicOrder> => ({
    ...common(500n),
    startDate: await inDays(1),
    endDate: null,
    frequency: "weekly",
    ...change,
  });

  test("is confirmed once and pays day after day until its last", async () => {
    // Two days on which banks work, and a third on which it is over.
    let ahead = 1;
    while (![1, 2, 3].includes(new Date(await inDays(ahead)).getUTCDay())) ahead += 1;
    const [startDate, endDate, after] = await Promise.all([0, 1, 2].map((days) => inDays(ahead + days)));
    const order = await standing({ startDate, endDate, frequency: "daily" } as Partial<PeriodicOrder>);
    const asked = await services.periodicPayments.initiate(order, access);
    const { answer } = await comeBack(asked, order.requestId);
    if (answer.outcome !== "accepted") throw new Error(JSON.stringify(answer));
    expect(answer.bankPaymentId).toMatch(/^domestic-standing-orders\//);
    const stands = () => services.periodicPayments.status(answer.bankPaymentId, "GBP");
    expect(await stands()).toMatchObject({ outcome: "accepted", bankStatus: "ACTC" });
    const before = await balance(iban);
    await closeUntil(startDate ?? "");
    expect(before - (await balance(iban))).toBe(500n);
    expect(await stands()).toMatchObject({ outcome: "accepted", bankStatus: "INCO" });
    await closeUntil(after ?? "");
    expect(before - (await balance(iban))).toBe(1_000n);
    const later = uk.connectorOf({}, { now: () => new Date(Date.now() + 60 * 86_400_000) });
    expect(await later.services?.periodicPayments?.status(answer.bankPaymentId, "GBP")).toMatchObject({
      outcome: "finished",
    });
    await later.close();
  });

  test("goes on after a payment that failed, until the customer stops it at the bank", async () => {
    const order = await standing({
      amountMinor: 9_999_999n,
      debtorIban: uk.custody.iban,
      creditorIban: iban,
      creditorName: "Emma Clarke",
      frequency: "daily",
    });
    const answer = await services.periodicPayments.initiate(order, null);
    if (answer.outcome !== "accepted") throw new Error(JSON.stringify(answer));
    const stands = () => services.periodicPayments.status(answer.bankPaymentId, "GBP");
    await closeUntil(await inDays(3));
    expect(await stands()).toMatchObject({ outcome: "partly", bankStatus: "INFA" });
    await uk.bank.script.cancelOrder(answer.bankPaymentId.split("/")[1] ?? "");
    expect(await stands()).toMatchObject({ outcome: "cancelled" });
  });

  test("what the standard cannot say is refused before anything is sent", async () => {
    const before = await standing({ executionRule: "preceding" });
    expect(await services.periodicPayments.initiate(before, access)).toMatchObject({ outcome: "rejected" });
    const empty = await standing({
      frequency: "monthly",
      dayOfExecution: 31,
      startDate: "2099-02-01",
      endDate: "2099-02-27",
    });
    expect(await services.periodicPayments.initiate(empty, access)).toMatchObject({
      outcome: "rejected",
      reason: { code: "Field.InvalidDate" },
    });
  });
});

describe("confirmation of funds", () => {
  test("says yes or no with the customer's own token, until the permission ends", async () => {
    const asked = await services.funds.askConsent({
      requestId: randomUUID(),
      iban,
      currency: "GBP",
      wish: { approach: "redirect" },
      returnUrl,
      customerIp,
    });
    expect(asked.step).toMatchObject({ next: "page", status: "waiting" });
    expect(await services.funds.consentStatus(asked.bankConsentId)).toBe("awaiting_customer");
    const { redirectUrl } = await uk.bank.script.authorise({
      authorizationUrl: asked.step?.actionUrl ?? "",
      username: "emma",
    });
    const state = new URL(redirectUrl).searchParams.get("state") ?? "";
    // It is about no payment, and completes nothing else.
    expect(uk.connector.paymentReturn?.(state)).toBeUndefined();
    const granted = await (services.funds.completeConsent as CompleteFundsConsent)({
      callbackUrl: redirectUrl,
      state,
    });
    expect(granted.bankConsentId).toBe(asked.bankConsentId);
    expect(await services.funds.consentStatus(asked.bankConsentId)).toBe("valid");
    const has = (amountMinor: bigint, under: ConsentAccess = granted.access) =>
      services.funds.available({ ...granted, iban, amountMinor, currency: "GBP", access: under });
    const available = BigInt((await uk.bank.script.account(iban)).availableMinor);
    expect(await has(available)).toBe(true);
    expect(await has(available + 1n)).toBe(false);
    // Another permission of the same customer does not answer it, nor does this one show the account.
    await expect(has(1n, access)).rejects.toMatchObject({ code: "bank.unavailable" });
    const { resourceId } = await uk.bank.script.account(iban);
    await expect(
      uk.connector.balance(granted.access, { resourceId, currency: "GBP" }, customerIp),
    ).rejects.toMatchObject({ code: "bank.unavailable" });
    // Tokens of this permission are renewed like others.
    const fresh = await uk.connector.refreshAccess(granted.access, { force: true });
    expect(await has(1n, fresh)).toBe(true);
    await services.funds.revokeConsent(asked.bankConsentId);
    await services.funds.revokeConsent(asked.bankConsentId);
    expect(await services.funds.consentStatus(asked.bankConsentId)).toBe("revoked");
    await expect(has(1n, fresh)).rejects.toMatchObject({ code: "bank.consent_ended" });
  });
});

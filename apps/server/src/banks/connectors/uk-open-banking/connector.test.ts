import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BankAccount, ConsentAccess, PaymentOrder } from "../../connector.ts";
import { bankId, customerIp, publicUrl, startUkBank, type UkBank } from "./testing/setup.ts";

let uk: UkBank;
beforeAll(async () => {
  uk = await startUkBank();
});
afterAll(() => uk?.close());

const redirectUri = `${publicUrl}/v1/bank-callbacks/${bankId}`;

async function link(username = "emma"): Promise<{ access: ConsentAccess; accounts: BankAccount[] }> {
  const started = await uk.connector.startConsent({
    requestId: randomUUID(),
    state: randomUUID(),
    redirectUri,
    noticeUrl: `${publicUrl}/v1/bank-notices/${bankId}`,
    validUntil: "2099-01-01",
    frequencyPerDay: 4,
    customerIp,
  });
  const { redirectUrl } = await uk.bank.script.authorise({
    authorizationUrl: started.authorisationUrl,
    username,
  });
  return uk.connector.completeConsent({
    bankConsentId: started.bankConsentId,
    redirectUri,
    callbackUrl: redirectUrl,
    secrets: started.secrets,
    customerIp,
  });
}

function gbp(accounts: BankAccount[]): BankAccount {
  const account = accounts.find(({ currency }) => currency === "GBP");
  if (account === undefined) throw new Error("no GBP account");
  return account;
}

function topUp(
  account: BankAccount,
  amountMinor: bigint,
  reference = `JQ${Date.now()}${Math.floor(Math.random() * 1e6)}`,
): PaymentOrder {
  return {
    reference,
    requestId: randomUUID(),
    debtorIban: account.iban,
    creditorIban: uk.custody.iban,
    creditorName: "Jinqiao Wallet",
    amountMinor,
    currency: "GBP",
    remittance: `Jinqiao top-up ${reference}`,
    returnUrl: `${publicUrl}/v1/bank-payment-returns/pay_1`,
    noticeUrl: `${publicUrl}/v1/bank-notices/${bankId}`,
  };
}

/** Confirms at the bank what an answer asks the customer for, and hands the payment over. */
async function confirm(answer: { actionUrl?: string }, requestId: string, username = "emma") {
  const { redirectUrl } = await uk.bank.script.authorise({
    authorizationUrl: answer.actionUrl ?? "",
    username,
  });
  const state = new URL(redirectUrl).searchParams.get("state") ?? "";
  return (uk.connector.completePayment as NonNullable<typeof uk.connector.completePayment>)({
    callbackUrl: redirectUrl,
    state,
    requestId,
  });
}

describe("accounts", () => {
  test("link, accounts, balance and entries", async () => {
    const { access, accounts } = await link();
    expect(accounts.map(({ currency }) => currency).sort()).toEqual(["EUR", "GBP"]);
    expect(accounts.every(({ iban }) => iban.startsWith("GB"))).toBe(true);
    const account = gbp(accounts);
    expect(account.ownerName).toBe("Emma Clarke");
    expect(await uk.connector.balance(access, account, customerIp)).toEqual({
      booked: 416588n,
      available: 416588n,
    });
    const entries = await uk.connector.entries(access, account, { from: "2020-01-01" }, customerIp);
    expect(entries.length).toBeGreaterThan(100);
    expect(entries.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).toBe(416588n);
    expect(await uk.connector.consentStatus(access.bankConsentId)).toBe("valid");
    await uk.connector.revokeConsent(access.bankConsentId);
    expect(await uk.connector.consentStatus(access.bankConsentId)).toBe("revoked");
    await expect(uk.connector.balance(access, account, customerIp)).rejects.toMatchObject({
      code: "bank.consent_ended",
    });
  });
});

describe("payments", () => {
  test("above the limits the customer confirms each one at the bank", async () => {
    const { access, accounts } = await link();
    const order = topUp(gbp(accounts), 60_000n);
    const asked = await uk.connector.initiatePayment(order, access);
    expect(asked).toMatchObject({ outcome: "action_required", bankStatus: "AWAU" });
    if (asked.outcome !== "action_required") throw new Error(asked.outcome);
    expect(await uk.connector.paymentStatus(asked.bankPaymentId, "GBP")).toMatchObject({
      outcome: "waiting",
    });
    const { answer, standing } = await confirm(asked, order.requestId);
    expect(answer).toMatchObject({ outcome: "accepted", bankStatus: "ACCC" });
    expect(standing).toBeUndefined();
    expect(await uk.connector.paymentStatus(asked.bankPaymentId, "GBP")).toMatchObject({
      outcome: "accepted",
      bankStatus: "COND",
    });
    expect(await uk.connector.findPayment(order.reference, uk.custody, "2020-01-01")).toEqual({
      found: true,
      status: "booked",
    });
  });

  test("a standing permission is asked for once; then one tap is enough, within the limits that were agreed", async () => {
    const { access, accounts } = await link();
    const account = gbp(accounts);
    const first = topUp(account, 30_000n);
    const asked = await uk.connector.initiatePayment(first, access);
    if (asked.outcome !== "action_required") throw new Error(JSON.stringify(asked));
    const { answer, standing } = await confirm(asked, first.requestId);
    expect(answer).toMatchObject({ outcome: "accepted" });
    if (standing === undefined) throw new Error("no standing permission");
    const kept: ConsentAccess = { ...access, standing: { [standing.debtorIban]: standing } };
    const second = topUp(account, 40_000n);
    const paid = await uk.connector.initiatePayment(second, kept);
    expect(paid).toMatchObject({ outcome: "accepted" });
    if (paid.outcome !== "accepted") throw new Error();
    expect(await uk.connector.paymentStatus(paid.bankPaymentId, "GBP")).toMatchObject({
      outcome: "accepted",
    });
    // The same order again does nothing twice.
    expect(await uk.connector.initiatePayment(second, kept)).toMatchObject({
      bankPaymentId: paid.bankPaymentId,
    });
    expect(await uk.connector.initiatePayment(topUp(account, 20_000n), kept)).toMatchObject({
      outcome: "rejected",
      reason: { code: "Rules.FailsControlParameters" },
    });
    expect((await uk.connector.refreshAccess(kept, { force: true })).standing).toHaveProperty(account.iban);
  });

  test("from custody nobody is asked; the closed day comes as camt.053", async () => {
    const { accounts } = await link();
    const order: PaymentOrder = {
      ...topUp(gbp(accounts), 1_234n),
      debtorIban: uk.custody.iban,
      creditorIban: gbp(accounts).iban,
      creditorName: "Emma Clarke",
    };
    const paid = await uk.connector.initiatePayment(order, null);
    expect(paid).toMatchObject({ outcome: "accepted", bankStatus: "ACCC" });
    const { date } = await uk.bank.script.businessDate();
    expect(await uk.connector.custodyStatement(uk.custody, date)).toBeNull();
    await uk.bank.script.endOfDay();
    expect(await uk.connector.custodyStatement(uk.custody, date)).toContain(order.reference);
  });
});

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { BankConnector, PaymentAnswer, PaymentOrder } from "@jinqiao/server/connectors";
import type { BankUnderTest } from "../subject.ts";
import { assertBooksBalance, type Check, closeDay, customerIp, described, idOf, refused } from "./check.ts";

type Services = NonNullable<BankConnector["services"]>;

const dayMs = 86_400_000;
/** How long a bank may take over an order that is due, once its day has begun. */
const dueLimitMs = 15_000;

/** What banks offer beside accounts and single payments. */
export const serviceChecks: readonly Check[] = [
  {
    id: "service.scheduled",
    title: {
      en: "A payment of a later day is paid on its day, once, even where the answer to the order is lost",
      zh: "预约付款到期执行且只执行一次，即使指令的答复丢失",
    },
    needs: ["linking", "payments", "scheduled payments"],
    async run(bank) {
      const { initiate, status } = servicesOf(bank).scheduledPayments as Service<"scheduledPayments">;
      const { access, order, username } = await orderOf(bank, 1_801n);
      const before = (await bank.truth(order.debtorIban)).expected;
      const answer = await initiate({ ...order, executionDate: await inDays(bank, 2) }, access);
      await bank.script.addFault({ operation: "initiatePayment", action: "reset-connection-after" });
      const id = await confirmed(bank, { answer, order, username });
      await bank.script.clearFaults();
      await closeDay(bank);
      assert.equal((await bank.truth(order.debtorIban)).expected, before, "money moved before its day");
      const waits = await status(id, bank.currency);
      assert.equal(waits.outcome, "accepted", described(waits));
      await closeDay(bank);
      // What was due is booked at the end of its day, and due no more on the next.
      await closeDay(bank);
      await moved(bank, order, before, order.amountMinor);
      const done = await status(id, bank.currency);
      assert.equal(done.outcome, "finished", described(done));
      await assertBooksBalance(bank);
      return `${described(waits)} → ${described(done)}`;
    },
  },
  {
    id: "service.scheduled_refused",
    title: {
      en: "A payment of a later day that the customer refuses moves nothing",
      zh: "客户拒绝的预约付款不会动账",
    },
    needs: ["linking", "payments", "scheduled payments"],
    async run(bank) {
      const { initiate, status } = servicesOf(bank).scheduledPayments as Service<"scheduledPayments">;
      const { access, order, username } = await orderOf(bank, 1_802n);
      const before = (await bank.truth(order.debtorIban)).expected;
      const answer = await initiate({ ...order, executionDate: await inDays(bank, 1) }, access);
      assert.equal(answer.outcome, "action_required", described(answer));
      await bank.decide({ waiting: waitingOf(answer), order, username }, "refuse");
      const refusal = await status(idOf(answer), bank.currency);
      assert.equal(refusal.outcome, "rejected", described(refusal));
      await closeDay(bank);
      await moved(bank, order, before, 0n);
      return described(refusal);
    },
  },
  {
    id: "service.standing_order",
    title: {
      en: "A standing order is confirmed once, pays each day, and stops when the customer stops it",
      zh: "定期付款确认一次后按日执行，客户停止后不再付款",
    },
    needs: ["linking", "payments", "standing orders"],
    async run(bank) {
      const { initiate, status } = servicesOf(bank).periodicPayments as Service<"periodicPayments">;
      const { access, order, username } = await orderOf(bank, 103n);
      const before = (await bank.truth(order.debtorIban)).expected;
      const startDate = await nextWeekday(bank);
      const answer = await initiate({ ...order, startDate, endDate: null, frequency: "daily" }, access);
      const id = await confirmed(bank, { answer, order, username });
      assert.equal((await status(id, bank.currency)).outcome, "accepted");
      while ((await bank.script.businessDate()).date < startDate) {
        await moved(bank, order, before, 0n);
        await closeDay(bank);
      }
      await moved(bank, order, before, order.amountMinor);
      await closeDay(bank);
      await moved(bank, order, before, 2n * order.amountMinor);
      await stop(bank, id, username);
      const stopped = await status(id, bank.currency);
      assert.equal(stopped.outcome, "cancelled", described(stopped));
      await closeDay(bank);
      await sleep(500);
      await moved(bank, order, before, 2n * order.amountMinor);
      await assertBooksBalance(bank);
      return `two payments, then ${described(stopped)}`;
    },
  },
  {
    id: "service.funds",
    title: {
      en: "Whether an amount is there: yes or no, exact to the minor unit, until the permission ends",
      zh: "余额是否足够：回答“是”或“否”，精确到最小单位，直至授权结束",
    },
    needs: ["linking", "confirmation of funds"],
    async run(bank) {
      const funds = servicesOf(bank).funds as Service<"funds">;
      const { account, username } = await bank.linked();
      const { currency } = bank;
      const asked = await funds.askConsent({
        requestId: randomUUID(),
        iban: account.iban,
        currency,
        wish: { approach: "redirect" },
        returnUrl: bank.redirectUri,
        customerIp,
      });
      const { bankConsentId, step } = asked;
      assert.equal(await funds.consentStatus(bankConsentId), "awaiting_customer");
      const callbackUrl = await bank.authorise(step?.actionUrl ?? "", username);
      const state = new URL(callbackUrl).searchParams.get("state") ?? "";
      const granted = await funds.completeConsent?.({ callbackUrl, state });
      const has = (amountMinor: bigint) =>
        funds.available({ bankConsentId, iban: account.iban, amountMinor, currency, ...granted });
      const { available } = await bank.truth(account.iban);
      assert.equal(await has(available), true, "the whole balance was said not to be there");
      assert.equal(await has(available + 1n), false, "more than the balance was said to be there");
      await funds.revokeConsent(bankConsentId);
      assert.equal(await funds.consentStatus(bankConsentId), "revoked");
      const why = await refused(() => has(1n), "a question after the permission ended");
      return `yes up to the balance, no above it, then ${why}`;
    },
  },
];

type Service<Name extends keyof Services> = NonNullable<Services[Name]>;

function servicesOf(bank: BankUnderTest): Services {
  return bank.connector.services ?? {};
}

/** An order from a linked customer to our own account. */
async function orderOf(bank: BankUnderTest, amountMinor: bigint) {
  const { access, account, username } = await bank.linked();
  return {
    access,
    username,
    order: bank.order({ from: account.iban, to: bank.custody.iban, amountMinor }),
  };
}

function waitingOf(answer: PaymentAnswer): Extract<PaymentAnswer, { outcome: "action_required" }> {
  assert.equal(answer.outcome, "action_required", described(answer));
  return answer as Extract<PaymentAnswer, { outcome: "action_required" }>;
}

/** The customer confirms at the bank and comes back; answers the order's id at the bank from then on. */
async function confirmed(
  bank: BankUnderTest,
  asked: { answer: PaymentAnswer; order: PaymentOrder; username: string },
): Promise<string> {
  const { order, username } = asked;
  const { answer } = await bank.decide({ waiting: waitingOf(asked.answer), order, username }, "confirm");
  if (answer === undefined) return idOf(asked.answer);
  assert.equal(answer.outcome, "accepted", described(answer));
  return idOf(answer);
}

/** The customer stops an order: through us where the bank offers that, else at the bank itself. */
async function stop(bank: BankUnderTest, id: string, username: string): Promise<void> {
  const { cancelWithCustomer } = servicesOf(bank);
  if (cancelWithCustomer === undefined) return bank.script.cancelOrder(id.split("/").at(-1) ?? id);
  const asked = await cancelWithCustomer(
    { bankPaymentId: id, currency: bank.currency, service: "periodic-payments" },
    { approach: "redirect", returnUrl: bank.redirectUri },
  );
  assert.equal(asked.outcome, "waiting", `stopping an order: ${asked.outcome}`);
  if (asked.outcome === "waiting") await bank.authorise(asked.step.actionUrl ?? "", username);
}

/** Waits until the account is short of an amount, no more and no less. */
async function moved(
  bank: BankUnderTest,
  order: PaymentOrder,
  before: bigint,
  amountMinor: bigint,
): Promise<void> {
  const end = performance.now() + dueLimitMs;
  for (;;) {
    await bank.settle();
    const gone = before - (await bank.truth(order.debtorIban)).expected;
    if (gone === amountMinor) return;
    assert(performance.now() < end && gone < amountMinor, `${gone} minor units moved, not ${amountMinor}`);
    await sleep(200);
  }
}

async function inDays(bank: BankUnderTest, days: number): Promise<string> {
  const { date } = await bank.script.businessDate();
  return new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10);
}

/** The first of two days on which every bank works. */
async function nextWeekday(bank: BankUnderTest): Promise<string> {
  for (let days = 1; ; days += 1) {
    const date = await inDays(bank, days);
    const weekday = new Date(date).getUTCDay();
    if (weekday >= 1 && weekday <= 4) return date;
  }
}

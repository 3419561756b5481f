import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { PaymentAnswer, PaymentOrder } from "@jinqiao/server/connectors";
import type { BankUnderTest } from "../subject.ts";
import {
  assertBooksBalance,
  assertReason,
  type Check,
  closeDay,
  described,
  fresh,
  fundCustody,
  idOf,
  movedFrom,
  NotOffered,
  payable,
  payee,
} from "./check.ts";

const since = "1970-01-01";

/** Payments in both directions, and what becomes of them. */
export const paymentChecks: readonly Check[] = [
  {
    id: "pay.trusted",
    title: {
      en: "A top-up that the customer allowed needs no bank page",
      zh: "客户预先同意的充值无需跳转银行页面",
    },
    needs: ["payments", "oneTapTopUp"],
    async run(bank) {
      const { access, account } = await bank.linked();
      const before = await bank.truth(account.iban);
      const order = bank.order({ from: account.iban, to: bank.custody.iban, amountMinor: 1_234n });
      const answer = await bank.connector.initiatePayment(order, access);
      assert.equal(answer.outcome, "accepted", described(answer));
      assert.equal(await movedFrom(bank, account.iban, before.expected), 1_234n);
      await assertBooksBalance(bank);
      return described(answer);
    },
  },
  {
    id: "pay.asked",
    title: {
      en: "Any other top-up waits for the customer, then goes through",
      zh: "其他充值等待客户确认，确认后成功",
    },
    needs: ["linking", "payments"],
    async run(bank) {
      const payment = await waitingPayment(bank, 1_100n);
      const { waiting, debtor, before } = payment;
      const status = await bank.connector.paymentStatus(waiting.bankPaymentId, bank.currency);
      assert.equal(status.outcome, "waiting", described(status));
      assert.equal((await bank.truth(debtor)).expected, before, "money moved before the customer agreed");
      const { answer } = await bank.decide(payment, "confirm");
      // Some banks make the payment only when the customer is back, and give it its id then.
      const id = answer?.outcome === "accepted" ? answer.bankPaymentId : waiting.bankPaymentId;
      const done = await bank.connector.paymentStatus(id, bank.currency);
      assert.equal(done.outcome, "accepted", described(done));
      assert.equal(await movedFrom(bank, debtor, before), payment.order.amountMinor);
      return `${described(status)} → ${described(done)}`;
    },
  },
  {
    id: "pay.refused_by_customer",
    title: {
      en: "A payment that the customer refuses is rejected with a reason in words",
      zh: "客户拒绝的付款以文字说明原因",
    },
    needs: ["linking", "payments"],
    async run(bank) {
      const payment = await waitingPayment(bank, 1_200n);
      const { waiting, debtor, before } = payment;
      const { answer } = await bank.decide(payment, "refuse");
      const status =
        answer?.outcome === "rejected"
          ? answer
          : await bank.connector.paymentStatus(waiting.bankPaymentId, bank.currency);
      const reason = assertReason(status as PaymentAnswer);
      assert.equal(await movedFrom(bank, debtor, before), 0n);
      return reason;
    },
  },
  {
    id: "pay.cancel",
    title: {
      en: "A payment that waits for the customer can be cancelled",
      zh: "待客户确认的付款可以撤销",
    },
    needs: ["linking", "payments"],
    async run(bank) {
      const { waiting, debtor, before } = await waitingPayment(bank, 1_300n);
      const cancelled = await bank.connector.cancelPayment(waiting.bankPaymentId, bank.currency);
      assert.equal(cancelled, "cancelled");
      assert.equal(await movedFrom(bank, debtor, before), 0n);
      return cancelled;
    },
  },
  {
    id: "pay.cancel_booked",
    title: { en: "A payment that was booked cannot be cancelled", zh: "已入账的付款不可撤销" },
    needs: ["payments"],
    async run(bank) {
      const { order, access } = await payable(bank, 1_301n);
      const id = idOf(await bank.connector.initiatePayment(order, access));
      await closeDay(bank);
      const late = await bank.connector.cancelPayment(id, bank.currency);
      assert.notEqual(late, "cancelled", "a payment that was booked was said to be cancelled");
      return late;
    },
  },
  {
    id: "pay.wrong_signature",
    title: {
      en: "An order signed with a key that the bank does not know moves nothing",
      zh: "以银行不认识的密钥签名的指令不会动账",
    },
    needs: ["payments"],
    async run(bank) {
      const { forgedSettings } = bank;
      if (forgedSettings === undefined) throw new NotOffered("orders are not signed here");
      const { order, access, debtor } = await payable(bank, 1_310n);
      const before = (await bank.truth(debtor)).expected;
      const answer = await fresh(bank, { settings: forgedSettings }, (forger) =>
        forger.initiatePayment(order, access),
      );
      assert(!["accepted", "action_required"].includes(answer.outcome), described(answer));
      assert.equal(await movedFrom(bank, debtor, before), 0n, "money moved");
      return described(answer);
    },
  },
  {
    id: "pay.out",
    title: { en: "A payout from our own account arrives", zh: "从自有账户付出的款项到账" },
    needs: ["payments"],
    async run(bank) {
      await fundCustody(bank, 2_000n);
      const to = await payee(bank);
      const before = await bank.truth(bank.custody.iban);
      const order = bank.order({
        from: bank.custody.iban,
        to: to.iban,
        creditorName: to.name,
        amountMinor: 1_400n,
      });
      const answer = await bank.connector.initiatePayment(order, null);
      assert.equal(answer.outcome, "accepted", described(answer));
      assert.equal(await movedFrom(bank, bank.custody.iban, before.expected), 1_400n);
      await assertBooksBalance(bank);
      return described(answer);
    },
  },
  {
    id: "pay.reject_reason",
    title: {
      en: "A payout beyond the money is rejected with a reason in words",
      zh: "超出余额的付款以文字说明原因",
    },
    needs: ["payments"],
    async run(bank) {
      const to = await payee(bank);
      const before = await bank.truth(bank.custody.iban);
      const order = bank.order({
        from: bank.custody.iban,
        to: to.iban,
        creditorName: to.name,
        amountMinor: before.available + 1_000_000n,
      });
      const answer = await bank.connector.initiatePayment(order, null);
      const last = answer.outcome === "accepted" ? await finalStatus(bank, answer.bankPaymentId) : answer;
      const reason = assertReason(last);
      assert.equal(await movedFrom(bank, bank.custody.iban, before.expected), 0n);
      return reason;
    },
  },
  {
    id: "pay.once",
    title: {
      en: "The same order sent twice, even at the same time, is paid once",
      zh: "同一指令重复或同时发送，只付一次",
    },
    needs: ["payments"],
    async run(bank) {
      const { order, access, debtor } = await payable(bank, 1_500n);
      const before = await bank.truth(debtor);
      const answers = await Promise.all([0, 1, 2].map(() => bank.connector.initiatePayment(order, access)));
      answers.push(await bank.connector.initiatePayment(order, access));
      const moved = await movedFrom(bank, debtor, before.expected);
      assert.equal(moved, 1_500n, `four tries moved ${moved} minor units`);
      const ids = answers.flatMap((answer) => (answer.outcome === "accepted" ? [answer.bankPaymentId] : []));
      assert(ids.length > 0, `no try was accepted: ${answers.map(described).join(", ")}`);
      assert.equal(new Set(ids).size, 1, "the tries have several ids");
      return answers.map(described).join(", ");
    },
  },
  {
    id: "pay.find",
    title: {
      en: "A payment is found by our own reference; one that never was is not",
      zh: "凭本方编号可查到付款，未曾发出的查不到",
    },
    needs: ["payments"],
    async run(bank) {
      const { order, access } = await payable(bank, 1_600n);
      assert.equal((await bank.connector.initiatePayment(order, access)).outcome, "accepted");
      await bank.settle();
      const early = await bank.connector.findPayment(order.reference, bank.custody, since);
      await closeDay(bank);
      const late = await bank.connector.findPayment(order.reference, bank.custody, since);
      assert.equal(late.found === true && late.status, "booked", `found: ${late.found}`);
      const never = await bank.connector.findPayment("JQneversent", bank.custody, since);
      assert.deepEqual(never, { found: false });
      return `${early.found === true ? early.status : `found: ${early.found}`} → booked`;
    },
  },
  {
    id: "pay.execution_window",
    title: {
      en: "A payment shows in our own account within the time that the bank declares",
      zh: "付款在银行声明的时限内出现在自有账户中",
    },
    needs: ["linking", "payments"],
    async run(bank) {
      const { executionWindowMs } = bank.connector.capabilities;
      if (executionWindowMs > 120_000)
        throw new NotOffered(`the bank declares ${executionWindowMs} ms: too long to wait here`);
      const { order, access } = await payable(bank, 1_700n);
      const began = performance.now();
      assert.equal((await bank.connector.initiatePayment(order, access)).outcome, "accepted");
      for (;;) {
        const sighting = await bank.connector.findPayment(order.reference, bank.custody, since);
        const tookMs = Math.round(performance.now() - began);
        if (sighting.found === true) return `seen after ${tookMs} ms of ${executionWindowMs} ms`;
        assert(tookMs <= executionWindowMs, `not seen within ${executionWindowMs} ms`);
        await sleep(200);
      }
    },
  },
];

/** Whoever linked an account is not asked again: the payment that was to wait is under way. */
export class PaidAtOnce extends NotOffered {
  readonly order: PaymentOrder;
  readonly bankPaymentId: string;
  constructor(order: PaymentOrder, bankPaymentId: string) {
    super("whoever linked an account is not asked again");
    this.order = order;
    this.bankPaymentId = bankPaymentId;
  }
}

/** A payment that needs the customer: from somebody who allowed nothing beforehand. */
export async function waitingPayment(bank: BankUnderTest, smallMinor: bigint) {
  const { askedAmountMinor = smallMinor } = bank;
  const amountMinor = askedAmountMinor > smallMinor ? askedAmountMinor : smallMinor;
  const asked = bank.people.find((_, index) => index > 0) ?? bank.people[0];
  const linked = await bank.link(asked === undefined ? {} : { username: asked.username });
  const before = (await bank.truth(linked.account.iban)).expected;
  const order = bank.order({ from: linked.account.iban, to: bank.custody.iban, amountMinor });
  const waiting = await bank.connector.initiatePayment(order, linked.access);
  if (waiting.outcome === "accepted") throw new PaidAtOnce(order, waiting.bankPaymentId);
  assert.equal(waiting.outcome, "action_required", described(waiting));
  return {
    waiting: waiting as Extract<PaymentAnswer, { outcome: "action_required" }>,
    order,
    linked,
    username: linked.username,
    debtor: linked.account.iban,
    before,
  };
}

/** What the bank says of a payment at the end of its day. */
async function finalStatus(bank: BankUnderTest, bankPaymentId: string): Promise<PaymentAnswer> {
  await closeDay(bank);
  const status = await bank.connector.paymentStatus(bankPaymentId, bank.currency);
  assert.notEqual(status.outcome, "waiting", "the payment still waits after the day closed");
  return status as PaymentAnswer;
}

import assert from "node:assert/strict";
import type { PaymentAnswer } from "@jinqiao/server/connectors";
import type { BankUnderTest } from "../subject.ts";
import {
  assertBooksBalance,
  type Check,
  closeDay,
  described,
  fundCustody,
  idOf,
  NotOffered,
  offers,
  payable,
  payee,
} from "./check.ts";
import { PaidAtOnce, waitingPayment } from "./payments.ts";
import { statementOf } from "./statements.ts";

const days = 7;

/** One payment as we remember it, and what the bank said last. */
type Ours = {
  reference: string;
  /** Signed as our own account sees it. */
  amountMinor: bigint;
  bankPaymentId: string | null;
  answer: PaymentAnswer["outcome"];
};

/** A week of payments in both directions, reconciled at three levels: ours, the bank's answers, the statements. */
export const weekChecks: readonly Check[] = [
  {
    id: "week.reconciled",
    title: {
      en: "A simulated week reconciles at three levels to the minor unit",
      zh: "模拟一周：本方记录、银行应答、对账单三方核对分毫不差",
    },
    needs: ["payments", "statements"],
    async run(bank) {
      await fundCustody(bank, 12_000n);
      await closeDay(bank);
      let closing = (await bank.truth(bank.custody.iban)).booked;
      let lines = 0;
      let notPaid = 0;
      for (let day = 0; day < days; day += 1) {
        const ours = await oneDay(bank, day);
        const closedDate = await closeDay(bank);
        const statement = await statementOf(bank, closedDate);
        assert.equal(
          statement.openingMinor,
          closing,
          `${closedDate} does not begin where the day before ended`,
        );
        notPaid += await reconcile(bank, ours, statement);
        closing = statement.closingMinor;
        lines += statement.entries.length;
        assert.equal(
          closing,
          (await bank.truth(bank.custody.iban)).booked,
          `${closedDate}: not the bank's own balance`,
        );
        await assertBooksBalance(bank);
      }
      return `${days} days, ${lines} lines matched, ${notPaid} payments rightly not paid, no break`;
    },
  },
  {
    id: "week.return",
    title: {
      en: "A payment that comes back after it was settled is a line of its own",
      zh: "结算后退回的付款在对账单上单独列示",
    },
    needs: ["payments", "statements"],
    async run(bank) {
      const { order, access, debtor } = await payable(bank, 2_200n);
      const before = (await bank.truth(bank.custody.iban)).expected;
      assert.equal((await bank.connector.initiatePayment(order, access)).outcome, "accepted");
      await closeDay(bank);
      const paidOut = debtor === bank.custody.iban;
      // ISO 20022 ExternalReturnReason1Code: closed account, or a refund that the debtor asked for.
      const reason = paidOut ? "AC04" : "MD06";
      await bank.script.returnPayment({ endToEndId: order.reference, reason }).catch((error: Error) => {
        if (!error.message.includes(": 404 ")) throw error;
        throw new NotOffered("this bank cannot be made to return a payment");
      });
      const day = await statementOf(bank, await closeDay(bank));
      const back = day.entries.filter(({ amountMinor }) => amountMinor === 2_200n);
      assert.equal(back.length, 1, `the return is on the statement ${back.length} times`);
      assert.equal(back[0]?.direction, paidOut ? "credit" : "debit");
      assert.deepEqual(
        back[0]?.returned,
        { code: reason },
        "the line does not say that, or why, it came back",
      );
      assert.equal((await bank.truth(bank.custody.iban)).expected, before, "the money is not where it was");
      await assertBooksBalance(bank);
      return `${back[0]?.direction} with ${back[0]?.endToEndId === order.reference ? "our reference" : "another reference"}`;
    },
  },
];

/** A day's payments: money in, money out, one that is refused, one that is cancelled. */
async function oneDay(bank: BankUnderTest, day: number): Promise<Ours[]> {
  const { capabilities } = bank.connector;
  const ours: Ours[] = [];
  const unique = (index: number) => BigInt(100 * (day + 1) + index);
  if (capabilities.oneTapTopUp) {
    for (const index of [1, 2, 3]) {
      const { order, access } = await payable(bank, unique(index));
      const answer = await bank.connector.initiatePayment(order, access);
      assert.equal(answer.outcome, "accepted", described(answer));
      ours.push({
        reference: order.reference,
        amountMinor: order.amountMinor,
        bankPaymentId: idOf(answer),
        answer: "accepted",
      });
    }
  }
  const to = await payee(bank);
  for (const index of [4, 5]) {
    const order = bank.order({
      from: bank.custody.iban,
      to: to.iban,
      creditorName: to.name,
      amountMinor: unique(index),
    });
    const answer = await bank.connector.initiatePayment(order, null);
    assert.equal(answer.outcome, "accepted", described(answer));
    ours.push({
      reference: order.reference,
      amountMinor: -order.amountMinor,
      bankPaymentId: idOf(answer),
      answer: "accepted",
    });
  }
  const tooMuch = (await bank.truth(bank.custody.iban)).available + 1_000_000n;
  const refused = bank.order({
    from: bank.custody.iban,
    to: to.iban,
    creditorName: to.name,
    amountMinor: tooMuch,
  });
  const no = await bank.connector.initiatePayment(refused, null);
  ours.push({
    reference: refused.reference,
    amountMinor: -tooMuch,
    bankPaymentId: "bankPaymentId" in no ? no.bankPaymentId : null,
    answer: no.outcome,
  });
  if (offers(bank.connector, "linking")) {
    try {
      const { waiting, order } = await waitingPayment(bank, unique(6));
      const cancelled = await bank.connector.cancelPayment(waiting.bankPaymentId, bank.currency);
      assert.equal(cancelled, "cancelled");
      ours.push({
        reference: order.reference,
        amountMinor: order.amountMinor,
        bankPaymentId: waiting.bankPaymentId,
        answer: "action_required",
      });
    } catch (error) {
      if (!(error instanceof NotOffered)) throw error;
      if (error instanceof PaidAtOnce) {
        const { reference, amountMinor } = error.order;
        ours.push({ reference, amountMinor, bankPaymentId: error.bankPaymentId, answer: "accepted" });
      }
    }
  }
  return ours;
}

/** Level by level; answers how many payments were not paid, and rightly are on no statement. */
async function reconcile(
  bank: BankUnderTest,
  ours: readonly Ours[],
  statement: Awaited<ReturnType<typeof statementOf>>,
): Promise<number> {
  const open = new Map<string, bigint>();
  let notPaid = 0;
  for (const payment of ours) {
    const paid = await wasPaid(bank, payment);
    if (paid) open.set(payment.reference, payment.amountMinor);
    else notPaid += 1;
  }
  for (const line of statement.entries) {
    const amountMinor = line.direction === "credit" ? line.amountMinor : -line.amountMinor;
    const expected = line.endToEndId === null ? undefined : open.get(line.endToEndId);
    assert(
      expected !== undefined,
      `a line that nobody expects, or a second one: ${line.endToEndId} ${amountMinor}`,
    );
    assert.equal(amountMinor, expected, `${line.endToEndId}: another amount than ordered`);
    open.delete(line.endToEndId as string);
  }
  assert.equal(open.size, 0, `paid, yet on no statement: ${[...open.keys()].join(", ")}`);
  return notPaid;
}

/** What the bank says of a payment after its day closed. */
async function wasPaid(bank: BankUnderTest, payment: Ours): Promise<boolean> {
  if (payment.answer === "rejected" || payment.answer === "not_sent") return false;
  assert(payment.bankPaymentId !== null, `${payment.reference} ended as ${payment.answer}`);
  const status = await bank.connector.paymentStatus(payment.bankPaymentId, bank.currency);
  assert(
    ["accepted", "rejected"].includes(status.outcome),
    `${payment.reference} is ${described(status)} after its day closed`,
  );
  return status.outcome === "accepted";
}

import type { Banks, PaymentAnswer, PaymentOrder } from "../banks/index.ts";
import type { CustomerName, Freezes } from "../identity/index.ts";
import type { Ledger, Watch } from "../ledger/index.ts";
import { type Clock, dateIn } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { bankWait } from "./bank-wait.ts";
import { finalStatuses } from "./lifecycle.ts";
import { changedEvents, type Mover, type News } from "./mover.ts";
import { isPaidOut } from "./own-account.ts";
import type { Creditor, PayoutRecords } from "./payouts.ts";
import type { Rerouting } from "./rerouting.ts";
import type { PaymentRow } from "./sql.ts";
import * as sql from "./sql.ts";

export type WithBankDeps = {
  db: Db;
  clock: Clock;
  ledger: Ledger;
  watch: Pick<Watch, "isStopped">;
  freezes: Pick<Freezes, "require">;
  banks: Banks;
  mover: Mover;
  rerouting: Rerouting;
  payouts: Pick<PayoutRecords, "creditorOf" | "waits">;
  publicUrl: string;
  customersById(ids: readonly string[]): Promise<Map<string, CustomerName>>;
};

/** The part of a payment's life that happens at a bank: send once, then ask until it is known. */
export type WithBank = {
  /**
   * An order that its bank does not take now goes another way where there is one; else it is noted on it why it waits
   * and until when. @returns true when it goes another way, by a job of its own
   */
  tellWait(payment: PaymentRow): Promise<boolean>;
  /** Sends the order, unless it may have been sent before: then it only asks. */
  submit(paymentId: string): Promise<void>;
  /** Asks the bank what became of the order and moves the payment by the answer. */
  inquire(paymentId: string): Promise<PaymentRow>;
  cancel(payment: PaymentRow): Promise<PaymentRow>;
};

const notReceived = {
  code: "not_received",
  text: {
    en: "The bank did not receive this order. Nothing was moved; you can try again.",
    zh: "银行没有收到该笔指令，资金未变动，您可以重试。",
  },
};
const waitingForCustody = {
  code: "waiting_for_custody",
  text: {
    en: "The money for this is still on its way to our bank. We will pay it out by ourselves; it is on hold and safe.",
    zh: "相应资金仍在转入我们银行账户的途中。到账后将自动为您付出，款项已冻结，安全无虞。",
  },
};
const stopped = {
  code: "ledger.outgoing_stopped",
  text: {
    en: "Payments out to banks are paused while we check our books. Your money is on hold and safe; we will pay it out by ourselves afterwards.",
    zh: "我们正在核对账目，暂停向银行转出。款项已冻结，安全无虞；核对完成后将自动为您付出。",
  },
};
/** An order that was given before its customer's payments were frozen, and that no bank has yet. */
const frozen = {
  code: "freeze.payments",
  text: {
    en: "Payments from this wallet are frozen, so this order waits and was not given to the bank. The money is on hold and safe; it goes out by itself once the freeze is lifted.",
    zh: "该钱包的付款已冻结，此笔尚未交给银行，正在等待。款项已冻结，安全无虞；解除冻结后将自动付出。",
  },
};
const custodyShort = {
  code: "AM04",
  text: {
    en: "The money for this was not ready on our account at the bank, so it could not be paid out. Your own bank account is not the reason, and your balance is as before.",
    zh: "我们在该银行的账户资金尚未到位，未能为您付出。这与您的银行账户无关，您的余额没有减少。",
  },
};
/** How long a payout waits for money that is on its way, before the customer gets it back. */
const custodyPatienceMs = 24 * 3_600_000;
/** How long a customer may take at the bank's page. */
const approvalTimeMs = 60 * 60_000;

export function createWithBank(deps: WithBankDeps): WithBank {
  const { banks, mover } = deps;

  function orderOf(payment: PaymentRow, { iban, holder, text }: Creditor): PaymentOrder {
    assert(payment.bank_id, "a payment with a bank names it");
    const custody = banks.custody(payment.bank_id, payment.currency);
    assert(custody, "there is a custody account in the payment's currency");
    const topUp = payment.kind === "top_up";
    return {
      reference: payment.reference,
      requestId: payment.request_id,
      debtorIban: topUp ? iban : custody.iban,
      creditorIban: topUp ? custody.iban : iban,
      creditorName: topUp ? "Jinqiao Wallet" : holder,
      amountMinor: payment.amount,
      currency: payment.currency,
      // The instant product where that rail was chosen; a bank without one ignores it.
      urgency: payment.route?.urgency ?? "usual",
      remittance: text ?? `Jinqiao ${topUp ? "top-up" : payment.kind} ${payment.reference}`,
      returnUrl: `${deps.publicUrl}/v1/bank-payment-returns/${payment.id}`,
      noticeUrl: `${deps.publicUrl}/v1/bank-notices/${payment.bank_id}`,
    };
  }

  /** The account at the other end; undefined when it is no longer one to order money from or to. */
  async function otherAccount(payment: PaymentRow): Promise<Creditor | undefined> {
    if (payment.kind === "payout") return deps.payouts.creditorOf(payment);
    assert(payment.linked_account_id, "a payment with a customer's bank names the account");
    const linked = await banks.linkedAccount(payment.customer_id, payment.linked_account_id);
    if (linked === undefined || (payment.kind === "top_up" && linked.status !== "active")) return undefined;
    // Banks compare a payee's name with the account's holder; what the account is called is no name of a person.
    const customer = (await deps.customersById([payment.customer_id])).get(payment.customer_id);
    return { iban: linked.iban, holder: linked.ownerName ?? customer?.displayName ?? linked.name };
  }

  /** What an acceptance may do to the wallet: some banks' acceptances can still come back. */
  function credit(bankId: string): Pick<News, "creditsLater"> {
    return banks.capabilities(bankId).creditsOnlyWhenSettled === true ? { creditsLater: true } : {};
  }

  /** The paying account of a payout is ours: that it was short is nothing the customer could look for at their bank. */
  function reasonFor(payment: PaymentRow, reason: NonNullable<News["reason"]>): News["reason"] {
    return isPaidOut(payment.kind) && reason.code === custodyShort.code ? custodyShort : reason;
  }

  function newsOf(bankId: string, payment: PaymentRow, answer: PaymentAnswer): News {
    switch (answer.outcome) {
      case "accepted":
        return {
          cause: "bank_accepted",
          bankId,
          bankPaymentId: answer.bankPaymentId,
          bankStatus: answer.bankStatus,
          ...credit(bankId),
        };
      case "action_required":
        return {
          cause: "bank_asks_customer",
          bankId,
          bankPaymentId: answer.bankPaymentId,
          bankStatus: answer.bankStatus,
          actionUrl: answer.actionUrl || null,
        };
      case "rejected":
        return {
          cause: "bank_rejected",
          bankId,
          bankPaymentId: answer.bankPaymentId,
          bankStatus: answer.bankStatus,
          reason: reasonFor(payment, answer.reason),
        };
      case "unknown":
        return { cause: "bank_silent", bankId };
      case "not_sent":
        return { cause: "not_sent", bankId };
    }
  }

  /**
   * The bank refuses a payout for want of money on the custody account while top-ups are still on their way to it.
   * That is ours to solve and not the customer's: the refusal is certain, so the same payment is ordered again.
   */
  function waitsForCustody(payment: PaymentRow, answer: PaymentAnswer): boolean {
    return (
      isPaidOut(payment.kind) &&
      answer.outcome === "rejected" &&
      answer.reason.code === "AM04" &&
      deps.clock.now().getTime() - payment.created_at.getTime() < custodyPatienceMs
    );
  }

  /** Money leaves only while custody covers what is owed in that currency. */
  async function assertSafeguarded(payment: PaymentRow): Promise<void> {
    const { assets, owed } = await deps.ledger.safeguarding(payment.currency);
    if (assets < owed) throw new Refusal("settlement.safeguarding_breach");
  }

  /**
   * Nothing leaves to a bank while the books are in doubt. The payment waits and says why; it goes on when the last
   * alarm of its currency is cleared. What a bank may have already is asked for and settled as always.
   */
  async function waitsForTheBooks(payment: PaymentRow): Promise<boolean> {
    if (!(await deps.watch.isStopped(payment.currency))) return false;
    if (payment.reason_code !== stopped.code)
      await mover.apply(payment.id, { cause: "not_sent", reason: stopped }, () => ({
        events: changedEvents(payment),
      }));
    return true;
  }

  /** As long as its customer's payments are frozen, nothing more is handed to a bank. What a bank has goes on there. */
  async function waitsForTheFreeze(payment: PaymentRow): Promise<boolean> {
    if (payment.kind === "payout") {
      const reason = await deps.payouts.waits(payment);
      if (reason !== undefined && payment.reason_code !== reason.code)
        await mover.apply(payment.id, { cause: "not_sent", reason }, () => ({
          events: changedEvents(payment),
        }));
      return reason !== undefined;
    }
    try {
      await deps.freezes.require(payment.customer_id, "payments");
      if (payment.consent_id) await deps.freezes.require(payment.customer_id, `card:${payment.consent_id}`);
      return false;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (payment.reason_code !== frozen.code)
        await mover.apply(payment.id, { cause: "not_sent", reason: frozen }, () => ({
          events: changedEvents(payment),
        }));
      return true;
    }
  }

  async function askTheBank(payment: PaymentRow): Promise<News> {
    assert(payment.bank_id && payment.sent_at, "only what may have been sent is asked for");
    if (payment.bank_payment_id) {
      const answer = await banks.payments.status(payment.bank_id, {
        paymentId: payment.id,
        bankPaymentId: payment.bank_payment_id,
        currency: payment.currency,
      });
      // The status call does not repeat the link to the bank's page.
      return answer.outcome === "not_sent"
        ? { cause: "bank_silent" }
        : newsOf(payment.bank_id, payment, answer);
    }
    const config = banks.config(payment.bank_id);
    assert(config, "the bank of a payment is configured");
    // The answer to the order was lost, so the bank's own id is not known: look for our reference instead.
    const sighting = await banks.payments.find(payment.bank_id, {
      paymentId: payment.id,
      reference: payment.reference,
      currency: payment.currency,
      sentOn: dateIn(config.timeZone, payment.sent_at),
    });
    if (sighting.found === true)
      return {
        cause: "bank_accepted",
        bankId: payment.bank_id,
        bankPaymentId: sighting.bankPaymentId ?? null,
        bankStatus: sighting.status === "booked" ? "ACSC" : "ACSP",
        ...credit(payment.bank_id),
      };
    const windowEnds = payment.sent_at.getTime() + banks.capabilities(payment.bank_id).executionWindowMs;
    if (sighting.found === false && deps.clock.now().getTime() > windowEnds)
      return { cause: "not_received", bankId: payment.bank_id, reason: notReceived };
    return { cause: "bank_silent", bankId: payment.bank_id };
  }

  async function inquire(paymentId: string): Promise<PaymentRow> {
    const payment = await sql.selectPayment(deps.db, paymentId);
    assert(payment, "the payment exists");
    if (finalStatuses.includes(payment.status) || payment.sent_at === null) return payment;
    const news = await askTheBank(payment);
    const waitedMs = deps.clock.now().getTime() - payment.sent_at.getTime();
    if (
      payment.status === "action_required" &&
      news.cause === "bank_asks_customer" &&
      waitedMs > approvalTimeMs
    )
      return expire(payment);
    const { payment: after } = await mover.apply(paymentId, news);
    if (after.status !== payment.status && after.linked_account_id)
      await banks.refreshSoon(after.linked_account_id);
    return after;
  }

  /** Ends an order that the customer left at the bank's page; only once the bank has let go of it. */
  async function withdrawOrder(
    payment: PaymentRow,
    cause: "cancelled_by_customer" | "approval_expired",
  ): Promise<PaymentRow> {
    assert(payment.bank_id && payment.bank_payment_id, "the bank knows the order");
    const answer = await banks.payments.cancel(payment.bank_id, {
      paymentId: payment.id,
      bankPaymentId: payment.bank_payment_id,
      currency: payment.currency,
    });
    if (answer === "cancelled") return (await mover.apply(payment.id, { cause })).payment;
    const status = await banks.payments.status(payment.bank_id, {
      paymentId: payment.id,
      bankPaymentId: payment.bank_payment_id,
      currency: payment.currency,
    });
    return (await mover.apply(payment.id, newsOf(payment.bank_id, payment, status))).payment;
  }
  const expire = (payment: PaymentRow) => withdrawOrder(payment, "approval_expired");

  return {
    inquire,
    async tellWait(payment) {
      const reason = payment.bank_id === null ? undefined : bankWait(banks, payment.bank_id);
      if (reason === undefined || payment.status !== "authorised" || payment.sent_at !== null) return false;
      if (await deps.rerouting.ofClosed(payment)) return true;
      if (payment.reason_code === reason.code && payment.reason_en === reason.text.en) return false;
      const news: News = { cause: "not_sent", reason, ifVersion: payment.version };
      await mover.apply(payment.id, news, () => ({ events: changedEvents(payment) }));
      return false;
    },
    async submit(paymentId) {
      const payment = await sql.selectPayment(deps.db, paymentId);
      assert(payment, "the payment exists");
      if (payment.status !== "authorised") return;
      // A worker that died after this mark may have reached the bank. Asking is safe, sending again is not.
      if (payment.sent_at !== null) {
        await inquire(paymentId);
        return;
      }
      assert(payment.bank_id, "a payment with a bank names it");
      if (isPaidOut(payment.kind)) {
        if (await waitsForTheBooks(payment)) return;
        if (await waitsForTheFreeze(payment)) return;
        await assertSafeguarded(payment);
      }
      const account = await otherAccount(payment);
      if (account === undefined) {
        const reason =
          payment.kind === "payout"
            ? { code: "payout.account_ended", text: accountEnded }
            : { code: "bank.consent_ended", text: consentEnded };
        await mover.apply(paymentId, { cause: "bank_rejected", reason });
        return;
      }
      const order = orderOf(payment, account);
      const marked = await mover.apply(paymentId, { cause: "sending" });
      if (!marked.moved || marked.payment.status !== "authorised") return;
      const answer = await banks.payments.initiate(payment.bank_id, {
        ...order,
        paymentId,
        consentId: payment.kind === "top_up" ? payment.consent_id : null,
      });
      if (await deps.rerouting.afterAnswer(marked.payment, answer)) return;
      const waits = waitsForCustody(payment, answer);
      await mover.apply(
        paymentId,
        waits ? { cause: "not_sent", reason: waitingForCustody } : newsOf(payment.bank_id, payment, answer),
      );
      // Certain that nothing was moved: the job's own retry, later each time, orders it again under the same reference.
      if (waits || answer.outcome === "not_sent") throw new Refusal("bank.unavailable");
      if (payment.linked_account_id) await banks.refreshSoon(payment.linked_account_id);
    },
    async cancel(payment) {
      if (payment.status === "authorised" && payment.sent_at === null) {
        const { payment: after } = await mover.apply(payment.id, { cause: "cancelled_by_customer" });
        if (after.status !== "cancelled") throw new Refusal("payment.not_cancellable");
        return after;
      }
      if (payment.status !== "action_required" || !payment.bank_payment_id)
        throw new Refusal("payment.not_cancellable");
      const after = await withdrawOrder(payment, "cancelled_by_customer");
      if (after.status !== "cancelled") throw new Refusal("payment.not_cancellable");
      return after;
    },
  };
}

const accountEnded = {
  en: "The bank account for payouts was removed or is no longer verified. The money is back in your balance; verify an account, and pay it out again.",
  zh: "收款账户已被移除或不再有效。款项已退回您的余额，请先验证结算账户，再重新提取。",
};
const consentEnded = {
  en: "Your permission at the bank has ended. Link the account again to go on.",
  zh: "您在银行的授权已失效，请重新绑定后继续。",
};

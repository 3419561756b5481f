import { z } from "zod";
import { idOf } from "./common.ts";

/**
 * Business events: written to the outbox in the commit that made them true. `audience` says who sees one live:
 * the customer whose id it carries, and staff.
 */
export const eventSchemas = {
  "customer.signed_up": z.object({ customerId: idOf("cus") }),
  "freeze.changed": z.object({
    customerId: idOf("cus"),
    scope: z.enum(["payments", "sign_in", "card"]),
    frozen: z.boolean(),
  }),
  "consent.changed": z.object({ customerId: idOf("cus"), consentId: idOf("cns"), status: z.string() }),
  "linked_account.changed": z.object({ customerId: idOf("cus"), accountId: idOf("lac") }),
  "payment.changed": z.object({ customerId: idOf("cus"), paymentId: idOf("pay"), status: z.string() }),
  "purchase.to_confirm": z.object({
    customerId: idOf("cus"),
    paymentIntentId: idOf("pi"),
    token: z.string(),
  }),
  "balance.changed": z.object({ customerId: idOf("cus"), currency: z.string() }),
  "purchase.funding_changed": z.object({ paymentId: idOf("pay"), intentId: idOf("pi") }),
  "bank_payment.news": z.object({ bankId: z.string(), reference: z.string() }),
  "statement.reconciled": z.object({ statementId: idOf("stm"), breaks: z.number().int() }),
  "break.changed": z.object({ breakId: idOf("brk"), status: z.enum(["open", "closed"]) }),
  "break.overdue": z.object({ breakId: idOf("brk"), bankId: z.string(), days: z.number().int() }),
  "notice.added": z.object({ customerId: idOf("cus"), noticeId: idOf("msg") }),
  "case.changed": z.object({ paymentId: idOf("pay").nullable(), status: z.enum(["open", "closed"]) }),
  "dispute.changed": z.object({ customerId: idOf("cus"), disputeId: idOf("dp"), status: z.string() }),
  "ledger.alarm_raised": z.object({
    alarmId: idOf("alm"),
    invariant: z.string(),
    currency: z.string().nullable(),
  }),
  "ledger.alarm_cleared": z.object({
    alarmId: idOf("alm"),
    invariant: z.string(),
    currency: z.string().nullable(),
  }),
} as const;

export type EventName = keyof typeof eventSchemas;
export type EventPayload<N extends EventName> = z.infer<(typeof eventSchemas)[N]>;
export type DomainEvent = { [N in EventName]: { name: N; payload: EventPayload<N> } }[EventName];

/** What each event means, for docs/generated/EVENTS.md. */
export const eventMeanings: Record<EventName, string> = {
  "customer.signed_up": "A wallet was opened.",
  "freeze.changed": "Payments, signing in or a card of a customer were frozen or freed.",
  "consent.changed": "A permission at a bank was given, ended or refused.",
  "linked_account.changed": "A linked account has a new balance, new transactions or another status.",
  "payment.changed":
    "A payment moved to another status. Sent to the payer, and to the payee when money reached them.",
  "purchase.to_confirm":
    "A till has charged this customer's pay code with more than passes by itself: the phone asks for the confirmation.",
  "purchase.funding_changed":
    "A top-up that was made to pay a shop moved to another status; the purchase follows once the money is there.",
  "balance.changed": "A wallet balance or what is held of it changed.",
  "bank_payment.news": "A bank said something about a payment; the bank is then asked for the truth.",
  "statement.reconciled": "A day of a custody account was compared with the ledger.",
  "break.changed": "A difference between bank and ledger was opened or closed.",
  "break.overdue": "A break is older, in business days of its bank, than that bank's breaks may be.",
  "notice.added": "A notice stands in the customer's list of notices.",
  "case.changed": "Something that only a person can decide came up or is decided.",
  "dispute.changed": "A dispute of a purchase was opened or moved. Sent to the payer.",
  "ledger.alarm_raised":
    "An invariant of the books is broken. Money of that currency (of every currency where it is null) does not leave to banks until the alarm is cleared.",
  "ledger.alarm_cleared":
    "A member of staff has looked into an alarm. Payments out go on once no alarm of the currency is open.",
};

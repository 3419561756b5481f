import type { StepUpRequest } from "@jinqiao/contract";
import type { Money, WireMoney } from "@jinqiao/money";
import type { z } from "zod";
import type { LinkedAccountRecord } from "../banks/index.ts";
import {
  type CustomerName,
  maskEmail,
  maskName,
  type PaymentAuthentication,
  type PaymentToConfirm,
  type StepUps,
} from "../identity/index.ts";
import { Refusal } from "../platform/errors.ts";
import type { CustomerSession } from "../platform/http/sessions.ts";

/** Who asks, in which session, and by which confirmation. */
export type Asker = { session: CustomerSession; stepUpId?: string | undefined };

/**
 * A transfer as its customer confirms it. The payee is named as the wallet names them before money moves: masked, and
 * by the address that was typed.
 */
export function transferToConfirm(
  customerId: string,
  payee: CustomerName,
  amount: Money,
  note: string | undefined,
): PaymentToConfirm {
  const name = `${maskName(payee.displayName)} · ${maskEmail(payee.email)}`;
  return { customerId, kind: "transfer", amount, payee: { id: payee.id, name }, note: note || null };
}

/** A withdrawal as its customer confirms it. */
export function withdrawalToConfirm(
  customerId: string,
  account: LinkedAccountRecord,
  amount: Money,
): PaymentToConfirm {
  const name = `${account.name} · ${account.maskedNumber}`;
  return { customerId, kind: "withdrawal", amount, payee: { id: account.id, name }, note: null };
}

/** Begins the confirmation of a payment, which is looked at as it will be when it is made. */
export function createConfirmations(deps: {
  stepUps: Pick<StepUps, "create">;
  checked(wire: WireMoney): Money;
  payeeOf(customerId: string, payeeId: string): Promise<CustomerName>;
  accountFor(customerId: string, accountId: string, money: Money): Promise<LinkedAccountRecord>;
}) {
  return async (session: CustomerSession, input: z.output<typeof StepUpRequest>) => {
    const { customerId } = session;
    const money = deps.checked(input.amount);
    const payment =
      input.kind === "transfer"
        ? transferToConfirm(customerId, await deps.payeeOf(customerId, input.payeeId), money, input.note)
        : withdrawalToConfirm(
            customerId,
            await deps.accountFor(customerId, input.linkedAccountId, money),
            money,
          );
    return deps.stepUps.create(session, payment, { trustPayee: input.trustPayee === true });
  };
}

/** What is kept of it with the payment. */
export type { PaymentAuthentication };

/** @throws Refusal `payment.payee_is_payer`, `payment.payee_not_found` */
export function payeeAmong(
  people: ReadonlyMap<string, CustomerName>,
  customerId: string,
  payeeId: string,
): CustomerName {
  if (payeeId === customerId) throw new Refusal("payment.payee_is_payer");
  const payee = people.get(payeeId);
  if (payee === undefined) throw new Refusal("payment.payee_not_found");
  return payee;
}

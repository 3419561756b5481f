import { createHash, timingSafeEqual } from "node:crypto";
import { type StepUpStatement, stepUpText } from "@jinqiao/contract";
import { type Money, toWire } from "@jinqiao/money";

/** A payment as a confirmation binds it (PSD2 RTS Art. 5): change any of it, and the confirmation is void. */
export type PaymentToConfirm = {
  customerId: string;
  kind: StepUpStatement["kind"];
  amount: Money;
  /** Id of the customer or linked account, and its name as it is shown before money moves. */
  payee: { id: string; name: string };
  note: string | null;
};

export function statementOf(
  payment: PaymentToConfirm,
  stepUp: { id: string; trustPayee: boolean },
): StepUpStatement {
  return {
    stepUpId: stepUp.id,
    customerId: payment.customerId,
    kind: payment.kind,
    ...toWire(payment.amount),
    payee: payment.payee,
    note: payment.note,
    trustPayee: stepUp.trustPayee,
  };
}

/** SHA-256 of the statement's canonical text; 32 bytes. */
export function digestOf(statement: StepUpStatement): Buffer {
  return createHash("sha256").update(stepUpText(statement), "utf8").digest();
}

/** Compares without telling by its time where the two differ. */
export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

import { z } from "zod";
import type { LocalText } from "../../types.ts";

/** Answers of the bank (docs/quick-payment.md). Unknown members are left alone: a bank may add some. */
const localText = z.object({ en: z.string(), zh: z.string() }) satisfies z.ZodType<LocalText>;
const money = z.object({ amount: z.string(), currency: z.string() });

export const problem = z.object({ code: z.string(), text: localText });

export const order = z.object({
  paymentId: z.string().min(1),
  kind: z.enum(["payment", "payout", "refund"]),
  reference: z.string(),
  amount: money,
  refunded: money,
  status: z.enum(["WAITING_CODE", "PROCESSING", "SUCCESS", "FAILED", "CANCELLED"]),
  reason: z.object({ code: z.string(), text: localText }).nullable(),
  approvalUrl: z.string().nullable(),
  bookedOn: z.iso.date().nullable(),
});
export type Order = z.infer<typeof order>;

export const cancelled = z.object({ outcome: z.enum(["cancelled", "too_late"]), order });

export const bindingStarted = z.object({
  bindingId: z.string().min(1),
  phoneMasked: z.string(),
  codeExpiresAt: z.iso.datetime(),
});

const agreement = z.object({
  agreementNumber: z.string().min(1),
  cardToken: z.string().regex(/^[A-Z0-9]{16,30}[0-9]{4}$/),
  cardType: z.enum(["debit", "credit"]),
  currency: z.string(),
  holderName: z.string(),
  validUntil: z.iso.date().nullable(),
});
export const bindingConfirmed = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("signed"), agreement }),
  z.object({ outcome: z.literal("code_wrong"), attemptsLeft: z.number().int() }),
  z.object({ outcome: z.literal("ended") }),
]);

export const bindingState = z.object({
  bindingId: z.string(),
  status: z.enum(["code_sent", "signed", "ended", "expired", "failed"]),
});

export const reconciliationAnswer = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("ready"), file: z.string() }),
  z.object({ outcome: z.literal("open") }),
]);

export const signedNotice = z.object({
  content: z.string(),
  merchantId: z.string(),
  timestamp: z.string(),
  nonce: z.string(),
  keySerial: z.string(),
  algorithm: z.string(),
  signature: z.string(),
});
export const noticeContent = z.object({
  paymentId: z.string().optional(),
  bindingId: z.string().optional(),
});

import { AmountError, currencyCodes, type IdPrefix, parseAmount } from "@jinqiao/money";
import { z } from "zod";

/** An id of one kind of record, e.g. `pay_01jd…`. */
export const idOf = <P extends IdPrefix>(prefix: P) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`))
    .meta({ example: `${prefix}_01jd8c0v5k3m7q9r2t4w6x8y0z` });

export const instant = z.iso.datetime().meta({ example: "2026-11-22T08:30:00.000Z" });
export const plainDate = z.iso.date().meta({ example: "2026-11-22" });
export const locale = z.enum(["zh", "en"]);

/** A signed amount as the books show it. */
export const Money = z.object({ amount: z.string(), currency: z.string() }).meta({
  id: "Money",
  description: "Exact decimal text with the currency's own number of decimals.",
  example: { amount: "165.88", currency: "GBP" },
});

/** The amount of a payment: more than zero, at most 2^53-1 minor units, plain digits, no more decimals than the currency has. */
export const PaymentAmount = z
  .strictObject({ amount: z.string().max(40), currency: z.string().max(3) })
  .superRefine((value, context) => {
    try {
      parseAmount(value);
    } catch (error) {
      if (!(error instanceof AmountError)) throw error;
      const field = error.problem === "unknown_currency" ? "currency" : "amount";
      context.addIssue({ code: "custom", path: [field], message: `amount.${error.problem}` });
    }
  })
  .meta({
    id: "PaymentAmount",
    description: "Amount of a payment, more than zero.",
    example: { amount: "120.50", currency: "CNY" },
  });

export const currency = z
  .enum(currencyCodes as [string, ...string[]])
  .meta({ id: "Currency", description: "ISO 4217 alphabetic code." });

/** Text in both languages. */
export const LocalText = z.object({ en: z.string(), zh: z.string() }).meta({ id: "LocalText" });

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: LocalText,
    retryable: z.boolean(),
    requestId: z.string().optional(),
    reasons: z
      .array(z.string())
      .optional()
      .describe("Of `sca.required`: why the payment must be confirmed, as `StepUp.reasons`."),
    errors: z.array(z.object({ field: z.string(), code: z.string(), detail: LocalText })).optional(),
  })
  .meta({
    id: "Problem",
    description: "RFC 9457 problem details with texts for the customer in both languages.",
  });
export type Problem = z.infer<typeof Problem>;

/** Query of every list: newest first, `cursor` from the answer before. */
export const listQuery = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
};
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Free text a person types: no control characters, trimmed, and short enough for a bank's remittance field. */
export const note = z
  .string()
  .trim()
  .max(140, "field.too_long")
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, "field.invalid");

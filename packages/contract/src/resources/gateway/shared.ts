import { z } from "zod";
import { idOf, instant, Money } from "../../common.ts";

/** Fields that every object of the gateway begins with. */
export const gatewayObject = <const Name extends string, P extends Parameters<typeof idOf>[0]>(
  object: Name,
  prefix: P,
) => ({
  object: z.literal(object),
  id: idOf(prefix),
  livemode: z.boolean().describe("False in test mode, where no money is real."),
  createdAt: instant,
  version: z.number().int().describe("Counts every change; of two copies the higher one is newer."),
});

/** Keys and texts of the shop's own, kept with the object and given back as they are. */
export const Metadata = z
  .record(z.string().min(1).max(40), z.string().max(500))
  .refine((value) => Object.keys(value).length <= 50, { message: "field.too_long" })
  .meta({ id: "Metadata", description: "At most 50 keys of 40 characters; values of at most 500." });

/** The shop's own number of an order. */
export const shopReference = z
  .string()
  .trim()
  .min(1, "field.required")
  .max(64, "field.too_long")
  .regex(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u, "field.invalid");

export const shopDescription = z
  .string()
  .trim()
  .max(500, "field.too_long")
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, "field.invalid");

/** A fee as it was charged, line by line. */
export const FeeDetail = z
  .object({
    type: z
      .enum(["percentage", "fixed", "promotion", "cap"])
      .describe("`cap`: a fee is never more than its payment."),
    basisPoints: z.number().int().nullable().describe("Of `percentage`: hundredths of a percent."),
    amount: Money.describe("A cap's is below zero."),
  })
  .meta({ id: "FeeDetail" });

/** Comma-separated names of fields whose ids are answered as whole objects. */
export const expandQuery = {
  expand: z
    .string()
    .max(200)
    .optional()
    .describe(
      "Names of fields, separated by commas, whose ids are answered as the objects they name, e.g. `latestRefund`.",
    ),
};

/** An id, or the object it names where `expand` asks for it. */
export const expandable = <I extends z.ZodType, O extends z.ZodType>(id: I, object: O) =>
  z.union([id, object]);

import { z } from "zod";
import { digitsOf, isCardNumber, isResidentIdNumber } from "../cards/card-number.ts";
import { idOf, instant, LocalText } from "../common.ts";
import { route } from "../route.ts";

/** A card that is being linked by the bank's code. It shares its id with the permission that comes of it. */
export const BankBinding = z
  .object({
    id: idOf("cns"),
    bankId: z.string(),
    bankName: LocalText,
    status: z.enum(["awaiting_code", "linked", "ended"]),
    phoneMasked: z.string().describe("Where the bank sent its code, as the bank masks it."),
    codeExpiresAt: instant,
    attemptsLeft: z.number().int().nullable().describe("The bank's word after a wrong code."),
    accountIds: z.array(idOf("lac")),
  })
  .meta({ id: "BankBinding" });
export type BankBinding = z.infer<typeof BankBinding>;

const printable = z
  .string()
  .trim()
  .min(1, "field.required")
  .max(70, "field.too_long")
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, "field.invalid");

const CardDetails = z
  .strictObject({
    bankId: z.string().max(40),
    holderName: printable.describe("As on the card."),
    idType: z.enum(["resident_identity_card", "passport"]),
    idNumber: z
      .string()
      .max(40, "field.too_long")
      .transform((text) => digitsOf(text).toUpperCase())
      .pipe(z.string().regex(/^[A-Z0-9]{5,20}$/, "field.id_number")),
    cardNumber: z
      .string()
      .max(40, "field.too_long")
      .transform(digitsOf)
      .pipe(z.string().refine(isCardNumber, "field.card_number")),
    phone: z
      .string()
      .max(40, "field.too_long")
      .transform(digitsOf)
      .pipe(z.string().regex(/^\+?[0-9]{7,15}$/, "field.phone"))
      .describe("The one that the bank has on file."),
  })
  .superRefine((value, context) => {
    if (value.idType === "resident_identity_card" && !isResidentIdNumber(value.idNumber))
      context.addIssue({ code: "custom", path: ["idNumber"], message: "field.id_number" });
  });

const params = z.object({ bindingId: z.string() });

export const createBankBinding = route({
  id: "createBankBinding",
  method: "POST",
  path: "/v1/bank-bindings",
  tag: "Banks",
  audience: "customer",
  idempotent: true,
  summary:
    "Link a card: the bank checks the four details and sends a code. ID, card and phone number are not kept",
  status: 201,
  response: BankBinding,
  body: CardDetails,
  errors: [
    "bank.not_found",
    "bank.unavailable",
    "bank.link_by_page",
    "bank.details_mismatch",
    "bank.card_not_supported",
    "bank.too_many_tries",
  ],
});
export const getBankBinding = route({
  id: "getBankBinding",
  method: "GET",
  path: "/v1/bank-bindings/{bindingId}",
  tag: "Banks",
  audience: "customer",
  summary: "How the linking of a card stands",
  params,
  status: 200,
  response: BankBinding,
  errors: [],
});
export const confirmBankBinding = route({
  id: "confirmBankBinding",
  method: "POST",
  path: "/v1/bank-bindings/{bindingId}/confirmation",
  tag: "Banks",
  audience: "customer",
  summary: "The bank's code: links the card. Sending it again after a lost answer does no harm",
  params,
  body: z.strictObject({
    code: z
      .string()
      .max(20, "field.too_long")
      .transform(digitsOf)
      .pipe(z.string().regex(/^[0-9]{6}$/, "field.code")),
  }),
  status: 200,
  response: BankBinding,
  errors: ["bank.code_wrong", "bank.binding_over", "bank.unavailable"],
});

import { z } from "zod";
import { currency, idOf, instant, listOf, note } from "../../common.ts";
import { route } from "../../route.ts";

/**
 * The bank account to which a merchant is paid out. `awaiting_code`: one cent is on its way with six digits in its text,
 * which the merchant reads on the account's statement and types.
 */
export const SettlementAccount = z
  .object({
    object: z.literal("settlement_account"),
    id: idOf("mac"),
    status: z.enum(["awaiting_code", "verified", "failed", "replaced"]),
    currency: z.string(),
    country: z.string(),
    maskedNumber: z.string(),
    holderName: z.string(),
    nameCheck: z
      .enum(["match", "not_possible"])
      .describe("What the bank said to the name; `not_possible`: the bank could not or did not tell."),
    triesLeft: z.number().int(),
    codeExpiresAt: instant.nullable(),
    verifiedAt: instant.nullable(),
    usableFrom: instant.nullable().describe("Payouts go there from then on: a changed account waits a day."),
    createdAt: instant,
    version: z.number().int(),
  })
  .meta({ id: "SettlementAccount" });
export type SettlementAccount = z.infer<typeof SettlementAccount>;

const base = { tag: "Merchants", audience: "merchant" } as const;
const iban = z
  .string()
  .transform((text) => text.replaceAll(/[\s-]/g, "").toUpperCase())
  .pipe(z.string().regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/, "field.invalid"));

export const listSettlementAccounts = route({
  ...base,
  id: "listSettlementAccounts",
  method: "GET",
  path: "/v1/settlement_accounts",
  scope: "account.read",
  summary: "Accounts for payouts, the newest first",
  status: 200,
  response: listOf(SettlementAccount),
  errors: [],
});
export const createSettlementAccount = route({
  ...base,
  id: "createSettlementAccount",
  method: "POST",
  path: "/v1/settlement_accounts",
  scope: "account.write",
  summary: "Name the account for payouts: the name is checked, and one cent is sent with a code",
  idempotent: true,
  body: z.strictObject({
    holderName: note.min(1, "field.required"),
    currency,
    account: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("iban"), iban }),
      z.strictObject({
        kind: z.literal("sort_code"),
        sortCode: z
          .string()
          .transform((text) => text.replaceAll(/[\s-]/g, ""))
          .pipe(z.string().regex(/^\d{6}$/, "field.invalid")),
        accountNumber: z
          .string()
          .transform((text) => text.replaceAll(/\s/g, ""))
          .pipe(z.string().regex(/^\d{8}$/, "field.invalid")),
      }),
    ]),
  }),
  status: 201,
  response: SettlementAccount,
  errors: [
    "identity.reauthentication_needed",
    "merchant.owners_only",
    "merchant.closed",
    "merchant.changed_meanwhile",
    "merchant.incomplete",
    "settlement_account.number_invalid",
    "settlement_account.no_bank",
    "settlement_account.not_yours",
    "settlement_account.name_differs",
    "settlement_account.name_close",
    "rate.limited",
  ],
});
export const verifySettlementAccount = route({
  ...base,
  id: "verifySettlementAccount",
  method: "POST",
  path: "/v1/settlement_accounts/{accountId}/verification",
  scope: "account.write",
  summary: "Type the six digits that came with the cent; five tries",
  params: z.object({ accountId: z.string() }),
  body: z.strictObject({
    code: z
      .string()
      .trim()
      .regex(/^\d{6}$/, "field.code"),
  }),
  status: 200,
  response: SettlementAccount,
  errors: [
    "merchant.owners_only",
    "merchant.changed_meanwhile",
    "settlement_account.code_wrong",
    "settlement_account.code_over",
    "settlement_account.not_waiting",
  ],
});

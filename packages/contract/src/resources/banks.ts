import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery, Money, plainDate } from "../common.ts";
import { route } from "../route.ts";

export const Bank = z
  .object({
    id: z.string().meta({ example: "harbour" }),
    name: LocalText,
    currencies: z
      .array(z.string())
      .describe("Currencies in which money can move between this bank and the wallet."),
    capabilities: z.object({
      accounts: z.boolean(),
      payments: z.boolean(),
      oneTapTopUp: z.boolean(),
      statements: z.boolean(),
      notices: z.boolean(),
      linking: z
        .enum(["redirect", "form"])
        .describe("`redirect`: on the bank's own page; `form`: with a card and a code by SMS."),
    }),
    cardPrefixes: z
      .array(z.string())
      .describe("First digits of the bank's own cards, where it is linked by card; empty: any card."),
    health: z
      .object({
        state: z.enum(["available", "unavailable", "maintenance"]),
        until: instant
          .nullable()
          .describe("When the bank is asked again, or opens again; null while it is available."),
      })
      .describe("Whether orders reach the bank now. Orders made meanwhile wait and are sent by themselves."),
  })
  .meta({ id: "Bank" });
export type Bank = z.infer<typeof Bank>;

export const ConsentStatus = z.enum([
  "awaiting_customer",
  "valid",
  "expired",
  "revoked",
  "rejected",
  "failed",
]);
export const Consent = z
  .object({
    id: idOf("cns"),
    bankId: z.string(),
    bankName: LocalText,
    status: ConsentStatus,
    authorisationUrl: z
      .string()
      .nullable()
      .describe("Where the customer goes next: the bank's own page. Null once decided."),
    data: z
      .array(
        z.enum([
          "accounts",
          "owner_name",
          "balances",
          "transactions",
          "trusted_beneficiaries",
          "collections",
        ]),
      )
      .describe("What it lets the wallet see or do at the bank; nothing else is asked for."),
    validUntil: plainDate.nullable().describe("Last day, as the bank set it."),
    frequencyPerDay: z.number().int().nullable(),
    lastUsedAt: instant.nullable(),
    accountIds: z.array(idOf("lac")),
    createdAt: instant,
  })
  .meta({ id: "Consent" });
export type Consent = z.infer<typeof Consent>;

export const LinkedAccount = z
  .object({
    id: idOf("lac"),
    consentId: idOf("cns"),
    bindingId: z
      .string()
      .nullable()
      .describe("The card's binding, by which it can be frozen; null for what is no card."),
    bankId: z.string(),
    bankName: LocalText,
    name: z.string().describe("The bank's own name of the account."),
    ownerName: z.string().nullable(),
    maskedNumber: z.string().meta({ example: "•• 3021" }),
    currency: z.string(),
    status: z.enum(["active", "expired", "revoked"]),
    consentValidUntil: plainDate.nullable(),
    balance: z.object({ booked: Money, available: Money.nullable() }).nullable(),
    balanceAsOf: instant.nullable().describe("When the bank last told us; null before the first answer."),
    showsBalance: z
      .boolean()
      .describe("False where the bank shows neither balance nor transactions, as of a card."),
  })
  .meta({ id: "LinkedAccount" });
export type LinkedAccount = z.infer<typeof LinkedAccount>;

export const BankTransaction = z
  .object({
    id: idOf("btx"),
    status: z.enum(["booked", "pending"]),
    bookingDate: plainDate.nullable(),
    valueDate: plainDate.nullable(),
    amount: Money.describe("Negative: money left the account."),
    counterpartyName: z.string().nullable(),
    remittance: z.string().nullable(),
    paymentId: idOf("pay").nullable().describe("Our payment, where the bank's entry carries our reference."),
  })
  .meta({ id: "BankTransaction" });
export type BankTransaction = z.infer<typeof BankTransaction>;

const accountParams = z.object({ accountId: z.string() });
const consentParams = z.object({ consentId: z.string() });

export const listBanks = route({
  id: "listBanks",
  method: "GET",
  path: "/v1/banks",
  tag: "Banks",
  audience: "customer",
  summary: "Banks that can be linked",
  status: 200,
  response: z.object({ items: z.array(Bank) }),
  errors: [],
});
export const createConsent = route({
  id: "createConsent",
  method: "POST",
  path: "/v1/consents",
  tag: "Banks",
  audience: "customer",
  idempotent: true,
  summary: "Start linking accounts; send the customer to `authorisationUrl`",
  status: 201,
  response: Consent,
  body: z.strictObject({ bankId: z.string().max(40) }),
  errors: ["bank.not_found", "bank.unavailable", "bank.link_by_card"],
});
export const listConsents = route({
  id: "listConsents",
  method: "GET",
  path: "/v1/consents",
  tag: "Banks",
  audience: "customer",
  summary: "Permissions the customer gave at banks",
  status: 200,
  response: z.object({ items: z.array(Consent) }),
  errors: [],
});
export const getConsent = route({
  id: "getConsent",
  method: "GET",
  path: "/v1/consents/{consentId}",
  tag: "Banks",
  audience: "customer",
  summary: "One permission",
  params: consentParams,
  status: 200,
  response: Consent,
  errors: [],
});
export const revokeConsent = route({
  id: "revokeConsent",
  method: "DELETE",
  path: "/v1/consents/{consentId}",
  tag: "Banks",
  audience: "customer",
  summary: "End a permission here and at the bank, and delete the bank data it gave",
  params: consentParams,
  status: 204,
  errors: ["bank.unavailable"],
});
export const bankCallback = route({
  id: "bankCallback",
  method: "GET",
  path: "/v1/bank-callbacks/{bankId}",
  tag: "Banks",
  audience: "public",
  summary: "Where the bank sends the customer back after consent; goes on to the wallet",
  produces: "redirect",
  params: z.object({ bankId: z.string() }),
  query: z.object({
    code: z.string().max(4000).optional(),
    state: z.string().max(400).optional(),
    error: z.string().max(200).optional(),
    error_description: z.string().max(1000).optional(),
    iss: z.string().max(400).optional(),
    scope: z.string().max(400).optional(),
  }),
  status: 303,
  errors: [],
});
export const bankPaymentReturn = route({
  id: "bankPaymentReturn",
  method: "GET",
  path: "/v1/bank-payment-returns/{paymentId}",
  tag: "Banks",
  audience: "public",
  summary: "Where the bank sends the customer back after approving or refusing a payment",
  produces: "redirect",
  params: z.object({ paymentId: z.string() }),
  status: 303,
  errors: [],
});
export const receiveBankNotice = route({
  id: "receiveBankNotice",
  method: "POST",
  path: "/v1/bank-notices/{bankId}",
  tag: "Banks",
  audience: "bank",
  summary:
    "A bank says that something changed. It is kept, and the bank is then asked; its word alone moves nothing",
  params: z.object({ bankId: z.string() }),
  body: z.record(z.string(), z.unknown()),
  status: 202,
  errors: ["bank.not_found"],
});
export const listLinkedAccounts = route({
  id: "listLinkedAccounts",
  method: "GET",
  path: "/v1/linked-accounts",
  tag: "Banks",
  audience: "customer",
  summary: "Linked bank accounts with their last known balances",
  status: 200,
  response: z.object({ items: z.array(LinkedAccount) }),
  errors: [],
});
export const getLinkedAccount = route({
  id: "getLinkedAccount",
  method: "GET",
  path: "/v1/linked-accounts/{accountId}",
  tag: "Banks",
  audience: "customer",
  summary: "One linked account",
  params: accountParams,
  status: 200,
  response: LinkedAccount,
  errors: [],
});
export const refreshLinkedAccount = route({
  id: "refreshLinkedAccount",
  method: "POST",
  path: "/v1/linked-accounts/{accountId}/refresh",
  tag: "Banks",
  audience: "customer",
  summary: "Ask the bank for balance and transactions now",
  params: accountParams,
  status: 202,
  response: LinkedAccount,
  errors: ["bank.consent_ended"],
});
export const listBankTransactions = route({
  id: "listBankTransactions",
  method: "GET",
  path: "/v1/linked-accounts/{accountId}/transactions",
  tag: "Banks",
  audience: "customer",
  summary: "The bank's transactions of one account, newest first",
  params: accountParams,
  query: z.object(listQuery),
  status: 200,
  response: listOf(BankTransaction),
  errors: [],
});

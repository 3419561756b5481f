import { z } from "zod";

/** What people of a merchant's team may be. */
export const MerchantRole = z
  .enum(["owner", "administrator", "developer", "finance", "cashier", "viewer"])
  .meta({ id: "MerchantRole" });
export type MerchantRole = z.infer<typeof MerchantRole>;

/** What a merchant's route asks of a key or a person. A restricted key names its scopes one by one. */
export const merchantScopes = [
  "account.read",
  "account.write",
  "team.write",
  "stores.write",
  "payments.read",
  "payments.write",
  "refunds.write",
  "customers.read",
  "customers.write",
  "balance.read",
  "payouts.write",
  "disputes.read",
  "disputes.write",
  "codes.read",
  "codes.write",
  "events.read",
  "webhooks.write",
  "keys.write",
] as const;
export const MerchantScope = z.enum(merchantScopes).meta({ id: "MerchantScope" });
export type MerchantScope = z.infer<typeof MerchantScope>;

/** What only people do, never a key: who leads a key's theft nowhere. */
export const peopleOnly: readonly MerchantScope[] = ["account.write", "team.write", "keys.write"];

const reading = merchantScopes.filter((scope) => scope.endsWith(".read"));

/** Which role has which scope: who stands at the till takes money, and does not send it elsewhere. */
export const merchantRoleScopes: Readonly<Record<MerchantRole, readonly MerchantScope[]>> = {
  owner: merchantScopes,
  administrator: merchantScopes,
  developer: [...reading, "payments.write", "customers.write", "codes.write", "webhooks.write", "keys.write"],
  finance: [...reading, "refunds.write", "payouts.write", "disputes.write"],
  cashier: ["account.read", "payments.read", "payments.write", "codes.read"],
  viewer: reading,
};

import type { MerchantRole, MerchantScope } from "@jinqiao/contract";

const reading: readonly MerchantScope[] = [
  "account.read",
  "payments.read",
  "customers.read",
  "balance.read",
  "disputes.read",
  "codes.read",
  "events.read",
];
const everything: readonly MerchantScope[] = [
  ...reading,
  "account.write",
  "team.write",
  "stores.write",
  "payments.write",
  "refunds.write",
  "customers.write",
  "payouts.write",
  "disputes.write",
  "codes.write",
  "webhooks.write",
  "keys.write",
];

/**
 * What each role may do, as the contract says it. It stands here once more because the contract's own table comes with
 * the schemas, which browsers do not fetch; a test holds the two to each other.
 */
export const roleScopes: Readonly<Record<MerchantRole, readonly MerchantScope[]>> = {
  owner: everything,
  administrator: everything,
  developer: [...reading, "payments.write", "customers.write", "codes.write", "webhooks.write", "keys.write"],
  finance: [...reading, "refunds.write", "payouts.write", "disputes.write"],
  cashier: ["account.read", "payments.read", "payments.write", "codes.read"],
  viewer: reading,
};

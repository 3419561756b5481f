import * as alarms from "./resources/alarms.ts";
import * as approvals from "./resources/approvals.ts";
import * as audit from "./resources/audit.ts";
import * as bankHealth from "./resources/bank-health.ts";
import * as banks from "./resources/banks.ts";
import * as bindings from "./resources/bindings.ts";
import * as cases from "./resources/cases.ts";
import * as consoleRoutes from "./resources/console.ts";
import * as credentials from "./resources/credentials.ts";
import * as customers from "./resources/customers.ts";
import * as devices from "./resources/devices.ts";
import * as freezes from "./resources/freezes.ts";
import * as merchantBalance from "./resources/gateway/balance.ts";
import * as checkout from "./resources/gateway/checkout.ts";
import * as codes from "./resources/gateway/codes.ts";
import * as gatewayDisputes from "./resources/gateway/disputes.ts";
import * as merchantEvents from "./resources/gateway/events.ts";
import * as feePlans from "./resources/gateway/fee-plans.ts";
import * as gatewayKeys from "./resources/gateway/keys.ts";
import * as merchants from "./resources/gateway/merchants.ts";
import * as payables from "./resources/gateway/payables.ts";
import * as paymentIntents from "./resources/gateway/payment-intents.ts";
import * as gatewayPayouts from "./resources/gateway/payouts.ts";
import * as refunds from "./resources/gateway/refunds.ts";
import * as requestLog from "./resources/gateway/request-log.ts";
import * as settlementAccounts from "./resources/gateway/settlement-accounts.ts";
import * as shoppers from "./resources/gateway/shoppers.ts";
import * as stores from "./resources/gateway/stores.ts";
import * as webhooks from "./resources/gateway/webhooks.ts";
import * as identity from "./resources/identity.ts";
import * as lessons from "./resources/lessons.ts";
import * as log from "./resources/log.ts";
import * as notifications from "./resources/notifications.ts";
import * as onboarding from "./resources/onboarding.ts";
import * as paymentRoutes from "./resources/payment-routes.ts";
import * as payments from "./resources/payments.ts";
import * as recalls from "./resources/recalls.ts";
import * as reconciliation from "./resources/reconciliation.ts";
import * as recovery from "./resources/recovery.ts";
import * as security from "./resources/security.ts";
import * as signIn from "./resources/sign-in.ts";
import * as staff from "./resources/staff.ts";
import * as statementImports from "./resources/statement-imports.ts";
import * as statements from "./resources/statements.ts";
import * as stepUp from "./resources/step-up.ts";
import type { Route } from "./route.ts";

export * from "./api-versions.ts";
export * from "./common.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./merchant-scopes.ts";
export * from "./permissions.ts";
export * from "./resources/alarms.ts";
export * from "./resources/approvals.ts";
export * from "./resources/audit.ts";
export * from "./resources/bank-health.ts";
export * from "./resources/banks.ts";
export * from "./resources/bindings.ts";
export * from "./resources/cases.ts";
export * from "./resources/console.ts";
export * from "./resources/credentials.ts";
export * from "./resources/customers.ts";
export * from "./resources/devices.ts";
export * from "./resources/freezes.ts";
export * from "./resources/gateway/balance.ts";
export * from "./resources/gateway/checkout.ts";
export * from "./resources/gateway/codes.ts";
export * from "./resources/gateway/disputes.ts";
export * from "./resources/gateway/events.ts";
export * from "./resources/gateway/fee-plans.ts";
export * from "./resources/gateway/keys.ts";
export * from "./resources/gateway/merchants.ts";
export * from "./resources/gateway/payables.ts";
export * from "./resources/gateway/payment-intents.ts";
export * from "./resources/gateway/payouts.ts";
export * from "./resources/gateway/refund-schema.ts";
export * from "./resources/gateway/refunds.ts";
export * from "./resources/gateway/request-log.ts";
export * from "./resources/gateway/settlement-accounts.ts";
export * from "./resources/gateway/shared.ts";
export * from "./resources/gateway/shoppers.ts";
export * from "./resources/gateway/stores.ts";
export * from "./resources/gateway/webhooks.ts";
export * from "./resources/identity.ts";
export * from "./resources/lessons.ts";
export * from "./resources/log.ts";
export * from "./resources/notifications.ts";
export * from "./resources/onboarding.ts";
export * from "./resources/payment-routes.ts";
export * from "./resources/payments.ts";
export * from "./resources/recalls.ts";
export * from "./resources/reconciliation.ts";
export * from "./resources/recovery.ts";
export * from "./resources/security.ts";
export * from "./resources/sign-in.ts";
export * from "./resources/staff.ts";
export * from "./resources/statement-imports.ts";
export * from "./resources/statements.ts";
export * from "./resources/step-up.ts";
export * from "./route.ts";
export * from "./step-up-statement.ts";

const isRoute = (value: unknown): value is Route =>
  typeof value === "object" && value !== null && "path" in value && "method" in value && "audience" in value;

/** Every route of the API, in the order of the documents. */
export const routes: readonly Route[] = [
  identity,
  signIn,
  credentials,
  devices,
  recovery,
  freezes,
  staff,
  customers,
  approvals,
  audit,
  notifications,
  payments,
  paymentRoutes,
  statements,
  statementImports,
  log,
  banks,
  bindings,
  consoleRoutes,
  reconciliation,
  bankHealth,
  alarms,
  cases,
  recalls,
  onboarding,
  stepUp,
  lessons,
  security,
  merchants,
  stores,
  settlementAccounts,
  feePlans,
  shoppers,
  paymentIntents,
  refunds,
  merchantBalance,
  payables,
  gatewayKeys,
  merchantEvents,
  webhooks,
  requestLog,
  checkout,
  codes,
  gatewayDisputes,
  gatewayPayouts,
].flatMap((module) => Object.values(module as Record<string, unknown>).filter(isRoute));

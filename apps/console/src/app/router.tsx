import { type Catalogues, loadPageTexts, Problem, SkeletonList } from "@jinqiao/ui";
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  Outlet,
  parseSearchWith,
  stringifySearchWith,
} from "@tanstack/react-router";
import { type AuditSearch, readAuditSearch } from "../features/audit/audit-search.ts";
import { readMerchantSearch } from "../features/merchants/merchant-search.ts";
import { merchantsCatalogues } from "../features/merchants/text.ts";
import { readFilter } from "../features/payments/payment-filters.ts";
import { securityCatalogues } from "../features/security/text.ts";
import { SignInPage } from "../features/sign-in/sign-in-page.tsx";
import {
  alarmsCatalogues,
  booksCatalogues,
  breaksCatalogues,
  casesCatalogues,
  deskCatalogues,
  disputesCatalogues,
  onboardingCatalogues,
  paymentCatalogues,
  reconciliationCatalogues,
  useT,
} from "../i18n.ts";
import { backTo, requireStaff } from "./session.ts";
import { Shell } from "./shell.tsx";

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search) => backTo(search.next),
  component: SignInPage,
});

/** Everything behind the sign-in. */
const staffRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "staff",
  beforeLoad: ({ context, location }) => requireStaff(context.queryClient, location.href),
  component: Shell,
});

const overviewRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../features/overview/overview-page.tsx"), "OverviewPage"),
});
const paymentsRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/payments",
  validateSearch: readFilter,
  component: lazyRouteComponent(() => import("../features/payments/payments-page.tsx"), "PaymentsPage"),
});
const paymentRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/payments/$paymentId",
  component: lazyRouteComponent(
    () => withTexts(paymentCatalogues, import("../features/payments/payment-page.tsx")),
    "PaymentPage",
  ),
});
const trialBalanceRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/trial-balance",
  component: lazyRouteComponent(
    () => withTexts(booksCatalogues, import("../features/trial-balance/trial-balance-page.tsx")),
    "TrialBalancePage",
  ),
});
/** Which account stands in the address beside the moment, so that a finding can be sent to a colleague. */
const ledgerAccountRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/trial-balance/account",
  validateSearch: (search): { account: string; currency: string; at?: string } => ({
    account: typeof search.account === "string" ? search.account : "",
    currency: typeof search.currency === "string" ? search.currency : "",
    ...(typeof search.at === "string" && /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(search.at)
      ? { at: search.at }
      : {}),
  }),
  component: lazyRouteComponent(
    () => withTexts(booksCatalogues, import("../features/ledger-account/ledger-account-page.tsx")),
    "LedgerAccountPage",
  ),
});
const reconciliationRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/reconciliation",
  validateSearch: (search): { date?: string | undefined } =>
    typeof search.date === "string" && /^\d{4}-\d{2}-\d{2}$/.test(search.date) ? { date: search.date } : {},
  component: lazyRouteComponent(
    () => withTexts(reconciliationCatalogues, import("../features/reconciliation/reconciliation-page.tsx")),
    "ReconciliationPage",
  ),
});
const statementRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/reconciliation/$statementId",
  component: lazyRouteComponent(
    () => withTexts(reconciliationCatalogues, import("../features/reconciliation/statement-page.tsx")),
    "StatementPage",
  ),
});
const breaksRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/breaks",
  validateSearch: (search): { status?: "open" | "closed" } =>
    search.status === "open" || search.status === "closed" ? { status: search.status } : {},
  component: lazyRouteComponent(
    () => withTexts(breaksCatalogues, import("../features/breaks/breaks-page.tsx")),
    "BreaksPage",
  ),
});
const breakRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/breaks/$breakId",
  component: lazyRouteComponent(
    () => withTexts(breaksCatalogues, import("../features/breaks/break-page.tsx")),
    "BreakPage",
  ),
});
const casesRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/cases",
  validateSearch: (search): { status?: "open" | "closed" } =>
    search.status === "open" || search.status === "closed" ? { status: search.status } : {},
  component: lazyRouteComponent(
    () => withTexts(casesCatalogues, import("../features/cases/cases-page.tsx")),
    "CasesPage",
  ),
});
const caseRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/cases/$caseId",
  component: lazyRouteComponent(
    // The messages exchanged with the bank are shown in the words of a payment's page.
    () => withTexts(casesCatalogues, withTexts(paymentCatalogues, import("../features/cases/case-page.tsx"))),
    "CasePage",
  ),
});
const disputesRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/disputes",
  validateSearch: (search): { tab?: "to_decide" | "waiting" | "closed" } =>
    search.tab === "to_decide" || search.tab === "waiting" || search.tab === "closed"
      ? { tab: search.tab }
      : {},
  component: lazyRouteComponent(
    () => withTexts(disputesCatalogues, import("../features/disputes/disputes-page.tsx")),
    "DisputesPage",
  ),
});
const disputeRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/disputes/$disputeId",
  component: lazyRouteComponent(
    () => withTexts(disputesCatalogues, import("../features/disputes/dispute-page.tsx")),
    "DisputePage",
  ),
});
const alarmsRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/alarms",
  validateSearch: (search): { status?: "open" | "cleared" } =>
    search.status === "open" || search.status === "cleared" ? { status: search.status } : {},
  component: lazyRouteComponent(
    () => withTexts(alarmsCatalogues, import("../features/alarms/alarms-page.tsx")),
    "AlarmsPage",
  ),
});
const alarmRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/alarms/$alarmId",
  component: lazyRouteComponent(
    () => withTexts(alarmsCatalogues, import("../features/alarms/alarm-page.tsx")),
    "AlarmPage",
  ),
});

const securityRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/security",
  component: lazyRouteComponent(
    () => withTexts(securityCatalogues, import("../features/security/security-page.tsx")),
    "SecurityPage",
  ),
});
const onboardingsRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/onboarding",
  component: lazyRouteComponent(
    () => withTexts(onboardingCatalogues, import("../features/onboarding/onboardings-page.tsx")),
    "OnboardingsPage",
  ),
});
const onboardingRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/onboarding/$onboardingId",
  component: lazyRouteComponent(
    () => withTexts(onboardingCatalogues, import("../features/onboarding/onboarding-page.tsx")),
    "OnboardingPage",
  ),
});

const merchantsRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/merchants",
  validateSearch: readMerchantSearch,
  component: lazyRouteComponent(
    () => withTexts(merchantsCatalogues, import("../features/merchants/merchants-page.tsx")),
    "MerchantsPage",
  ),
});
const feePlansRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/merchants/plans",
  component: lazyRouteComponent(
    () => withTexts(merchantsCatalogues, import("../features/merchants/fee-plans-page.tsx")),
    "FeePlansPage",
  ),
});
const merchantRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/merchants/$merchantId",
  component: lazyRouteComponent(
    () => withTexts(merchantsCatalogues, import("../features/merchants/merchant-page.tsx")),
    "MerchantPage",
  ),
});

const customersRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/customers",
  component: lazyRouteComponent(
    () => withTexts(deskCatalogues, import("../features/customers/customers-page.tsx")),
    "CustomersPage",
  ),
});
const customerRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/customers/$customerId",
  component: lazyRouteComponent(
    () => withTexts(deskCatalogues, import("../features/customers/customer-page.tsx")),
    "CustomerPage",
  ),
});
const approvalsRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/approvals",
  validateSearch: (search): { status?: "decided" } =>
    search.status === "decided" ? { status: "decided" } : {},
  component: lazyRouteComponent(
    () => withTexts(deskCatalogues, import("../features/approvals/approvals-page.tsx")),
    "ApprovalsPage",
  ),
});
const auditRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/audit",
  validateSearch: (search): AuditSearch => readAuditSearch(search),
  component: lazyRouteComponent(
    () => withTexts(deskCatalogues, import("../features/audit/audit-page.tsx")),
    "AuditPage",
  ),
});
const staffMembersRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/staff",
  component: lazyRouteComponent(
    () => withTexts(deskCatalogues, import("../features/staff/staff-page.tsx")),
    "StaffPage",
  ),
});
const passkeysRoute = createRoute({
  getParentRoute: () => staffRoute,
  path: "/passkeys",
  component: lazyRouteComponent(
    () => withTexts(deskCatalogues, import("../features/staff/passkeys-page.tsx")),
    "PasskeysPage",
  ),
});
const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(
    () => withTexts(deskCatalogues, import("../features/staff/invitation-page.tsx")),
    "InvitationPage",
  ),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  invitationRoute,
  staffRoute.addChildren([
    overviewRoute,
    paymentsRoute,
    paymentRoute,
    trialBalanceRoute,
    ledgerAccountRoute,
    reconciliationRoute,
    statementRoute,
    breaksRoute,
    breakRoute,
    casesRoute,
    caseRoute,
    disputesRoute,
    disputeRoute,
    alarmsRoute,
    alarmRoute,
    securityRoute,
    onboardingsRoute,
    onboardingRoute,
    merchantsRoute,
    feePlansRoute,
    merchantRoute,
    customersRoute,
    customerRoute,
    approvalsRoute,
    auditRoute,
    staffMembersRoute,
    passkeysRoute,
  ]),
]);

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    basepath: "/console",
    // Plain text in addresses: staff search for numbers, and `?q=120` must not become `?q="120"`.
    parseSearch: parseSearchWith((value) => value),
    stringifySearch: stringifySearchWith(JSON.stringify),
    context: { queryClient },
    scrollRestoration: true,
    defaultPendingComponent: () => <SkeletonList rows={6} />,
    defaultErrorComponent: ({ error, reset }) => (
      <div className="mx-auto max-w-2xl p-6">
        <Problem error={error} onRetry={reset} />
      </div>
    ),
    defaultNotFoundComponent: NotFound,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}

/** A page once its own texts are there as well. */
async function withTexts<Page>(texts: Catalogues, page: Promise<Page>): Promise<Page> {
  await loadPageTexts(texts);
  return page;
}

function NotFound() {
  const t = useT();
  return (
    <div className="mx-auto max-w-2xl p-6">
      <h1 className="mb-2 text-2xl font-bold">{t("not_found.title")}</h1>
      <p className="mb-4 text-ink-muted">{t("not_found.text")}</p>
      <Link to="/" className="font-semibold text-jade underline">
        {t("not_found.back")}
      </Link>
    </div>
  );
}

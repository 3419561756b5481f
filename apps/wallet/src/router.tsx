import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { meQuery, type Payment, queryClient } from "./api.ts";
import { Failed, Missing, Waiting } from "./app/page-states.tsx";
import { safeNext } from "./app/safe-next.ts";
import { takeShopPath } from "./app/shop-path.ts";
import type { PeriodChoice } from "./features/statements/period.ts";
import {
  cardCatalogues,
  importsCatalogues,
  lessonsCatalogues,
  linkCatalogues,
  paymentCatalogues,
  permissionsCatalogues,
  securityCatalogues,
  statementsCatalogues,
  verifyCatalogues,
  welcomeCatalogues,
} from "./locales/catalogues.ts";
import { checkoutRoutes, isCheckoutPath } from "./routes/checkout.tsx";
import { codeRoutes, payCodeRoute } from "./routes/codes.tsx";
import { disputeRoutes } from "./routes/disputes.tsx";
import { rootRoute, signedIn } from "./routes/root.tsx";
import { securityRoutes } from "./routes/security.tsx";
import { text, withoutUndefined, withTexts } from "./routes/tools.ts";

const welcome = createRoute({
  getParentRoute: () => rootRoute,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./features/welcome/welcome-page.tsx"), "WelcomePage"),
});
const signUp = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  validateSearch: (search): { next?: string } => withoutUndefined({ next: safeNext(search.next) }),
  component: lazyRouteComponent(
    () => withTexts(welcomeCatalogues, import("./features/welcome/sign-up-page.tsx")),
    "SignUpPage",
  ),
});
const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { next?: string; ended?: true | "idle" } =>
    withoutUndefined({
      next: safeNext(search.next),
      ended: search.ended === true || search.ended === "idle" ? search.ended : undefined,
    }),
  component: lazyRouteComponent(
    () => withTexts(welcomeCatalogues, import("./features/welcome/sign-in-page.tsx")),
    "SignInPage",
  ),
});
const recover = createRoute({
  getParentRoute: () => rootRoute,
  path: "/recover",
  validateSearch: (search): { id?: string } => withoutUndefined({ id: text(search.id) }),
  component: lazyRouteComponent(
    () => withTexts(welcomeCatalogues, import("./features/recovery/recover-page.tsx")),
    "RecoverPage",
  ),
});
/** The pages that links of our notices lead to; the token behind the `#` never reaches a server's log. */
const cancelRecovery = createRoute({
  getParentRoute: () => rootRoute,
  path: "/recover/cancel",
  component: lazyRouteComponent(
    () => withTexts(welcomeCatalogues, import("./features/recovery/cancel-page.tsx")),
    "CancelRecoveryPage",
  ),
});
const notMe = createRoute({
  getParentRoute: () => rootRoute,
  path: "/not-me",
  component: lazyRouteComponent(
    () => withTexts(welcomeCatalogues, import("./features/freeze/not-me-page.tsx")),
    "NotMePage",
  ),
});
const appeal = createRoute({
  getParentRoute: () => rootRoute,
  path: "/appeal",
  component: lazyRouteComponent(
    () => withTexts(securityCatalogues, import("./features/freeze/appeal-page.tsx")),
    "AppealPage",
  ),
});

const verifyReceipt = createRoute({
  getParentRoute: () => rootRoute,
  path: "/verify-receipt",
  component: lazyRouteComponent(
    () => withTexts(verifyCatalogues, import("./features/receipts/verify-receipt-page.tsx")),
    "VerifyReceiptPage",
  ),
});

const safety = createRoute({
  getParentRoute: () => rootRoute,
  path: "/safety",
  // Who is signed in is found out first: it decides what the way to the freeze is called.
  beforeLoad: () => queryClient.ensureQueryData(meQuery).catch(() => undefined),
  component: lazyRouteComponent(
    () => withTexts(lessonsCatalogues, import("./features/lessons/safety-page.tsx")),
    "SafetyPage",
  ),
});

const home = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  component: lazyRouteComponent(() => import("./features/home/home-page.tsx"), "HomePage"),
});
const link = createRoute({
  getParentRoute: () => signedIn,
  path: "/link",
  component: lazyRouteComponent(
    () => withTexts(linkCatalogues, import("./features/link-bank/link-page.tsx")),
    "LinkPage",
  ),
});
const linkDone = createRoute({
  getParentRoute: () => signedIn,
  path: "/link/done",
  validateSearch: (search): { consent?: string } => withoutUndefined({ consent: text(search.consent) }),
  component: lazyRouteComponent(
    () => withTexts(linkCatalogues, import("./features/link-bank/link-done-page.tsx")),
    "LinkDonePage",
  ),
});
const linkFailed = createRoute({
  getParentRoute: () => signedIn,
  path: "/link/failed",
  validateSearch: (search): { reason?: string } => withoutUndefined({ reason: text(search.reason) }),
  component: lazyRouteComponent(
    () => withTexts(linkCatalogues, import("./features/link-bank/link-failed-page.tsx")),
    "LinkFailedPage",
  ),
});
const linkCard = createRoute({
  getParentRoute: () => signedIn,
  path: "/link/card",
  validateSearch: (search): { bank?: string; binding?: string } =>
    withoutUndefined({ bank: text(search.bank), binding: text(search.binding) }),
  component: lazyRouteComponent(
    () => withTexts(cardCatalogues, import("./features/link-card/link-card-page.tsx")),
    "LinkCardPage",
  ),
});
const accounts = createRoute({
  getParentRoute: () => signedIn,
  path: "/accounts",
  component: lazyRouteComponent(
    () => withTexts(importsCatalogues, import("./features/accounts/accounts-page.tsx")),
    "AccountsPage",
  ),
});
const account = createRoute({
  getParentRoute: () => signedIn,
  path: "/accounts/$accountId",
  component: lazyRouteComponent(() => import("./features/accounts/account-page.tsx"), "AccountPage"),
});

/** Steps of a payment stand in the address, so that the browser's way back leads to the amount and not out. */
type MoveSearch = { account?: string; step?: "confirm" };
const moveSearch = (search: Record<string, unknown>): MoveSearch =>
  withoutUndefined({
    account: text(search.account),
    step: search.step === "confirm" ? ("confirm" as const) : undefined,
  });
const topUp = createRoute({
  getParentRoute: () => signedIn,
  path: "/top-up",
  validateSearch: moveSearch,
  component: lazyRouteComponent(
    () => withTexts(paymentCatalogues, import("./features/top-up/top-up-page.tsx")),
    "TopUpPage",
  ),
});
const withdraw = createRoute({
  getParentRoute: () => signedIn,
  path: "/withdraw",
  validateSearch: moveSearch,
  component: lazyRouteComponent(
    () => withTexts(paymentCatalogues, import("./features/withdraw/withdraw-page.tsx")),
    "WithdrawPage",
  ),
});
const send = createRoute({
  getParentRoute: () => signedIn,
  path: "/send",
  validateSearch: (search): { step?: "amount" | "confirm" } =>
    withoutUndefined({
      step: search.step === "amount" || search.step === "confirm" ? search.step : undefined,
    }),
  component: lazyRouteComponent(() => import("./features/send/send-page.tsx"), "SendPage"),
});

export type ActivitySearch = { kind?: Payment["kind"]; status?: Payment["status"]; currency?: string };
const activity = createRoute({
  getParentRoute: () => signedIn,
  path: "/activity",
  validateSearch: (search): ActivitySearch =>
    withoutUndefined({
      kind: text(search.kind) as ActivitySearch["kind"],
      status: text(search.status) as ActivitySearch["status"],
      currency: text(search.currency),
    }),
  component: lazyRouteComponent(() => import("./features/activity/activity-page.tsx"), "ActivityPage"),
});
const payment = createRoute({
  getParentRoute: () => signedIn,
  path: "/activity/$paymentId",
  validateSearch: (search): { result?: true } =>
    withoutUndefined({ result: search.result === true ? (true as const) : undefined }),
  // The bank sends back to the top-up whoever left a shop's payment for it: there they go on.
  beforeLoad: ({ params }) => {
    const href = takeShopPath(params.paymentId);
    if (href !== undefined) throw redirect({ href });
  },
  component: lazyRouteComponent(
    () => withTexts(paymentCatalogues, import("./features/activity/payment-page.tsx")),
    "PaymentPage",
  ),
});
/** What a statement is about stands in the address, so that it can be kept and come back to. */
export type StatementsSearch = {
  period?: PeriodChoice | undefined;
  from?: string | undefined;
  /** The last day that is part of it. */
  until?: string | undefined;
  currency?: string | undefined;
  zone?: string | undefined;
};
const plainDate = (value: unknown): string | undefined =>
  typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined;
const statements = createRoute({
  getParentRoute: () => signedIn,
  path: "/statements",
  validateSearch: (search): StatementsSearch =>
    withoutUndefined({
      period: (["this_month", "last_month", "this_year", "own"] as const).find(
        (choice) => choice === search.period,
      ),
      from: plainDate(search.from),
      until: plainDate(search.until),
      currency: text(search.currency),
      zone: text(search.zone),
    }),
  component: lazyRouteComponent(
    () => withTexts(statementsCatalogues, import("./features/statements/statements-page.tsx")),
    "StatementsPage",
  ),
});
const permissions = createRoute({
  getParentRoute: () => signedIn,
  path: "/permissions",
  component: lazyRouteComponent(
    () => withTexts(permissionsCatalogues, import("./features/permissions/permissions-page.tsx")),
    "PermissionsPage",
  ),
});
/** The three pages are small and follow one another: one piece holds them. */
const importPages = () => withTexts(importsCatalogues, import("./features/imports/pages.ts"));
const imports = createRoute({
  getParentRoute: () => signedIn,
  path: "/imports",
  component: lazyRouteComponent(importPages, "ImportsPage"),
});
const importOne = createRoute({
  getParentRoute: () => signedIn,
  path: "/imports/$importId",
  component: lazyRouteComponent(importPages, "ImportPage"),
});
const importedAccount = createRoute({
  getParentRoute: () => signedIn,
  path: "/imports/accounts/$accountId",
  component: lazyRouteComponent(importPages, "ImportedAccountPage"),
});
const me = createRoute({
  getParentRoute: () => signedIn,
  path: "/me",
  component: lazyRouteComponent(() => import("./features/me/me-page.tsx"), "MePage"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    welcome,
    signUp,
    signIn,
    recover,
    cancelRecovery,
    notMe,
    appeal,
    verifyReceipt,
    safety,
    payCodeRoute,
    ...checkoutRoutes,
    signedIn.addChildren([
      home,
      link,
      linkDone,
      linkFailed,
      linkCard,
      accounts,
      account,
      topUp,
      withdraw,
      send,
      activity,
      payment,
      ...disputeRoutes,
      statements,
      me,
      ...securityRoutes,
      ...codeRoutes,
      permissions,
      imports,
      importOne,
      importedAccount,
    ]),
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: Waiting,
  defaultPendingMs: 80,
  defaultPendingMinMs: 100,
  defaultErrorComponent: Failed,
  defaultNotFoundComponent: Missing,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

// A new page is read from its heading on; without this a screen reader stays at the link that was pressed.
router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
  if (fromLocation === undefined || !pathChanged) return;
  document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
});

/** Pages that need no session, and so lose nothing when it ends. */
const publicPaths: ReadonlySet<string> = new Set([
  "/sign-in",
  "/sign-up",
  "/welcome",
  "/verify-receipt",
  "/safety",
  "/recover",
  "/recover/cancel",
  "/not-me",
  "/appeal",
]);

/** Forgets what the person saw and asks them to sign in again; afterwards they come back to where they were. */
export function leaveSession(): void {
  const { pathname, href } = router.state.location;
  queryClient.clear();
  if (publicPaths.has(pathname) || isCheckoutPath(pathname)) return;
  void router.navigate({ to: "/sign-in", search: { next: href, ended: true } });
}

import { type Catalogues, loadPageTexts, Problem, SkeletonList } from "@jinqiao/ui";
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  parseSearchWith,
  type RouteComponent,
  stringifySearchWith,
} from "@tanstack/react-router";
import { disputesCatalogues } from "../../i18n.ts";
import {
  developersCatalogues,
  moneyCatalogues,
  overviewCatalogues,
  paymentsCatalogues,
  shopCatalogues,
  useT,
} from "../text.ts";
import { PortalLink, type PortalPath, readSearch } from "./navigation.tsx";
import { Shell } from "./shell.tsx";

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet });

/** Everything of a merchant: drawn once the person is signed in and belongs to one. */
const merchantRoute = createRoute({ getParentRoute: () => rootRoute, id: "merchant", component: Shell });

type Page<Name extends string> = () => Promise<Record<Name, RouteComponent>>;

/** One page with its texts; both are fetched when it is first opened. */
function page<Name extends string>(
  path: PortalPath,
  load: Page<Name>,
  name: Name,
  texts: readonly Catalogues[],
) {
  return createRoute({
    getParentRoute: () => merchantRoute,
    path,
    validateSearch: readSearch,
    component: lazyRouteComponent(async () => {
      const [module] = await Promise.all([load(), ...texts.map(loadPageTexts)]);
      return module;
    }, name) as RouteComponent,
  });
}

const payments = [overviewCatalogues, paymentsCatalogues];
const overview = [overviewCatalogues];
const money = [overviewCatalogues, moneyCatalogues, paymentsCatalogues];
const shop = [shopCatalogues];
const shopAndPayments = [shopCatalogues, paymentsCatalogues];
const developers = [developersCatalogues, paymentsCatalogues, moneyCatalogues];
const payment = [overviewCatalogues, paymentsCatalogues, developersCatalogues];
const disputes = [disputesCatalogues];
const disputePages = () => import("../disputes/pages.ts");

const pages = [
  page("/", () => import("../overview/overview-page.tsx"), "OverviewPage", overview),
  page("/till", () => import("../till/till-page.tsx"), "TillPage", payments),
  page("/payments", () => import("../payments/payments-page.tsx"), "PaymentsPage", payments),
  page("/payments/$paymentIntentId", () => import("../payments/payment-page.tsx"), "PaymentPage", payment),
  page("/payouts", () => import("../payouts/payouts-page.tsx"), "PayoutsPage", money),
  page("/payouts/$payoutId", () => import("../payouts/payout-page.tsx"), "PayoutPage", money),
  page("/transactions", () => import("../payouts/transactions-page.tsx"), "TransactionsPage", money),
  page("/disputes", disputePages, "DisputesPage", disputes),
  page("/disputes/$disputeId", disputePages, "DisputePage", disputes),
  page("/sign-up", () => import("../shop/sign-up-page.tsx"), "SignUpPage", shop),
  page("/codes", () => import("../shop/codes-page.tsx"), "CodesPage", shopAndPayments),
  page("/stores", () => import("../shop/stores-page.tsx"), "StoresPage", shop),
  page("/team", () => import("../shop/team-page.tsx"), "TeamPage", shop),
  page("/account", () => import("../shop/account-page.tsx"), "AccountPage", shop),
  page("/fees", () => import("../shop/fees-page.tsx"), "FeesPage", shopAndPayments),
  page("/developers", () => import("../developers/keys-page.tsx"), "KeysPage", developers),
  page("/developers/webhooks", () => import("../developers/webhooks-page.tsx"), "WebhooksPage", developers),
  page(
    "/developers/webhooks/$endpointId",
    () => import("../developers/webhook-page.tsx"),
    "WebhookPage",
    developers,
  ),
  page(
    "/developers/deliveries/$deliveryId",
    () => import("../developers/delivery-page.tsx"),
    "DeliveryPage",
    developers,
  ),
  page("/developers/checkout", () => import("../developers/checkout-page.tsx"), "CheckoutPage", developers),
  page("/developers/events", () => import("../developers/events-page.tsx"), "EventsPage", developers),
  page("/developers/events/$eventId", () => import("../developers/event-page.tsx"), "EventPage", developers),
  page("/developers/requests", () => import("../developers/requests-page.tsx"), "RequestsPage", developers),
];

export function createPortalRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: rootRoute.addChildren([merchantRoute.addChildren(pages)]),
    basepath: "/console/merchant",
    // Plain text in addresses: people search for numbers, and `?q=120` must not become `?q="120"`.
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

function NotFound() {
  const t = useT();
  return (
    <div className="mx-auto max-w-2xl p-6">
      <h1 className="mb-2 text-2xl font-bold">{t("not_found.title")}</h1>
      <p className="mb-4 text-ink-muted">{t("not_found.text")}</p>
      <PortalLink to="/" className="font-semibold text-jade underline">
        {t("not_found.back")}
      </PortalLink>
    </div>
  );
}

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { checkoutCatalogues } from "../locales/catalogues.ts";
import { rootRoute } from "./root.tsx";
import { withTexts } from "./tools.ts";

const pages = () => withTexts(checkoutCatalogues, import("../features/checkout/pages.ts"));
const checkout = createRoute({
  getParentRoute: () => rootRoute,
  path: "/checkout/$token",
  component: lazyRouteComponent(pages, "CheckoutPage"),
});
const pay = createRoute({
  getParentRoute: () => rootRoute,
  path: "/pay/$token",
  component: lazyRouteComponent(pages, "PayPage"),
});

/** Where shops send people to pay: without the wallet's frame, because many come for this alone. */
export const checkoutRoutes = [checkout, pay] as const;
/** Such pages ask for a session themselves. */
export const isCheckoutPath = (path: string): boolean => /^\/(checkout|pay)\//.test(path);

import { loadPageTexts } from "@jinqiao/ui";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { disputesCatalogues, paymentCatalogues } from "../locales/catalogues.ts";
import { signedIn } from "./root.tsx";
import { withTexts } from "./tools.ts";

const pages = async () => {
  await loadPageTexts(paymentCatalogues);
  return withTexts(disputesCatalogues, import("../features/disputes/pages.ts"));
};
const open = createRoute({
  getParentRoute: () => signedIn,
  path: "/activity/$paymentId/dispute",
  component: lazyRouteComponent(pages, "OpenDisputePage"),
});
const list = createRoute({
  getParentRoute: () => signedIn,
  path: "/disputes",
  component: lazyRouteComponent(pages, "DisputesPage"),
});
const one = createRoute({
  getParentRoute: () => signedIn,
  path: "/disputes/$disputeId",
  validateSearch: (search): { unsent?: number } =>
    typeof search.unsent === "number" ? { unsent: search.unsent } : {},
  component: lazyRouteComponent(pages, "DisputePage"),
});

/** Disputes of purchases. */
export const disputeRoutes = [open, list, one] as const;

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { codesCatalogues } from "../locales/catalogues.ts";
import { rootRoute, signedIn } from "./root.tsx";
import { text, withoutUndefined, withTexts } from "./tools.ts";

const scan = createRoute({
  getParentRoute: () => signedIn,
  path: "/scan",
  component: lazyRouteComponent(
    () => withTexts(codesCatalogues, import("../features/scan/scan-page.tsx")),
    "ScanPage",
  ),
});
/** Where the signed links of printed codes and NFC tags lead. */
const staticCode = createRoute({
  getParentRoute: () => signedIn,
  path: "/t/$codeId",
  component: lazyRouteComponent(
    () => withTexts(codesCatalogues, import("../features/scan/static-code-page.tsx")),
    "StaticCodePage",
  ),
});
const tap = createRoute({
  getParentRoute: () => signedIn,
  path: "/tap",
  validateSearch: (search): { write?: string } => withoutUndefined({ write: text(search.write) }),
  component: lazyRouteComponent(
    () => withTexts(codesCatalogues, import("../features/tap/tap-page.tsx")),
    "TapPage",
  ),
});
/** Not below the session: it has to be shown where there is no network. */
const payCode = createRoute({
  getParentRoute: () => rootRoute,
  path: "/pay-code",
  component: lazyRouteComponent(
    () => withTexts(codesCatalogues, import("../features/pay-code/pay-code-page.tsx")),
    "PayCodePage",
  ),
});

export const codeRoutes = [scan, staticCode, tap] as const;
export const payCodeRoute = payCode;

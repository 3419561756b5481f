import { loadPageTexts } from "@jinqiao/ui";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import {
  noticesCatalogues,
  securityCatalogues,
  stepUpCatalogues,
  welcomeCatalogues,
} from "../locales/catalogues.ts";
import { signedIn } from "./root.tsx";
import { withoutUndefined, withTexts } from "./tools.ts";

/** Forms of the security centre share texts with signing in. */
const securityPages = async () => {
  await loadPageTexts(welcomeCatalogues);
  return withTexts(securityCatalogues, import("../features/security/pages.ts"));
};
const pin = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/pin",
  component: lazyRouteComponent(async () => {
    await Promise.all([loadPageTexts(welcomeCatalogues), loadPageTexts(securityCatalogues)]);
    return withTexts(stepUpCatalogues, import("../features/step-up/pin-page.tsx"));
  }, "PinPage"),
});
const security = createRoute({
  getParentRoute: () => signedIn,
  path: "/security",
  validateSearch: (search): { recovered?: true } =>
    withoutUndefined({ recovered: search.recovered === true ? (true as const) : undefined }),
  component: lazyRouteComponent(securityPages, "SecurityPage"),
});
/** Changing the phrase may ask again who is there, with the words of security. */
const notices = createRoute({
  getParentRoute: () => signedIn,
  path: "/notices",
  component: lazyRouteComponent(async () => {
    await Promise.all([welcomeCatalogues, securityCatalogues].map(loadPageTexts));
    return withTexts(noticesCatalogues, import("../features/notices/notices-page.tsx"));
  }, "NoticesPage"),
});
const passkeys = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/passkeys",
  component: lazyRouteComponent(securityPages, "PasskeysPage"),
});
const password = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/password",
  component: lazyRouteComponent(securityPages, "PasswordPage"),
});
const totp = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/totp",
  component: lazyRouteComponent(securityPages, "TotpPage"),
});
const phone = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/phone",
  component: lazyRouteComponent(securityPages, "PhonePage"),
});
const recoveryCodes = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/recovery-codes",
  component: lazyRouteComponent(securityPages, "RecoveryCodesPage"),
});
const devices = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/devices",
  component: lazyRouteComponent(securityPages, "DevicesPage"),
});
const freeze = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/freeze",
  component: lazyRouteComponent(securityPages, "FreezePage"),
});
const dataAccess = createRoute({
  getParentRoute: () => signedIn,
  path: "/security/data-access",
  component: lazyRouteComponent(securityPages, "DataAccessPage"),
});

/** How a person protects the wallet, and what the wallet tells them. */
export const securityRoutes = [
  security,
  pin,
  notices,
  passkeys,
  password,
  totp,
  phone,
  recoveryCodes,
  devices,
  freeze,
  dataAccess,
] as const;

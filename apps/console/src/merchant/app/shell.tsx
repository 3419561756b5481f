import type { MerchantScope } from "@jinqiao/contract";
import {
  AmountsToggle,
  Badge,
  IconButton,
  LanguageSwitch,
  Notice,
  Problem,
  SkeletonList,
  ThemeSwitch,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import {
  ArrowLeftRight,
  BanknoteArrowDown,
  Code,
  FlaskConical,
  HandCoins,
  Keyboard,
  Landmark,
  LayoutDashboard,
  ListChecks,
  LogOut,
  type LucideIcon,
  MessageSquareWarning,
  Percent,
  QrCode,
  Store,
  Users,
  Wallet,
} from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { useKeyboard } from "../../app/keyboard.ts";
import { useCurrentInView } from "../../components/use-current-in-view.ts";
import type { PortalTextId } from "../locales/en.ts";
import { useT } from "../text.ts";
import { choose, type Mode, useChoice } from "./choice.ts";
import { useIdle } from "./idle.ts";
import { Invitations } from "./invitations.tsx";
import { PortalLink, type PortalPath, usePortalNavigate } from "./navigation.tsx";
import { meQuery, merchantsQuery, signOut, useMerchant } from "./session.ts";

/** Loaded when they are needed: few people have no merchant yet, and few ask for the keys. */
const NoMerchant = lazy(async () => ({ default: (await import("./no-merchant.tsx")).NoMerchant }));
const KeyboardHelp = lazy(async () => ({
  default: (await import("../../app/keyboard-help.tsx")).KeyboardHelp,
}));

type Place = { to: PortalPath; label: PortalTextId; icon: LucideIcon; scope: MerchantScope };

const places: readonly Place[] = [
  { to: "/", label: "portal.nav.overview", icon: LayoutDashboard, scope: "payments.read" },
  { to: "/till", label: "portal.nav.till", icon: HandCoins, scope: "payments.write" },
  { to: "/payments", label: "portal.nav.payments", icon: ListChecks, scope: "payments.read" },
  { to: "/payouts", label: "portal.nav.payouts", icon: BanknoteArrowDown, scope: "balance.read" },
  { to: "/transactions", label: "portal.nav.transactions", icon: ArrowLeftRight, scope: "balance.read" },
  { to: "/disputes", label: "portal.nav.disputes", icon: MessageSquareWarning, scope: "disputes.read" },
  { to: "/codes", label: "portal.nav.codes", icon: QrCode, scope: "codes.read" },
  { to: "/stores", label: "portal.nav.stores", icon: Store, scope: "account.read" },
  { to: "/team", label: "portal.nav.team", icon: Users, scope: "account.read" },
  { to: "/account", label: "portal.nav.account", icon: Landmark, scope: "account.read" },
  { to: "/fees", label: "portal.nav.fees", icon: Percent, scope: "account.read" },
  { to: "/developers", label: "portal.nav.developers", icon: Code, scope: "events.read" },
];

/** What stands around every page of the portal: the merchant, the mode, where to go, and the way out. */
export function Shell() {
  const t = useT();
  const queryClient = useQueryClient();
  const me = useQuery(meQuery);
  const merchants = useQuery({ ...merchantsQuery, enabled: me.isSuccess });
  const merchant = useMerchant();
  const choice = useChoice();
  const keyboard = useKeyboard();
  const signingUp = useLocation({ select: ({ pathname }) => pathname }).endsWith("/sign-up");
  useIdle(() => void signOut(queryClient, true));
  useEffect(() => {
    if (merchant && merchant.id !== choice.merchantId) choose({ ...choice, merchantId: merchant.id });
  }, [merchant, choice]);

  const ready = merchant !== undefined && (merchant === null || merchant.id === choice.merchantId);
  const error = me.error ?? merchants.error;
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[14.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-lg focus:bg-surface focus:p-3"
      >
        {t("nav.skip")}
      </a>
      <header className="min-w-0 border-b border-line bg-surface lg:border-r lg:border-b-0 print:hidden">
        <div className="flex flex-col lg:sticky lg:top-0 lg:h-dvh lg:overflow-y-auto">
          <PortalLink to="/" className="px-5 pt-4 pb-2 text-lg font-bold text-jade">
            {t("app.name")} <span className="text-sm font-medium text-ink-muted">{t("portal.name")}</span>
          </PortalLink>
          {merchant && <MerchantChoice />}
          {merchant && <Navigation />}
          <Tools onKeys={() => keyboard.setHelpOpen(true)} />
        </div>
      </header>
      <div className="min-w-0">
        {merchant && <ModeBanner mode={choice.mode} />}
        <main id="main" tabIndex={-1} className="mx-auto max-w-6xl min-w-0 px-4 py-5 lg:px-6">
          <Invitations />
          {error ? (
            <Problem error={error} onRetry={() => void queryClient.refetchQueries()} />
          ) : !ready ? (
            <SkeletonList rows={6} />
          ) : merchant === null && !signingUp ? (
            <Suspense fallback={<SkeletonList rows={6} />}>
              <NoMerchant />
            </Suspense>
          ) : (
            <Outlet key={`${choice.merchantId} ${choice.mode}`} />
          )}
        </main>
      </div>
      {keyboard.helpOpen && (
        <Suspense>
          <KeyboardHelp keyboard={keyboard} />
        </Suspense>
      )}
    </div>
  );
}

/** Which merchant, and live or test: a payment of the one is never on a page of the other, so both lead to the overview. */
function MerchantChoice() {
  const t = useT();
  const navigate = usePortalNavigate();
  const choice = useChoice();
  const say = useLocalText();
  const merchants = useQuery(merchantsQuery).data ?? [];
  const change = (merchantId: string | null, mode: Mode) => {
    choose({ merchantId, mode });
    void navigate("/");
  };
  return (
    <div className="grid gap-2 px-4 pb-2">
      <label className="grid gap-1">
        <span className="sr-only">{t("portal.merchant")}</span>
        <select
          name="merchant"
          translate="no"
          value={choice.merchantId ?? ""}
          onChange={(event) => change(event.target.value, choice.mode)}
          className="h-10 w-full min-w-0 rounded-xl border border-line-strong bg-surface px-2 text-sm font-semibold text-ink"
        >
          {merchants.map((one) => (
            <option key={one.id} value={one.id}>
              {say(one.name)}
            </option>
          ))}
        </select>
      </label>
      <PortalLink to="/sign-up" search={{ new: "1" }} className="px-1 text-xs text-jade underline">
        {t("portal.another")}
      </PortalLink>
      <fieldset className="grid grid-cols-2 gap-1 rounded-xl bg-sunken p-1">
        <legend className="sr-only">{t("portal.mode")}</legend>
        {(["test", "live"] as const).map((mode) => (
          <button
            key={mode}
            type="button"
            data-testid={`mode-${mode}`}
            aria-pressed={choice.mode === mode}
            onClick={() => choice.mode !== mode && change(choice.merchantId, mode)}
            className={`min-h-9 rounded-lg text-sm ${choice.mode === mode ? "bg-surface font-semibold text-ink shadow-card" : "text-ink-muted hover:text-ink"}`}
          >
            {t(`portal.mode.${mode}`)}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function ModeBanner({ mode }: { mode: Mode }) {
  const t = useT();
  const merchant = useMerchant();
  return (
    <>
      {mode === "test" && (
        <p
          data-testid="test-banner"
          className="flex items-center justify-center gap-2 bg-warning-soft px-4 py-1.5 text-center text-xs text-warning print:hidden"
        >
          <FlaskConical aria-hidden className="size-4 shrink-0" />
          <span>
            <strong>{t("portal.test_banner.title")}</strong> {t("portal.test_banner.text")}
          </span>
        </p>
      )}
      {mode === "live" && merchant && merchant.status !== "active" && (
        <Notice tone="info" icon={Wallet} className="mx-4 mt-4 lg:mx-6">
          <p>{t("portal.not_open")}</p>
          <PortalLink to="/sign-up" className="font-semibold underline">
            {t("portal.not_open.action")}
          </PortalLink>
        </Notice>
      )}
    </>
  );
}

function Navigation() {
  const t = useT();
  const scopes = useMerchant()?.scopes ?? [];
  const strip = useCurrentInView<HTMLElement>(useLocation({ select: ({ pathname }) => pathname }));
  return (
    <nav ref={strip} aria-label={t("portal.nav.label")} className="relative overflow-x-auto px-2 pb-2">
      <ul className="flex w-max gap-1 p-1 lg:w-auto lg:flex-col">
        {places
          .filter(({ scope }) => scopes.includes(scope))
          .map(({ to, label, icon: Icon }) => (
            <li key={label}>
              <PortalLink
                to={to}
                exact={to === "/"}
                className="flex items-center gap-2.5 rounded-xl px-3 py-2 text-sm whitespace-nowrap text-ink-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-jade-soft aria-[current=page]:font-semibold aria-[current=page]:text-jade"
              >
                <Icon aria-hidden className="size-4.5 shrink-0" />
                {t(label)}
              </PortalLink>
            </li>
          ))}
      </ul>
    </nav>
  );
}

function Tools({ onKeys }: { onKeys: () => void }) {
  const t = useT();
  const queryClient = useQueryClient();
  const me = useQuery(meQuery).data;
  const merchant = useMerchant();
  return (
    <div className="order-first flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-3 lg:order-none lg:mt-auto lg:grid lg:pb-4">
      {me && (
        <p className="min-w-0 text-sm" data-testid="member">
          <span translate="no" className="font-medium break-words">
            {me.displayName}
          </span>{" "}
          {merchant && <Badge tone="neutral">{t(`portal.role.${merchant.role}`)}</Badge>}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <LanguageSwitch />
        <ThemeSwitch />
        <AmountsToggle className="min-h-11 min-w-11 border border-line bg-surface hover:bg-jade-soft" />
        <IconButton label={t("keys.button")} onClick={onKeys}>
          <Keyboard aria-hidden className="size-5" />
        </IconButton>
        <IconButton
          label={t("nav.sign_out")}
          data-testid="sign-out"
          onClick={() => void signOut(queryClient)}
        >
          <LogOut aria-hidden className="size-5" />
        </IconButton>
      </div>
    </div>
  );
}

import type { Permission } from "@jinqiao/contract";
import { AmountsToggle, Badge, IconButton, LanguageSwitch, ThemeSwitch } from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, type LinkProps, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import {
  ClipboardCheck,
  FlaskConical,
  Gavel,
  IdCard,
  Inbox,
  Keyboard,
  KeyRound,
  Landmark,
  LayoutDashboard,
  ListChecks,
  LogOut,
  type LucideIcon,
  Scale,
  ScrollText,
  ShieldCheck,
  Siren,
  Store,
  TriangleAlert,
  UserSearch,
  Users,
} from "lucide-react";
import { lazy, Suspense } from "react";
import {
  countLimit,
  openAlarmsQuery,
  openBreaksQuery,
  openCasesQuery,
  waitingProposalsQuery,
} from "../api.ts";
import { useCurrentInView } from "../components/use-current-in-view.ts";
import { type MessageId, useT } from "../i18n.ts";
import { useKeyboard } from "./keyboard.ts";
import { useLive } from "./live.ts";
import { signOut, useMay, useStaff } from "./session.ts";

/** Loaded when somebody asks for it: few do, and everybody would wait for the dialog's code. */
const KeyboardHelp = lazy(async () => ({ default: (await import("./keyboard-help.tsx")).KeyboardHelp }));

type Place = {
  to: LinkProps["to"];
  search?: LinkProps["search"];
  label: MessageId;
  icon: LucideIcon;
  /** Shown to who has it. */
  permission: Permission;
};

const places: readonly Place[] = [
  { to: "/", label: "nav.overview", icon: LayoutDashboard, permission: "books.read" },
  { to: "/payments", label: "nav.payments", icon: ListChecks, permission: "payments.read" },
  { to: "/trial-balance", label: "nav.trial", icon: Scale, permission: "books.read" },
  { to: "/reconciliation", label: "nav.recon", icon: ClipboardCheck, permission: "reconciliation.read" },
  {
    to: "/breaks",
    search: { status: "open" },
    label: "nav.breaks",
    icon: TriangleAlert,
    permission: "reconciliation.read",
  },
  { to: "/cases", search: { status: "open" }, label: "nav.cases", icon: Inbox, permission: "cases.read" },
  {
    to: "/disputes",
    search: { tab: "to_decide" },
    label: "nav.disputes",
    icon: Gavel,
    permission: "merchants.read",
  },
  { to: "/alarms", search: { status: "open" }, label: "nav.alarms", icon: Siren, permission: "alarms.read" },
  { to: "/onboarding", label: "nav.onboarding", icon: Landmark, permission: "onboarding.read" },
  {
    to: "/merchants",
    search: { status: "under_review" },
    label: "nav.merchants",
    icon: Store,
    permission: "merchants.read",
  },
  { to: "/customers", label: "nav.customers", icon: UserSearch, permission: "customers.read" },
  { to: "/approvals", label: "nav.approvals", icon: Users, permission: "proposals.read" },
  { to: "/audit", label: "nav.audit", icon: ScrollText, permission: "audit.read" },
  { to: "/staff", label: "nav.staff", icon: IdCard, permission: "staff.read" },
  { to: "/security", label: "nav.security", icon: ShieldCheck, permission: "security.read" },
];

/** What stands around every page: where to go, who is signed in, and that this instance talks to a sandbox bank. */
export function Shell() {
  const t = useT();
  const live = useLive();
  const keyboard = useKeyboard();
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-lg focus:bg-surface focus:p-3"
      >
        {t("nav.skip")}
      </a>
      <header className="min-w-0 border-b border-line bg-surface lg:border-r lg:border-b-0 print:hidden">
        <div className="flex flex-col lg:sticky lg:top-0 lg:h-dvh lg:overflow-y-auto">
          <Link to="/" className="order-first px-5 pt-4 pb-2 text-lg font-bold text-jade">
            {t("app.name")} <span className="text-sm font-medium text-ink-muted">{t("app.console")}</span>
          </Link>
          <Navigation />
          <Tools live={live} onKeys={() => keyboard.setHelpOpen(true)} />
        </div>
      </header>
      <div className="min-w-0">
        <SandboxBanner />
        <AlarmBanner />
        <main id="main" tabIndex={-1} className="mx-auto max-w-6xl min-w-0 px-4 py-5 lg:px-6">
          <Outlet />
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

function SandboxBanner() {
  const t = useT();
  return (
    <p
      data-testid="sandbox-banner"
      className="flex items-center justify-center gap-2 bg-warning-soft px-4 py-1.5 text-center text-xs text-warning print:hidden"
    >
      <FlaskConical aria-hidden className="size-4 shrink-0" />
      <span>
        <strong>{t("sandbox.title")}</strong> {t("sandbox.text")}
      </span>
    </p>
  );
}

/** While an alarm is open, every page says what stands still because of it. */
function AlarmBanner() {
  const t = useT();
  const mayRead = useMay("alarms.read");
  const { data } = useQuery({ ...openAlarmsQuery, enabled: mayRead });
  if (data === undefined || data.items.length === 0) return null;
  const currencies = [...new Set(data.items.map((alarm) => alarm.currency))];
  return (
    <p
      role="alert"
      data-testid="alarm-banner"
      className="flex items-center justify-center gap-2 bg-danger-soft px-4 py-2 text-center text-sm text-danger print:hidden"
    >
      <Siren aria-hidden className="size-4.5 shrink-0" />
      <span>
        {currencies.includes(null)
          ? t("alarms.banner_all")
          : t("alarms.banner", { currencies: currencies.sort().join(", ") })}{" "}
        <Link to="/alarms" search={{ status: "open" }} className="font-semibold underline">
          {t("alarms.banner_link")}
        </Link>
      </span>
    </p>
  );
}

function Navigation() {
  const t = useT();
  const held = useStaff()?.permissions ?? [];
  const openBreaks = useQuery({ ...openBreaksQuery, enabled: held.includes("reconciliation.read") }).data;
  const openAlarms = useQuery({ ...openAlarmsQuery, enabled: held.includes("alarms.read") }).data;
  const openCases = useQuery({ ...openCasesQuery, enabled: held.includes("cases.read") }).data;
  const waiting = useQuery({ ...waitingProposalsQuery, enabled: held.includes("proposals.read") }).data;
  const counts: Partial<Record<MessageId, { count: number; means: MessageId; testId: string }>> = {
    "nav.breaks": {
      count: openBreaks?.items.length ?? 0,
      means: "nav.breaks_open",
      testId: "open-breaks",
    },
    "nav.cases": {
      count: openCases?.items.length ?? 0,
      means: "nav.cases_open",
      testId: "open-cases",
    },
    "nav.approvals": {
      count: waiting?.items.filter((proposal) => proposal.mayDecide).length ?? 0,
      means: "nav.approvals_waiting",
      testId: "waiting-approvals",
    },
    "nav.alarms": {
      count: openAlarms?.items.length ?? 0,
      means: "nav.alarms_open",
      testId: "open-alarms",
    },
  };
  const strip = useCurrentInView<HTMLElement>(useLocation({ select: ({ pathname }) => pathname }));
  return (
    <nav ref={strip} aria-label={t("nav.label")} className="relative overflow-x-auto px-2 pb-2">
      <ul className="flex w-max gap-1 p-1 lg:w-auto lg:flex-col">
        {places
          .filter(({ permission }) => held.includes(permission))
          .map(({ to, search, label, icon: Icon }) => (
            <li key={label}>
              <Link
                to={to}
                {...(search && { search })}
                activeOptions={{ exact: to === "/", includeSearch: false }}
                className="flex items-center gap-2.5 rounded-xl px-3 py-2 text-sm whitespace-nowrap text-ink-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-jade-soft aria-[current=page]:font-semibold aria-[current=page]:text-jade"
              >
                <Icon aria-hidden className="size-4.5 shrink-0" />
                {t(label)}
                <OpenCount of={counts[label]} />
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}

function OpenCount({ of }: { of: { count: number; means: MessageId; testId: string } | undefined }) {
  const t = useT();
  if (of === undefined || of.count === 0) return null;
  return (
    <Badge tone="danger" className="ml-auto" data-testid={of.testId}>
      {of.count}
      {of.count === countLimit && "+"}
      <span className="sr-only">{t(of.means)}</span>
    </Badge>
  );
}

function Tools({ live, onKeys }: { live: boolean; onKeys: () => void }) {
  const t = useT();
  const staff = useStaff();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    await signOut(queryClient);
    await navigate({ to: "/sign-in", search: {} });
  };
  return (
    <div className="order-first flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-3 lg:order-none lg:mt-auto lg:grid lg:pb-4">
      <div className="min-w-0">
        {staff && (
          <p className="text-sm" data-testid="staff" data-role={staff.role}>
            <span translate="no" className="font-medium break-words">
              {staff.displayName}
            </span>{" "}
            <span className="text-xs text-ink-muted lg:block">{t(`role.${staff.role}`)}</span>
          </p>
        )}
        <p
          role="status"
          data-testid="live"
          data-live={live}
          className="flex items-center gap-2 text-xs text-ink-muted"
        >
          <span
            aria-hidden
            className={`size-2 shrink-0 rounded-full ${live ? "bg-positive" : "bg-warning"}`}
          />
          {t(live ? "live.on" : "live.off")}
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <LanguageSwitch />
        <ThemeSwitch />
        <AmountsToggle className="min-h-11 min-w-11 border border-line bg-surface hover:bg-jade-soft" />
        <Link
          to="/passkeys"
          aria-label={t("nav.passkeys")}
          title={t("nav.passkeys")}
          className="inline-flex min-h-11 min-w-11 items-center justify-center rounded-full border border-line bg-surface hover:bg-jade-soft"
        >
          <KeyRound aria-hidden className="size-5" />
        </Link>
        <IconButton label={t("keys.button")} onClick={onKeys}>
          <Keyboard aria-hidden className="size-5" />
        </IconButton>
        <IconButton label={t("nav.sign_out")} data-testid="sign-out" onClick={() => void leave()}>
          <LogOut aria-hidden className="size-5" />
        </IconButton>
      </div>
    </div>
  );
}

import { classNames, loadPageTexts, Notice } from "@jinqiao/ui";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { FileText, House, Landmark, type LucideIcon, ReceiptText, UserRound, WifiOff } from "lucide-react";
import { lazy, Suspense } from "react";
import { api, meQuery, queryClient } from "../api.ts";
import { closeAllAttempts } from "../attempts.ts";
import type { IdleDialog as IdleQuestion } from "../features/security/idle-dialog.tsx";
import { securityCatalogues } from "../locales/catalogues.ts";
import type { WalletMessageId } from "../locales/en.ts";
import { useT } from "../text.ts";
import { Brand } from "./brand.tsx";
import { useIdle } from "./idle.ts";
import { LiveUpdates, useConnection } from "./live.tsx";

const places: {
  to: "/" | "/activity" | "/statements" | "/accounts" | "/me";
  icon: LucideIcon;
  label: WalletMessageId;
  /** Has no room among the tabs of a phone; a page leads there. */
  wide?: true;
}[] = [
  { to: "/", icon: House, label: "nav.home" },
  { to: "/activity", icon: ReceiptText, label: "nav.activity" },
  { to: "/statements", icon: FileText, label: "statements.title", wide: true },
  { to: "/accounts", icon: Landmark, label: "nav.accounts" },
  { to: "/me", icon: UserRound, label: "nav.me" },
];

/** Pages with one thing to do: on the phone their own button takes the place of the tabs. */
const focused: ReadonlySet<string> = new Set(["/top-up", "/withdraw", "/send", "/link"]);

/** The frame around every page of a signed-in customer: tabs below on the phone, a side bar on the desktop. */
export function AppShell() {
  const t = useT();
  const alone = focused.has(useLocation({ select: ({ pathname }) => pathname }));
  return (
    <LiveUpdates>
      <a
        href="#content"
        className="sr-only rounded-full bg-jade-solid px-5 py-3 text-on-jade focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-50"
      >
        {t("nav.skip")}
      </a>
      <div className="mx-auto flex w-full max-w-[70rem] gap-6 px-4 md:px-6">
        <nav
          aria-label={t("nav.label")}
          className={classNames(
            "fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)]",
            alone && "max-md:hidden",
            "md:sticky md:inset-auto md:top-6 md:my-6 md:h-[calc(100dvh-3rem)] md:w-56 md:shrink-0 md:rounded-card md:border md:p-3",
          )}
        >
          <Brand className="hidden px-3 pt-3 pb-6 md:flex" />
          <ul className="grid grid-cols-[repeat(4,minmax(0,1fr))] md:grid-cols-[minmax(0,1fr)] md:gap-1">
            {places.map(({ to, icon: Icon, label, wide }) => (
              <li key={to} className={wide && "max-md:hidden"}>
                <Link
                  to={to}
                  activeOptions={{ exact: to === "/", includeSearch: false }}
                  className="flex min-h-16 flex-col items-center justify-center gap-1 rounded-2xl px-2 text-xs md:min-h-12 md:flex-row md:justify-start md:gap-3 md:px-4 md:text-base"
                  activeProps={{ className: "font-bold text-jade md:bg-jade-soft", "aria-current": "page" }}
                  inactiveProps={{ className: "text-ink-muted hover:text-ink md:hover:bg-sunken" }}
                >
                  <Icon aria-hidden className="size-6 md:size-5" />
                  {t(label)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <main
          id="content"
          className={classNames("min-w-0 flex-1 pt-5 md:pt-6 md:pb-10", alone ? "pb-5" : "pb-28")}
          tabIndex={-1}
        >
          <ConnectionBanner />
          <Outlet />
        </main>
      </div>
      <IdleWatch />
    </LiveUpdates>
  );
}

/** The question is small and rarely asked: it and its texts come when they are needed. */
const IdleDialog = lazy(async (): Promise<{ default: typeof IdleQuestion }> => {
  try {
    await loadPageTexts(securityCatalogues);
    return { default: (await import("../features/security/idle-dialog.tsx")).IdleDialog };
  } catch {
    // Without network there is no question; the end of the session comes all the same.
    return { default: (): ReturnType<typeof IdleQuestion> => <></> };
  }
});

/** Signs out who has done nothing for a while, after asking. */
function IdleWatch() {
  const navigate = useNavigate();
  const here = useLocation({ select: ({ href }) => href });
  const leave = async (): Promise<void> => {
    // The session ends on the server as well; where it cannot be reached, its own clock ends it there.
    await api.DELETE("/v1/sessions/current").catch(() => undefined);
    closeAllAttempts();
    queryClient.clear();
    await navigate({ to: "/sign-in", search: { next: here, ended: "idle" } });
  };
  const { secondsLeft, stay } = useIdle({
    onIdle: () => void leave(),
    onActive: () => void queryClient.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
  if (secondsLeft === null) return null;
  return (
    <Suspense>
      <IdleDialog secondsLeft={secondsLeft} onStay={stay} onLeave={() => void leave()} />
    </Suspense>
  );
}

function ConnectionBanner() {
  const t = useT();
  const connection = useConnection();
  return (
    <div role="status" data-testid="connection" data-connection={connection}>
      {connection !== "good" && (
        <Notice tone="warning" icon={WifiOff} className="mb-4">
          {connection === "offline" ? t("connection.offline") : t("connection.lost")}
        </Notice>
      )}
    </div>
  );
}

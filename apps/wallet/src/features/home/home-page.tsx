import {
  AmountsToggle,
  buttonClasses,
  Card,
  classNames,
  EmptyState,
  LanguageSwitch,
  loadPageTexts,
  MoneyText,
  Page,
  Problem,
  Skeleton,
  SkeletonList,
  ThemeSwitch,
  useNow,
} from "@jinqiao/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  ArrowUpRight,
  Landmark,
  Link2,
  type LucideIcon,
  Plus,
  QrCode,
  ReceiptText,
  ScanLine,
} from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { balancesQuery, linkedAccountsQuery, meQuery, paymentsQuery } from "../../api.ts";
import { storeLanguage } from "../../app/store-language.ts";
import { noticesCatalogues } from "../../locales/catalogues.ts";
import type { WalletMessageId } from "../../locales/en.ts";
import { useT } from "../../text.ts";
import { AccountRow } from "../accounts/account-row.tsx";
import { ConsentReminder } from "../accounts/consent-reminder.tsx";
import { PaymentsByDay } from "../activity/payment-row.tsx";

/** Not part of the first page: what it shows can wait for the balance. */
const NoticesBell = lazy(async () => {
  try {
    await loadPageTexts(noticesCatalogues);
    return { default: (await import("../notices/bell.tsx")).NoticesBell };
  } catch {
    // Without network the page goes without it.
    return { default: () => <></> };
  }
});

export function HomePage() {
  const t = useT();
  const me = useQuery(meQuery);
  const hour = new Date(useNow(60_000)).getHours();
  const greeting: WalletMessageId =
    hour < 5 || hour >= 18 ? "home.evening" : hour < 12 ? "home.morning" : "home.afternoon";
  return (
    <Page
      title={
        <span className="line-clamp-2 max-md:text-xl">
          {t(greeting, { name: me.data?.displayName ?? "" })}
        </span>
      }
      documentTitle={t("nav.home")}
      actions={
        <span className="flex gap-2">
          <Suspense fallback={<span className="size-11" />}>
            <NoticesBell />
          </Suspense>
          <LanguageSwitch onChange={(language) => void storeLanguage(language)} />
          <ThemeSwitch />
        </span>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)]">
        <BalanceCard />
        <Actions />
        <Accounts />
        <Recent />
      </div>
    </Page>
  );
}

function BalanceCard() {
  const t = useT();
  const balances = useQuery(balancesQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  const all = balances.data ?? [];
  const balance = all.find(({ currency }) => currency === chosen) ?? all[0];

  return (
    <section
      aria-label={t("balance.label")}
      aria-busy={balances.isFetching}
      className="min-h-52 min-w-0 rounded-card bg-linear-160 from-[#0b5750] to-[#0f766e] p-6 text-white shadow-lifted lg:h-full"
    >
      {all.length > 1 && (
        <fieldset
          aria-label={t("balance.currency")}
          className="mb-3 inline-flex max-w-full flex-wrap gap-1 rounded-full bg-black/20 p-1"
        >
          {all.map(({ currency }) => (
            <button
              key={currency}
              type="button"
              aria-pressed={currency === balance?.currency}
              data-testid={`currency-${currency}`}
              onClick={() => setChosen(currency)}
              className={classNames(
                "min-h-8 rounded-full px-3 text-sm font-semibold focus-visible:outline-white",
                currency === balance?.currency ? "bg-white text-[#0b5750]" : "text-white hover:bg-black/20",
              )}
            >
              {currency}
            </button>
          ))}
        </fieldset>
      )}
      <div className="flex items-center gap-2">
        <h2 className="text-base">
          {balance ? t("balance.total", { currency: balance.currency }) : t("balance.label")}
        </h2>
        <AmountsToggle className="text-white hover:bg-black/20 focus-visible:outline-white" />
      </div>
      {balances.isPending && <Skeleton className="mt-2 h-12 w-56 bg-white/20" />}
      {balances.isError && (
        <div className="mt-3">
          <Problem error={balances.error} onRetry={() => balances.refetch()} />
        </div>
      )}
      {balances.isSuccess && !balance && <p className="mt-2 text-lg">{t("balance.none")}</p>}
      {balance && (
        <>
          <p className="mt-1 min-h-10">
            <MoneyText display data-testid={`balance-total-${balance.currency}`} money={balance.total} />
          </p>
          <dl className="mt-6 flex flex-wrap gap-x-10 gap-y-3">
            <div>
              <dt className="text-base">{t("balance.available")}</dt>
              <dd className="text-base font-semibold">
                <MoneyText data-testid={`balance-available-${balance.currency}`} money={balance.available} />
              </dd>
            </div>
            <div>
              <dt className="text-base">{t("balance.held")}</dt>
              <dd className="text-base font-semibold">
                <MoneyText data-testid={`balance-held-${balance.currency}`} money={balance.held} />
              </dd>
            </div>
          </dl>
        </>
      )}
    </section>
  );
}

const actions: {
  to: "/top-up" | "/send" | "/withdraw" | "/link" | "/activity";
  icon: LucideIcon;
  label: WalletMessageId;
  testId: string;
}[] = [
  { to: "/top-up", icon: Plus, label: "action.top_up", testId: "action-top-up" },
  { to: "/send", icon: ArrowUpRight, label: "action.send", testId: "action-send" },
  { to: "/withdraw", icon: Landmark, label: "action.withdraw", testId: "action-withdraw" },
  { to: "/link", icon: Link2, label: "action.link", testId: "action-link" },
  { to: "/activity", icon: ReceiptText, label: "nav.activity", testId: "action-activity" },
];

function Actions() {
  const t = useT();
  return (
    <Card aria-label={t("home.actions")} className="grid gap-4 px-2 md:px-4 lg:h-full lg:content-center">
      <div className="grid grid-cols-2 gap-3 px-2">
        <Link to="/scan" data-testid="action-scan" className={buttonClasses("primary")}>
          <ScanLine aria-hidden className="size-5" />
          {t("action.scan")}
        </Link>
        <Link to="/pay-code" data-testid="action-pay-code" className={buttonClasses("primary")}>
          <QrCode aria-hidden className="size-5" />
          {t("action.pay_code")}
        </Link>
      </div>
      <ul className="grid w-full grid-cols-[repeat(5,minmax(0,1fr))] lg:flex lg:flex-wrap lg:justify-center lg:gap-y-5">
        {actions.map(({ to, icon: Icon, label, testId }) => (
          <li key={to} className="flex justify-center lg:w-1/3">
            <Link
              to={to}
              data-testid={testId}
              className="flex w-full flex-col items-center gap-2 rounded-2xl p-1 text-center text-xs md:text-sm"
            >
              <span className="inline-flex size-12 items-center justify-center rounded-2xl bg-jade-soft text-jade">
                <Icon aria-hidden className="size-6" />
              </span>
              {t(label)}
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Accounts() {
  const t = useT();
  const accounts = useQuery(linkedAccountsQuery);
  return (
    <Card aria-labelledby="home-accounts" className="lg:col-start-2 lg:row-start-2">
      <SectionHead id="home-accounts" title={t("accounts.title")} to="/accounts" />
      {accounts.data && <ConsentReminder accounts={accounts.data} />}
      <Problem error={accounts.error} onRetry={() => accounts.refetch()} />
      {accounts.isPending && <SkeletonList rows={2} />}
      {accounts.data?.length === 0 && (
        <EmptyState
          icon={Landmark}
          title={t("accounts.none")}
          action={
            <Link to="/link" className={buttonClasses("primary")}>
              {t("action.link")}
            </Link>
          }
        >
          {t("accounts.none.text")}
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {accounts.data?.slice(0, 4).map((account) => (
          <li key={account.id}>
            <AccountRow account={account} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Recent() {
  const t = useT();
  const payments = useInfiniteQuery(paymentsQuery({}, 8));
  const items = payments.data?.pages[0]?.items ?? [];
  return (
    <Card aria-labelledby="home-recent" className="lg:col-start-1 lg:row-start-2">
      <SectionHead id="home-recent" title={t("home.recent")} to="/activity" />
      <Problem error={payments.error} onRetry={() => payments.refetch()} />
      {payments.isPending && <SkeletonList rows={4} />}
      {payments.isSuccess && items.length === 0 && (
        <EmptyState icon={ReceiptText} title={t("activity.none")}>
          {t("activity.none.text")}
        </EmptyState>
      )}
      <PaymentsByDay payments={items} headingLevel="h3" />
    </Card>
  );
}

function SectionHead({ id, title, to }: { id: string; title: string; to: "/accounts" | "/activity" }) {
  const t = useT();
  return (
    <div className="mb-2 flex items-baseline justify-between gap-3">
      <h2 id={id} className="text-lg font-bold">
        {title}
      </h2>
      <Link
        to={to}
        aria-label={t("home.all_of", { what: title })}
        className="rounded text-jade hover:underline"
      >
        {t("home.see_all")}
      </Link>
    </div>
  );
}

import type { MerchantBalance } from "@jinqiao/contract";
import { formatDecimal, parseDecimal } from "@jinqiao/money";
import {
  buttonClasses,
  DateText,
  EmptyState,
  MoneyText,
  Problem,
  Skeleton,
  SkeletonList,
  useFormatMaskedMoney,
  useLocaleTag,
  useNow,
} from "@jinqiao/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { HandCoins } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { Section } from "../../components/page.tsx";
import { PortalLink, usePortalSearch } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { IntentBadge } from "../components/intent-badge.tsx";
import { addDays, dayIn, startOfDay } from "../components/local-days.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { PortalTabs } from "../components/portal-tabs.tsx";
import { balanceQuery, paymentsQuery, payoutScheduleQuery, profileQuery, takingsQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { hourBars, sumOf, type TakingsTotal } from "./takings-bars.ts";

/** The picture is drawn after the figures, which people came for. */
const BarChart = lazy(async () => ({ default: (await import("../components/bar-chart.tsx")).BarChart }));

/** How often what moves by itself is asked for while the page is looked at. */
export const liveEveryMs = 5_000;

/** The shop's day at a glance: what came in today with yesterday beside, the balance, and the newest payments. */
export function OverviewPage() {
  const t = useT();
  const profile = useQuery(profileQuery());
  const balance = useQuery({ ...balanceQuery(), refetchInterval: liveEveryMs });
  const span = usePortalSearch().span ?? "today";
  const mayRead = useMay("balance.read");
  if (profile.isError) return <Problem error={profile.error} onRetry={() => profile.refetch()} />;
  if (profile.isPending) return <SkeletonList rows={6} />;
  const { timeZone, currency } = profile.data.profile;
  return (
    <>
      <PortalHeader
        title={t("overview.portal.title")}
        lead={t("overview.portal.lead", { timeZone })}
        actions={
          <PortalLink to="/till" className={buttonClasses("primary", "small")}>
            <HandCoins aria-hidden className="size-4" />
            {t("portal.nav.till")}
          </PortalLink>
        }
      />
      <div className="grid gap-4">
        {mayRead && (
          <Section title={t(span === "today" ? "takings.today" : "takings.days")}>
            <PortalTabs
              label={t("takings.span")}
              current={span}
              tabs={(["today", "7", "30"] as const).map((id) => ({
                id,
                label: t(`takings.span.${id}`),
                to: "/",
                search: id === "today" ? {} : { span: id },
              }))}
            />
            {span === "today" ? (
              <Today timeZone={timeZone} currency={currency} />
            ) : (
              <Days days={span === "7" ? 7 : 30} timeZone={timeZone} currency={currency} />
            )}
          </Section>
        )}
        {mayRead && (
          <Section title={t("balance.title")} lead={t("balance.lead")}>
            {balance.isPending ? (
              <SkeletonList rows={1} />
            ) : balance.isError ? (
              <Problem error={balance.error} onRetry={() => balance.refetch()} />
            ) : (
              <BalanceFigures balance={balance.data} currency={currency} />
            )}
            <NextPayout />
          </Section>
        )}
        <NewestPayments />
      </div>
    </>
  );
}

/** Asked anew each time the clock enters another minute, so that midnight begins a new day on an open page. */
function useToday(timeZone: string): string {
  return dayIn(timeZone, new Date(useNow(60_000)));
}

function Today({ timeZone, currency }: { timeZone: string; currency: string }) {
  const t = useT();
  const format = useFormatMaskedMoney();
  const today = useToday(timeZone);
  const begin = startOfDay(timeZone, today);
  const before = startOfDay(timeZone, addDays(today, -1));
  const end = startOfDay(timeZone, addDays(today, 1));
  const of = (from: Date, to: Date) =>
    takingsQuery({ from: from.toISOString(), to: to.toISOString(), step: "hour", timeZone, currency });
  const now = useQuery({ ...of(begin, end), refetchInterval: liveEveryMs });
  const yesterday = useQuery(of(before, begin));
  const error = now.error ?? yesterday.error;
  if (error) return <Problem error={error} onRetry={() => now.refetch()} />;
  if (now.data === undefined || yesterday.data === undefined) return <SkeletonList rows={3} />;
  const total = sumOf(now.data, currency);
  const beside = sumOf(yesterday.data, currency);
  const bars = hourBars({ today: now.data, yesterday: yesterday.data, begin, before, end, currency });
  return (
    <>
      <TakingsFigures total={total} beside={beside} />
      <Suspense fallback={<Skeleton className="h-48" />}>
        <BarChart
          caption={t("takings.by_hour")}
          summary={t("takings.by_hour.summary", {
            today: format(total.gross),
            yesterday: format(beside.gross),
          })}
          currency={currency}
          bars={bars}
          names={{ label: t("takings.hour"), bars: t("takings.today"), beside: t("takings.yesterday") }}
        />
      </Suspense>
    </>
  );
}

function Days({ days, timeZone, currency }: { days: number; timeZone: string; currency: string }) {
  const t = useT();
  const tag = useLocaleTag();
  const format = useFormatMaskedMoney();
  const today = useToday(timeZone);
  const first = addDays(today, 1 - days);
  const takings = useQuery({
    ...takingsQuery({
      from: startOfDay(timeZone, first).toISOString(),
      to: startOfDay(timeZone, addDays(today, 1)).toISOString(),
      step: "day",
      timeZone,
      currency,
    }),
    refetchInterval: liveEveryMs,
  });
  if (takings.isError) return <Problem error={takings.error} onRetry={() => takings.refetch()} />;
  if (takings.isPending) return <SkeletonList rows={3} />;
  const total = sumOf(takings.data, currency);
  const perDay = new Map<string, bigint>();
  for (const step of takings.data.steps) {
    const day = dayIn(timeZone, new Date(step.at));
    perDay.set(day, (perDay.get(day) ?? 0n) + parseDecimal(step.gross.amount, currency));
  }
  const bars = Array.from({ length: days }, (_, index) => {
    const day = addDays(first, index);
    const label = new Date(`${day}T00:00:00Z`).toLocaleDateString(tag, {
      timeZone: "UTC",
      day: "numeric",
      month: "short",
    });
    return { id: day, label, minor: perDay.get(day) ?? 0n };
  });
  return (
    <>
      <TakingsFigures total={total} />
      <Suspense fallback={<Skeleton className="h-48" />}>
        <BarChart
          caption={t("takings.by_day")}
          summary={t("takings.by_day.summary", { days, total: format(total.gross) })}
          currency={currency}
          bars={bars}
          names={{ label: t("takings.day"), bars: t("takings.gross") }}
        />
      </Suspense>
    </>
  );
}

function TakingsFigures({ total, beside }: { total: TakingsTotal; beside?: TakingsTotal }) {
  const t = useT();
  return (
    <div className="mb-3 flex flex-wrap items-end gap-x-8 gap-y-2">
      <div className="min-w-0">
        <MoneyText money={total.gross} display data-testid="takings-gross" />
        {beside && (
          <p className="text-sm text-ink-muted">
            {t("takings.yesterday_was")} <MoneyText money={beside.gross} />
          </p>
        )}
      </div>
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
        <Figure name={t("takings.payments")}>{total.payments}</Figure>
        <Figure name={t("takings.refunded")}>
          <MoneyText money={total.refunded} />
        </Figure>
        <Figure name={t("takings.fees")}>
          <MoneyText money={total.fees} />
        </Figure>
        <Figure name={t("takings.net")}>
          <MoneyText money={total.net} />
        </Figure>
      </dl>
    </div>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-ink-muted">{name}</dt>
      <dd className="tabular font-semibold">{children}</dd>
    </div>
  );
}

const parts = ["available", "pending", "reserve", "held", "owed"] as const;

/** What the merchant has, part by part, each with what it means. */
function BalanceFigures({ balance, currency }: { balance: MerchantBalance; currency: string }) {
  const t = useT();
  const zero = { amount: formatDecimal(0n, currency), currency };
  const none = { currency, pending: zero, available: zero, reserve: zero, held: zero, owed: zero };
  const items = balance.items.length > 0 ? balance.items : [none];
  return (
    <div className="grid gap-4">
      {items.map((item) => (
        <dl
          key={item.currency}
          className="grid gap-3 @sm:grid-cols-[repeat(2,minmax(0,1fr))] @2xl:grid-cols-[repeat(4,minmax(0,1fr))]"
        >
          {parts
            .filter((part) => !["held", "owed"].includes(part) || !/^[0.]*$/.test(item[part].amount))
            .map((part) => (
              <div key={part} className="min-w-0 rounded-xl bg-sunken p-3">
                <dt className="text-xs text-ink-muted">{t(`balance.${part}`)}</dt>
                <dd className="text-lg font-bold">
                  <MoneyText money={item[part]} data-testid={`balance-${part}`} />
                  <span className="block text-xs font-normal text-ink-muted">
                    {t(`balance.${part}.means`)}
                  </span>
                </dd>
              </div>
            ))}
        </dl>
      ))}
    </div>
  );
}

/** When the next payout is, how much as things stand, and what keeps it back. */
function NextPayout() {
  const t = useT();
  const schedule = useQuery(payoutScheduleQuery());
  return schedule.data?.items.map((item) => (
    <p key={item.currency} data-testid="next-payout" className="mt-3 text-sm">
      <PortalLink to="/payouts" className="font-semibold text-jade underline">
        {t("payouts.next")}
      </PortalLink>{" "}
      <DateText value={item.nextAt} /> · <MoneyText money={item.amount} className="font-semibold" />
      {item.withheld && <span className="block text-warning">{t(`withheld.${item.withheld}`)}</span>}
    </p>
  ));
}

function NewestPayments() {
  const t = useT();
  const query = useInfiniteQuery({ ...paymentsQuery({}), refetchInterval: liveEveryMs });
  const items = query.data?.pages[0]?.items.slice(0, 6) ?? [];
  return (
    <Section
      title={t("overview.portal.newest")}
      aside={
        <PortalLink to="/payments" className="text-sm font-semibold text-jade underline">
          {t("overview.portal.all")}
        </PortalLink>
      }
    >
      {query.isPending ? (
        <SkeletonList rows={3} />
      ) : query.isError ? (
        <Problem error={query.error} onRetry={() => query.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState
          icon={HandCoins}
          title={t("payments.portal.none")}
          action={
            <PortalLink to="/till" className={buttonClasses("secondary", "small")}>
              {t("portal.nav.till")}
            </PortalLink>
          }
        >
          {t("payments.portal.none_hint")}
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {items.map((item) => (
            <li key={item.id} className="relative flex flex-wrap items-center justify-between gap-2 py-2.5">
              <span className="min-w-0">
                <PortalLink
                  to={`/payments/${item.id}`}
                  data-row-link
                  className="font-medium after:absolute after:inset-0"
                >
                  <span data-foreign>
                    {item.reference ?? item.description ?? t(`origin.${item.origin.kind}`)}
                  </span>
                </PortalLink>
                <span className="block text-xs text-ink-muted">
                  <DateText value={item.createdAt} style="recent" />
                  {item.payer && (
                    <>
                      {" · "}
                      <span translate="no">{item.payer.maskedName}</span>
                    </>
                  )}
                </span>
              </span>
              <span className="flex items-center gap-3">
                <IntentBadge payment={item} />
                <MoneyText money={item.amount} className="font-semibold" />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

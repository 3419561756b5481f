import type { BreakAgeing } from "@jinqiao/contract";
import { formatDecimal, parseDecimal } from "@jinqiao/money";
import { MoneyText, Problem, Skeleton } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { breakAgeingQuery, type WireMoney } from "../../api.ts";
import { Section } from "../../components/page.tsx";
import { useBreaksT, useLocalText } from "../../i18n.ts";

type Sum = BreakAgeing["sums"][number];
const buckets = ["0-1", "2-5", "6-30", "over-30"] as const;
const barClass: Record<(typeof buckets)[number], string> = {
  "0-1": "bg-jade-solid",
  "2-5": "bg-jade-solid",
  "6-30": "bg-warning",
  "over-30": "bg-danger",
};

/** Open breaks by age: for each currency a bar for every age, its length by the sum, and below it the banks it is of. */
export function AgeingPicture() {
  const t = useBreaksT();
  const query = useQuery(breakAgeingQuery);
  if (query.isPending) return <Skeleton className="mb-4 h-40" />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const { sums } = query.data;
  if (sums.length === 0) return null;
  const overdue = sums.reduce((total, sum) => total + sum.overdue, 0);
  const byCurrency = [...Map.groupBy(sums, (sum) => sum.currency)];
  return (
    <div className="mb-4" data-testid="break-ageing">
      <Section title={t("ageing.title")} lead={t("ageing.lead")}>
        {overdue > 0 && (
          <p className="-mt-1 mb-3 text-sm font-semibold text-danger">
            {t("ageing.overdue", { count: overdue })}
          </p>
        )}
        <div className="grid grid-cols-[minmax(0,1fr)] gap-x-8 gap-y-5 @3xl:grid-cols-[repeat(2,minmax(0,1fr))]">
          {byCurrency.map(([currency, of]) => (
            <CurrencyBars key={currency} currency={currency} sums={of} limits={query.data.limits} />
          ))}
        </div>
      </Section>
    </div>
  );
}

function CurrencyBars(props: { currency: string; sums: readonly Sum[]; limits: BreakAgeing["limits"] }) {
  const t = useBreaksT();
  const localText = useLocalText();
  const bars = buckets.map((bucket) => {
    const of = props.sums.filter((sum) => sum.bucket === bucket);
    return { bucket, of, count: of.reduce((total, sum) => total + sum.breaks, 0), minor: minorSum(of) };
  });
  const longest = bars.reduce((max, { minor }) => (minor > max ? minor : max), 0n);
  const nameOf = (bankId: string) => {
    const limit = props.limits.find((one) => one.bankId === bankId);
    return limit ? localText(limit.bankName) : bankId;
  };
  return (
    <div className="min-w-0">
      <h3 className="mb-2 text-sm font-semibold">{props.currency}</h3>
      <ul className="grid gap-3">
        {bars.map(({ bucket, of, count, minor }) => (
          <li key={bucket} data-testid={`ageing-${props.currency}-${bucket}`}>
            <div className="flex flex-wrap justify-between gap-x-3 text-xs">
              <span className="text-ink-muted">{t(`ageing.${bucket}`)}</span>
              <span className="font-medium">
                {t("ageing.breaks", { count })}
                {count > 0 && (
                  <>
                    {" · "}
                    <MoneyText money={moneyOf(minor, props.currency)} />
                  </>
                )}
              </span>
            </div>
            <div aria-hidden className="mt-1 h-2.5 overflow-hidden rounded-full bg-sunken">
              <div
                className={`h-full rounded-full ${barClass[bucket]}`}
                style={{ width: `${shareOf(minor, longest, count)}%` }}
              />
            </div>
            {of.length > 0 && (
              <p className="mt-1 text-xs text-ink-muted">
                {of.map((sum, index) => (
                  <span key={sum.bankId}>
                    {index > 0 && " · "}
                    {nameOf(sum.bankId)}: {sum.breaks}
                    {sum.overdue > 0 && (
                      <span className="font-semibold text-danger">
                        {" "}
                        {t("ageing.of_them", { count: sum.overdue })}
                      </span>
                    )}
                  </span>
                ))}
              </p>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

const minorSum = (sums: readonly Sum[]): bigint =>
  sums.reduce((total, { amount }) => total + parseDecimal(amount.amount, amount.currency), 0n);
const moneyOf = (minor: bigint, currency: string): WireMoney => ({
  amount: formatDecimal(minor, currency),
  currency,
});
/** Per cent of the longest bar, in whole numbers; what is there is never too short to be seen. */
function shareOf(minor: bigint, longest: bigint, count: number): number {
  if (count === 0) return 0;
  return longest === 0n ? 2 : Math.max(2, Number((minor * 100n) / longest));
}

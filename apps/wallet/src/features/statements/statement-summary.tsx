import type { components } from "@jinqiao/contract/client";
import { Card, DateText, MoneyText, Notice, Skeleton } from "@jinqiao/ui";
import { Clock3 } from "lucide-react";
import { addDays } from "./period.ts";
import { useT } from "./text.ts";

/** Opening, in, out, closing: the last is what the first three make. */
export function StatementSummary({
  summary,
}: {
  summary: components["schemas"]["WalletStatementSummary"] | undefined;
}) {
  const t = useT();
  if (summary === undefined) return <Skeleton className="h-44 w-full" />;
  const figures = [
    { id: "opening", money: summary.opening },
    { id: "in", money: summary.moneyIn },
    { id: "out", money: summary.moneyOut },
    { id: "closing", money: summary.closing },
  ] as const;
  return (
    <Card aria-labelledby="statement-figures">
      <h2 id="statement-figures" className="text-base font-bold md:text-lg">
        <DateText value={summary.from} style="date" /> –{" "}
        <DateText value={addDays(summary.to, -1)} style="date" />
      </h2>
      <dl className="mt-4 grid grid-cols-[repeat(2,minmax(0,1fr))] gap-4">
        {figures.map(({ id, money }) => (
          <div key={id} className="min-w-0">
            <dt className="text-sm text-ink-muted">{t(`statements.${id}`)}</dt>
            <dd className="mt-1">
              <MoneyText
                money={money}
                data-testid={`statement-${id}`}
                className="text-base font-bold whitespace-normal break-words md:text-lg"
              />
            </dd>
          </div>
        ))}
      </dl>
      {summary.asOf < summary.end && (
        <Notice icon={Clock3} className="mt-4">
          {t("statements.goes_on")}
        </Notice>
      )}
    </Card>
  );
}

import type { components } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  EmptyState,
  MoneyText,
  Problem,
  SkeletonList,
  useFormatDate,
  useLanguage,
} from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileText } from "lucide-react";
import { linesQuery, type StatementQuery } from "./queries.ts";
import { useT } from "./text.ts";

type Line = components["schemas"]["WalletStatementLine"];

/** What the statement lists, newest first, under the days of its time zone. */
export function StatementLines({ query }: { query: StatementQuery }) {
  const t = useT();
  const format = useFormatDate();
  const language = useLanguage();
  const lines = useInfiniteQuery(linesQuery(query, language));
  const items = lines.data?.pages.flatMap((page) => page.items) ?? [];
  const days = Map.groupBy(items, (line) => line.localTime.slice(0, 10));
  return (
    <Card aria-labelledby="statement-lines" aria-busy={lines.isFetching}>
      <h2 id="statement-lines" className="mb-2 text-lg font-bold">
        {t("statements.lines")}
      </h2>
      <Problem error={lines.error} onRetry={() => lines.refetch()} />
      {lines.isPending && <SkeletonList rows={5} />}
      {lines.isSuccess && items.length === 0 && (
        <EmptyState icon={FileText} title={t("statements.none")}>
          {t("statements.none.text")}
        </EmptyState>
      )}
      {[...days].map(([day, ofDay]) => (
        <section key={day} aria-labelledby={`statement-${day}`} className="mt-3">
          <h3 id={`statement-${day}`} className="text-sm text-ink-muted">
            {format(day, "date")}
          </h3>
          <ul className="divide-y divide-line">
            {ofDay.map((line) => (
              <LineRow key={line.sequence} line={line} />
            ))}
          </ul>
        </section>
      ))}
      {lines.hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button variant="secondary" onClick={() => lines.fetchNextPage()}>
            {t("list.more")}
          </Button>
        </div>
      )}
    </Card>
  );
}

function LineRow({ line }: { line: Line }) {
  const t = useT();
  const money = line.moneyIn ?? { ...line.balance, amount: `-${line.moneyOut?.amount}` };
  return (
    <li data-testid="statement-line" data-sequence={line.sequence} className="py-3">
      <div className="flex items-baseline justify-between gap-3">
        {line.paymentId === null ? (
          <span className="min-w-0 text-base break-words">{line.description}</span>
        ) : (
          <Link
            to="/activity/$paymentId"
            params={{ paymentId: line.paymentId }}
            className="min-w-0 text-base break-words underline decoration-line-strong underline-offset-4 hover:decoration-current"
          >
            {line.description}
          </Link>
        )}
        <MoneyText money={money} signed className="shrink-0 text-base font-bold" />
      </div>
      <div className="mt-0.5 flex flex-wrap items-baseline justify-between gap-x-3 text-sm text-ink-muted">
        <span className="tabular min-w-0 break-words">
          {line.localTime.slice(11, 16)}
          {line.note !== null && <span data-foreign> · {line.note}</span>}
        </span>
        <span>
          {t("statements.balance")} <MoneyText money={line.balance} />
        </span>
      </div>
    </li>
  );
}

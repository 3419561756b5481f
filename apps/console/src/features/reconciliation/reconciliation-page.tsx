import { unwrap } from "@jinqiao/contract/client";
import { Button, EmptyState, Problem, SkeletonList } from "@jinqiao/ui";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Landmark } from "lucide-react";
import { api, statementsQuery } from "../../api.ts";
import { searchFieldAttribute } from "../../app/keyboard.ts";
import { useMayAct } from "../../app/session.ts";
import { LoadMore } from "../../components/load-more.tsx";
import { PageHeader } from "../../components/page.tsx";
import { useReconciliationT } from "../../i18n.ts";
import { StatementTable } from "./statement-table.tsx";

const route = getRouteApi("/staff/reconciliation");

/** The days of every custody account: the bank's statement against our ledger. */
export function ReconciliationPage() {
  const t = useReconciliationT();
  const mayAct = useMayAct();
  const { date } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <PageHeader title={t("recon.title")} lead={t("recon.lead")} actions={mayAct && <FetchStatements />} />
      <label className="mb-3 flex items-center gap-2 text-sm">
        <span className="text-ink-muted">{t("recon.date")}</span>
        <input
          {...searchFieldAttribute}
          name="date"
          type="date"
          value={date ?? ""}
          onChange={(event) =>
            void navigate({ search: { date: event.target.value || undefined }, replace: true })
          }
          className="h-9 rounded-xl border border-line-strong bg-surface px-2 text-sm text-ink"
        />
      </label>
      <StatementList date={date} />
    </>
  );
}

/** Asks every bank for closed days that are not reconciled yet, and says what came of it. */
function FetchStatements() {
  const t = useReconciliationT();
  const queryClient = useQueryClient();
  const fetchNow = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/console/statement-fetches")),
    onSuccess: async () => {
      await Promise.all(
        ["statements", "breaks", "trial-balance", "payments"].map((kind) =>
          queryClient.invalidateQueries({ queryKey: [kind] }),
        ),
      );
    },
  });
  return (
    <div className="grid min-w-0 justify-items-end gap-1">
      <Button data-testid="fetch-statements" pending={fetchNow.isPending} onClick={() => fetchNow.mutate()}>
        <Landmark aria-hidden className="size-4" />
        {t("recon.fetch")}
      </Button>
      <p role="status" data-testid="fetch-result" className="text-xs text-ink-muted empty:hidden">
        {fetchNow.isSuccess && t("recon.fetched", { count: fetchNow.data.statements.length })}
      </p>
      {fetchNow.isError && <Problem error={fetchNow.error} />}
    </div>
  );
}

function StatementList({ date }: { date: string | undefined }) {
  const t = useReconciliationT();
  const query = useInfiniteQuery(statementsQuery(date));
  if (query.isPending) return <SkeletonList rows={6} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0) {
    return (
      <EmptyState icon={Landmark} title={t(date ? "recon.none_on_date" : "recon.none")}>
        {t("recon.none_hint")}
      </EmptyState>
    );
  }
  return (
    <div className="rounded-2xl border border-line bg-surface px-2">
      <StatementTable statements={items} />
      <LoadMore query={query} />
    </div>
  );
}

import { Badge, Button, CopyText, DateText, EmptyState, Problem, SkeletonList } from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Search, Terminal } from "lucide-react";
import { searchFieldAttribute } from "../../app/keyboard.ts";
import { LoadMore } from "../../components/load-more.tsx";
import { Cell, type Column, Table } from "../../components/table.tsx";
import { type PortalSearch, usePortalNavigate, usePortalSearch } from "../app/navigation.tsx";
import { type RequestFilter, requestsQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { DeveloperHeader } from "./developer-tabs.tsx";

function filterOf({ outcome, id }: PortalSearch): RequestFilter {
  return {
    ...((outcome === "succeeded" || outcome === "failed") && { outcome }),
    ...(id && { requestId: id }),
  };
}

/** Calls that the shop's keys made, with the ids that answers bear. */
export function RequestsPage() {
  const t = useT();
  const search = usePortalSearch();
  const navigate = usePortalNavigate();
  const change = (next: PortalSearch) => navigate("/developers/requests", next, { replace: true });
  const query = useInfiniteQuery({ ...requestsQuery(filterOf(search)), refetchInterval: 5_000 });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const columns: Column[] = [
    { id: "request", head: t("requests.column.request") },
    { id: "status", head: t("requests.column.status") },
    { id: "id", head: t("requests.column.id"), from: "md" },
    { id: "at", head: t("transactions.column.at"), from: "sm" },
    { id: "took", head: t("requests.column.took"), align: "right", from: "lg" },
  ];
  return (
    <>
      <DeveloperHeader current="requests" />
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <form
          className="flex min-w-0 grow gap-2 sm:max-w-md"
          onSubmit={(event) => {
            event.preventDefault();
            const id = String(new FormData(event.currentTarget).get("request-id")).trim();
            void change({ ...search, id: id || undefined });
          }}
        >
          <label className="relative min-w-0 grow">
            <span className="sr-only">{t("requests.search")}</span>
            <Search
              aria-hidden
              className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-muted"
            />
            <input
              {...searchFieldAttribute}
              name="request-id"
              type="search"
              maxLength={60}
              autoComplete="off"
              spellCheck={false}
              defaultValue={search.id ?? ""}
              placeholder={t("requests.search")}
              className="h-9 w-full rounded-xl border border-line-strong bg-surface pr-2 pl-9 text-sm placeholder:text-ink-muted"
            />
          </label>
          <Button type="submit" variant="secondary" size="small">
            {t("payments.portal.search_action")}
          </Button>
        </form>
        <select
          name="outcome"
          aria-label={t("requests.column.status")}
          value={search.outcome ?? ""}
          onChange={(event) => change({ ...search, outcome: event.target.value || undefined })}
          className="h-9 rounded-xl border border-line-strong bg-surface px-2 text-sm text-ink"
        >
          <option value="">{t("requests.all")}</option>
          <option value="succeeded">{t("requests.succeeded")}</option>
          <option value="failed">{t("requests.failed")}</option>
        </select>
      </div>
      {query.isPending ? (
        <SkeletonList rows={6} />
      ) : query.isError ? (
        <Problem error={query.error} onRetry={() => query.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState icon={Terminal} title={t("requests.none")}>
          {t("requests.none_hint")}
        </EmptyState>
      ) : (
        <div className="rounded-2xl border border-line bg-surface px-2">
          <Table caption={t("developers.requests")} columns={columns}>
            {items.map((item) => (
              <tr key={item.id} data-testid="request" className="border-b border-line last:border-0">
                <Cell column={columns[0]}>
                  <code className="text-xs break-all">
                    {item.method} {item.path}
                  </code>
                  <span className="block text-xs text-ink-muted sm:hidden">
                    <DateText value={item.createdAt} />
                  </span>
                </Cell>
                <Cell column={columns[1]}>
                  <Badge tone={item.status < 400 ? "positive" : item.status < 500 ? "warning" : "danger"}>
                    {item.status}
                  </Badge>
                  {item.errorCode && <code className="block text-xs break-all">{item.errorCode}</code>}
                </Cell>
                <Cell column={columns[2]}>
                  <CopyText text={item.requestId} className="text-xs" />
                </Cell>
                <Cell column={columns[3]} className="text-ink-muted">
                  <DateText value={item.createdAt} />
                </Cell>
                <Cell column={columns[4]} className="tabular whitespace-nowrap text-ink-muted">
                  {item.durationMs} ms
                </Cell>
              </tr>
            ))}
          </Table>
          <LoadMore query={query} />
        </div>
      )}
    </>
  );
}

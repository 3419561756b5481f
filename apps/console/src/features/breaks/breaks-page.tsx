import { EmptyState, Problem, SkeletonList } from "@jinqiao/ui";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { breaksQuery } from "../../api.ts";
import { LoadMore } from "../../components/load-more.tsx";
import { PageHeader } from "../../components/page.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useBreaksT } from "../../i18n.ts";
import { AgeingPicture } from "./ageing-picture.tsx";
import { BreakTable } from "./break-table.tsx";

const route = getRouteApi("/staff/breaks");

/** Breaks: what the bank says and we do not, or the other way round. Open ones with a picture of their age. */
export function BreaksPage() {
  const t = useBreaksT();
  const { status } = route.useSearch();
  const query = useInfiniteQuery({ ...breaksQuery(status), placeholderData: keepPreviousData });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader title={t("breaks.title")} lead={t("breaks.lead")} />
      <div className="mb-3">
        <Tabs
          label={t("breaks.tabs")}
          tabs={[
            { id: "open", label: t("break_status.open"), to: "/breaks", search: { status: "open" } },
            { id: "closed", label: t("break_status.closed"), to: "/breaks", search: { status: "closed" } },
            { id: "all", label: t("payments.all"), to: "/breaks", search: {} },
          ]}
          current={status ?? "all"}
        />
      </div>
      {status === "open" && <AgeingPicture />}
      {query.isPending && <SkeletonList rows={6} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && items.length === 0 && (
        <EmptyState icon={CircleCheck} title={t(status === "open" ? "breaks.none_open" : "breaks.none")}>
          {t("breaks.none_hint")}
        </EmptyState>
      )}
      {items.length > 0 && (
        <div className="rounded-2xl border border-line bg-surface px-2" aria-busy={query.isPlaceholderData}>
          <BreakTable breaks={items} />
          <LoadMore query={query} />
        </div>
      )}
    </>
  );
}

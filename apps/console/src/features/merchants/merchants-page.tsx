import type { MerchantStatus } from "@jinqiao/contract";
import { Badge, Button, DateText, EmptyState, Field, Problem, SkeletonList } from "@jinqiao/ui";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Store } from "lucide-react";
import { LoadMore } from "../../components/load-more.tsx";
import { PageHeader } from "../../components/page.tsx";
import { Cell, type Column, Row, RowLink, Table } from "../../components/table.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useLocalText } from "../../i18n.ts";
import { merchantStatuses } from "./merchant-search.ts";
import { merchantsQuery } from "./queries.ts";
import { useMerchantsT } from "./text.ts";

const route = getRouteApi("/staff/merchants");

/** Merchants by state; those that wait for a decision come first. */
export function MerchantsPage() {
  const t = useMerchantsT();
  const local = useLocalText();
  const navigate = useNavigate();
  const search = route.useSearch();
  const query = useInfiniteQuery({ ...merchantsQuery(search), placeholderData: keepPreviousData });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const counts = query.data?.pages[0]?.counts ?? {};
  const columns: Column[] = [
    { id: "name", head: t("merchants.column.name") },
    { id: "category", head: t("merchants.column.category"), from: "md" },
    { id: "country", head: t("merchants.column.country"), from: "md" },
    { id: "since", head: t("merchants.column.since"), from: "sm" },
    { id: "status", head: t("merchants.column.status"), align: "right" },
  ];
  const [name, category, country, since, status] = columns;
  const withQuery = search.q === undefined ? {} : { q: search.q };
  return (
    <>
      <PageHeader
        title={t("merchants.title")}
        lead={t("merchants.lead")}
        actions={
          <Link to="/merchants/plans" className="text-sm font-semibold text-jade underline">
            {t("merchants.plans")}
          </Link>
        }
      />
      <form
        className="mb-3 flex max-w-xl items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const q = String(new FormData(event.currentTarget).get("q") ?? "").trim();
          const { status: wanted } = search;
          void navigate({ to: "/merchants", search: { ...(wanted && { status: wanted }), ...(q && { q }) } });
        }}
      >
        <div className="min-w-0 flex-1">
          <Field
            key={search.q ?? ""}
            name="q"
            type="search"
            label={t("merchants.search")}
            defaultValue={search.q ?? ""}
            maxLength={80}
          />
        </div>
        <Button type="submit" variant="secondary">
          {t("merchants.find")}
        </Button>
      </form>
      <div className="mb-3">
        <Tabs
          label={t("merchants.tabs")}
          tabs={[
            { id: "all", label: t("payments.all"), to: "/merchants", search: withQuery },
            ...merchantStatuses.map((one) => ({
              id: one,
              label: `${t(`merchant_status.${one}`)}${counts[one] ? ` ${counts[one]}` : ""}`,
              to: "/merchants" as const,
              search: { ...withQuery, status: one },
            })),
          ]}
          current={search.status ?? "all"}
        />
      </div>
      {query.isPending && <SkeletonList rows={6} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && items.length === 0 && (
        <EmptyState icon={Store} title={t("merchants.none")}>
          {t("merchants.none_hint")}
        </EmptyState>
      )}
      {items.length > 0 && (
        <div className="rounded-2xl border border-line bg-surface px-2" aria-busy={query.isPlaceholderData}>
          <Table caption={t("merchants.title")} columns={columns}>
            {items.map((item) => (
              <Row key={item.id} testId={`merchant-row-${item.id}`}>
                <Cell column={name}>
                  <RowLink to="/merchants/$merchantId" params={{ merchantId: item.id }}>
                    <span translate="no">{local(item.tradingName)}</span>
                  </RowLink>
                </Cell>
                <Cell column={category}>{item.mcc ?? "—"}</Cell>
                <Cell column={country}>{item.country}</Cell>
                <Cell column={since} className="whitespace-nowrap">
                  <DateText value={item.createdAt} />
                </Cell>
                <Cell column={status}>
                  <MerchantBadge status={item.status} />
                </Cell>
              </Row>
            ))}
          </Table>
          <LoadMore query={query} />
        </div>
      )}
    </>
  );
}

const tones = {
  draft: "neutral",
  under_review: "warning",
  active: "positive",
  declined: "danger",
  suspended: "danger",
  closed: "neutral",
} as const;

export function MerchantBadge({ status }: { status: MerchantStatus }) {
  const t = useMerchantsT();
  return (
    <Badge tone={tones[status]} data-testid="merchant-status" data-status={status}>
      {t(`merchant_status.${status}`)}
    </Badge>
  );
}

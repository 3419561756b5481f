import type { Case } from "@jinqiao/contract";
import { Badge, DateText, EmptyState, MoneyText, Problem, SkeletonList } from "@jinqiao/ui";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { CircleCheck, Inbox, Users } from "lucide-react";
import { casesQuery } from "../../api.ts";
import { LoadMore } from "../../components/load-more.tsx";
import { PageHeader } from "../../components/page.tsx";
import { Cell, type Column, Row, RowLink, Table } from "../../components/table.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useCasesT, useLocalText } from "../../i18n.ts";

const route = getRouteApi("/staff/cases");

/** Cases: what waits for a person's decision. Open ones first. */
export function CasesPage() {
  const t = useCasesT();
  const { status } = route.useSearch();
  const query = useInfiniteQuery({ ...casesQuery(status), placeholderData: keepPreviousData });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader title={t("cases.title")} lead={t("cases.lead")} />
      <div className="mb-3">
        <Tabs
          label={t("cases.tabs")}
          tabs={[
            { id: "open", label: t("case_status.open"), to: "/cases", search: { status: "open" } },
            { id: "closed", label: t("case_status.closed"), to: "/cases", search: { status: "closed" } },
            { id: "all", label: t("payments.all"), to: "/cases", search: {} },
          ]}
          current={status ?? "all"}
        />
      </div>
      {query.isPending && <SkeletonList rows={6} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && items.length === 0 && (
        <EmptyState icon={CircleCheck} title={t(status === "open" ? "cases.none_open" : "cases.none")}>
          {t("cases.none_hint")}
        </EmptyState>
      )}
      {items.length > 0 && (
        <div className="rounded-2xl border border-line bg-surface px-2" aria-busy={query.isPlaceholderData}>
          <CaseTable cases={items} />
          <LoadMore query={query} />
        </div>
      )}
    </>
  );
}

function CaseTable({ cases }: { cases: readonly Case[] }) {
  const t = useCasesT();
  const localText = useLocalText();
  const columns: Column[] = [
    { id: "what", head: t("cases.column.what") },
    { id: "bank", head: t("cases.column.bank"), from: "md" },
    { id: "opened", head: t("cases.column.opened"), from: "sm" },
    { id: "amount", head: t("cases.column.amount"), align: "right" },
    { id: "status", head: t("cases.column.status"), align: "right" },
  ];
  const [what, bank, opened, amount, status] = columns;
  return (
    <Table caption={t("cases.title")} columns={columns}>
      {cases.map((item) => (
        <Row key={item.id} testId={`case-row-${item.id}`}>
          <Cell column={what}>
            <RowLink to="/cases/$caseId" params={{ caseId: item.id }}>
              {t(`case_kind.${item.kind}`)}
            </RowLink>
            {item.paymentKind !== null && (
              <span className="block text-xs text-ink-muted">{t(`kind.${item.paymentKind}`)}</span>
            )}
            {item.proposal !== null && (
              <span className="mt-1 block">
                <Badge tone="warning" icon={Users}>
                  {t("case.waits_for_second")}
                </Badge>
              </span>
            )}
          </Cell>
          <Cell column={bank}>{localText(item.bankName)}</Cell>
          <Cell column={opened} className="whitespace-nowrap">
            <DateText value={item.openedAt} />
          </Cell>
          <Cell column={amount} className="font-semibold">
            <MoneyText money={item.amount} />
            <span className="block text-xs font-normal text-ink-muted">{item.amount.currency}</span>
          </Cell>
          <Cell column={status}>
            <CaseBadge status={item.status} />
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

export function CaseBadge({ status }: { status: Case["status"] }) {
  const t = useCasesT();
  return (
    <Badge
      tone={status === "open" ? "warning" : "positive"}
      icon={status === "open" ? Inbox : CircleCheck}
      data-testid="case-status"
      data-status={status}
    >
      {t(`case_status.${status}`)}
    </Badge>
  );
}

import type { Break } from "@jinqiao/contract";
import { Badge, DateText, MoneyText } from "@jinqiao/ui";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { Cell, type Column, Row, RowLink, Table } from "../../components/table.tsx";
import { useLocalText, useT } from "../../i18n.ts";

/** Differences between bank and ledger, each with the reason in words. */
export function BreakTable({ breaks }: { breaks: readonly Break[] }) {
  const t = useT();
  const localText = useLocalText();
  const columns: Column[] = [
    { id: "kind", head: t("breaks.column.kind") },
    { id: "bank", head: t("breaks.column.bank"), from: "md" },
    { id: "date", head: t("breaks.column.date"), from: "sm" },
    { id: "age", head: t("breaks.column.age"), from: "sm" },
    { id: "difference", head: t("breaks.column.difference"), align: "right" },
    { id: "status", head: t("breaks.column.status"), align: "right" },
  ];
  const [kind, bank, date, age, difference, status] = columns;
  return (
    <Table caption={t("breaks.title")} columns={columns}>
      {breaks.map((item) => (
        <Row key={item.id} testId={`break-row-${item.id}`}>
          <Cell column={kind}>
            <RowLink to="/breaks/$breakId" params={{ breakId: item.id }}>
              {t(`break_kind.${item.kind}`)}
            </RowLink>
            {item.age?.overdue && (
              <span className="block text-xs font-semibold text-danger sm:hidden">
                {t("breaks.overdue")} · {t("breaks.days", { days: item.age.days })}
              </span>
            )}
            <span className="block max-w-[60ch] text-xs text-ink-muted">{localText(item.why)}</span>
          </Cell>
          <Cell column={bank} className="font-mono text-xs">
            {item.bankId}
          </Cell>
          <Cell column={date} className="whitespace-nowrap">
            <DateText value={item.date} style="date" />
          </Cell>
          <Cell column={age} className="whitespace-nowrap">
            {item.age !== null && <BreakAge age={item.age} />}
          </Cell>
          <Cell column={difference} className="font-semibold">
            <MoneyText money={item.difference} />
            <span className="block text-xs font-normal text-ink-muted">{item.currency}</span>
          </Cell>
          <Cell column={status}>
            <BreakBadge status={item.status} />
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

/** The age in the bank's business days; one that is too old says so in words, too. */
export function BreakAge({ age }: { age: NonNullable<Break["age"]> }) {
  const t = useT();
  return (
    <span data-testid="break-age" data-overdue={age.overdue}>
      {t("breaks.days", { days: age.days })}
      {age.overdue && <span className="block text-xs font-semibold text-danger">{t("breaks.overdue")}</span>}
    </span>
  );
}

export function BreakBadge({ status }: { status: Break["status"] }) {
  const t = useT();
  return (
    <Badge
      tone={status === "open" ? "danger" : "positive"}
      icon={status === "open" ? TriangleAlert : CircleCheck}
      data-testid="break-status"
      data-status={status}
    >
      {t(`break_status.${status}`)}
    </Badge>
  );
}

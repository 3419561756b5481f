import { Badge, DateText, MoneyText } from "@jinqiao/ui";
import { Ban, Clock } from "lucide-react";
import type { ImportedLine } from "./queries.ts";
import { useT } from "./text.ts";

/** One line of an imported statement. What the bank wrote stays in the bank's language. */
export function LineRow({ line }: { line: ImportedLine }) {
  const t = useT();
  const who = line.counterpartyName ?? line.description ?? line.code;
  const more = line.counterpartyName === null ? null : line.description;
  const cancelled = line.state === "cancelled";
  const money =
    line.direction === "debit" ? { ...line.amount, amount: `-${line.amount.amount}` } : line.amount;
  return (
    <li className="flex items-center gap-3 py-3" data-testid="imported-line">
      <span className="min-w-0 flex-1">
        <span className="block truncate" translate={who === null ? "yes" : "no"}>
          {who ?? t("imports.transactions.no_name")}
        </span>
        <span className="block truncate text-sm text-ink-muted">
          <DateText value={line.bookingDate} style="date" />
          {line.time !== null && ` ${line.time.slice(0, 5)}`}
          {more !== null && <span translate="no"> · {more}</span>}
        </span>
      </span>
      <span className="flex shrink-0 flex-col items-end gap-1">
        <MoneyText
          money={money}
          signed={line.direction !== "none" && !cancelled}
          className={cancelled ? "text-ink-muted line-through" : "font-bold"}
        />
        {cancelled && (
          <Badge tone="neutral" icon={Ban}>
            {t("imports.state.cancelled")}
          </Badge>
        )}
        {line.state === "pending" && (
          <Badge tone="warning" icon={Clock}>
            {t("imports.state.pending")}
          </Badge>
        )}
        {line.state === "booked" && line.direction === "none" && (
          <span className="text-sm text-ink-muted">{t("imports.state.none")}</span>
        )}
      </span>
    </li>
  );
}

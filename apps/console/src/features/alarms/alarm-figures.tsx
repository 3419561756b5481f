import type { Alarm } from "@jinqiao/contract";
import { Badge, MoneyText } from "@jinqiao/ui";
import { CircleCheck, Siren } from "lucide-react";
import { useAlarmsT } from "../../i18n.ts";

/** What an alarm should be or is, as what it measures. */
export function Figure({ alarm, which }: { alarm: Alarm; which: "expected" | "found" }) {
  const { currency, unit } = alarm;
  if (unit === "amount" && currency !== null) return <MoneyText money={{ amount: alarm[which], currency }} />;
  return <span className="tabular break-words">{alarm[which]}</span>;
}

export function AlarmBadge({ status }: { status: Alarm["status"] }) {
  const t = useAlarmsT();
  return (
    <Badge
      tone={status === "open" ? "danger" : "positive"}
      icon={status === "open" ? Siren : CircleCheck}
      data-testid="alarm-status"
      data-status={status}
    >
      {t(`alarm_status.${status}`)}
    </Badge>
  );
}

/** What to do depends on what it is about: rows that never change, accounts, sums, the money at the bank, the log. */
export function remedyOf(invariant: Alarm["invariant"]): "rows" | "account" | "sums" | "custody" | "log" {
  switch (invariant) {
    case "account_sequence":
    case "account_balance":
    case "account_held":
    case "account_floor":
      return "account";
    case "trial_balance":
    case "totals":
      return "sums";
    case "custody":
      return "custody";
    case "log_consistent":
      return "log";
    default:
      return "rows";
  }
}

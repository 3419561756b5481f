import { Notice, useFormatDate, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Clock } from "lucide-react";
import { banksQuery } from "../../api.ts";
import { useT } from "../../text.ts";

/** Said before a payment is confirmed: its bank takes no orders now, and when the payment will be sent. */
export function BankNotice({ bankId }: { bankId: string }) {
  const t = useT();
  const local = useLocalText();
  const date = useFormatDate();
  const banks = useQuery(banksQuery);
  const bank = banks.data?.find(({ id }) => id === bankId);
  if (bank === undefined || bank.health.state === "available") return null;
  const { state, until } = bank.health;
  return (
    <Notice tone="warning" icon={Clock} role="status">
      <span data-testid="bank-notice" data-state={state}>
        {state === "maintenance" && until !== null
          ? t("bank.maintenance.move", { bank: local(bank.name), until: date(until) })
          : t("bank.unavailable.move", { bank: local(bank.name) })}
      </span>
    </Notice>
  );
}

/** When a payment arrives: as usual, or counted from the moment its bank takes orders again. */
export function Arrival({ bankId, usual }: { bankId: string; usual: string }) {
  const t = useT();
  const date = useFormatDate();
  const health = useQuery(banksQuery).data?.find(({ id }) => id === bankId)?.health;
  if (health === undefined || health.state === "available") return usual;
  return health.state === "maintenance" && health.until !== null
    ? t("bank.maintenance.arrival", { until: date(health.until) })
    : t("bank.unavailable.arrival");
}

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

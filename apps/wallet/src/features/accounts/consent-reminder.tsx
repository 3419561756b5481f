import { Notice, useFormatDate, useLocalText } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { CalendarClock } from "lucide-react";
import type { LinkedAccount } from "../../api.ts";
import { useT } from "../../text.ts";
import { endsSoon } from "./account-row.tsx";

/** Reminds once per bank of a permission that ends soon or has ended. */
export function ConsentReminder({ accounts }: { accounts: LinkedAccount[] }) {
  const t = useT();
  const local = useLocalText();
  const formatDate = useFormatDate();
  const concerned = accounts.filter((account) => account.status === "expired" || endsSoon(account));
  const byBank = [...new Map(concerned.map((account) => [account.bankId, account])).values()];
  return byBank.map((account) => (
    <Notice key={account.bankId} tone="warning" icon={CalendarClock} className="mb-4">
      {account.status === "expired" || account.consentValidUntil === null
        ? t("consent.reminder.ended", { bank: local(account.bankName) })
        : t("consent.reminder.soon", {
            bank: local(account.bankName),
            date: formatDate(account.consentValidUntil, "date"),
          })}{" "}
      <Link to="/link" className="font-semibold underline">
        {t("consent.renew")}
      </Link>
    </Notice>
  ));
}

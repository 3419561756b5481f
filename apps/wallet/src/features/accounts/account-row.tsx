import { Badge, classNames, DateText, MoneyText, useLocalText } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { CircleAlert, Landmark } from "lucide-react";
import type { LinkedAccount } from "../../api.ts";
import { useT } from "../../text.ts";

/** Days before the end of a permission from which on the wallet reminds of it. */
const warnDays = 14;

/** True when the bank's permission ends soon, so that it can be renewed before payments stop. */
export function endsSoon(account: LinkedAccount, now: Date = new Date()): boolean {
  if (account.status !== "active" || account.consentValidUntil === null) return false;
  const end = Date.parse(`${account.consentValidUntil}T23:59:59Z`);
  return end - now.getTime() < warnDays * 24 * 3_600_000;
}

/** The bank's name of an account with its masked number, which never breaks across lines. */
export function accountName(account: LinkedAccount): string {
  return `${account.name} ${account.maskedNumber.replaceAll(" ", "\u00a0")}`;
}

/** A linked account in a list, leading to its page. */
export function AccountRow({ account }: { account: LinkedAccount }) {
  return (
    <Link
      to="/accounts/$accountId"
      params={{ accountId: account.id }}
      data-testid={`linked-account-${account.id}`}
      data-status={account.status}
      className="-mx-2 flex min-h-16 items-center gap-3 rounded-2xl px-2 py-3 hover:bg-sunken"
    >
      <AccountSummary account={account} />
    </Link>
  );
}

/** What one sees of a linked account: bank, name and number, balance and how old it is. */
export function AccountSummary({ account }: { account: LinkedAccount }) {
  const t = useT();
  const local = useLocalText();
  const shown = account.balance?.available ?? account.balance?.booked ?? null;
  return (
    <>
      <span
        className={classNames(
          "inline-flex size-10 shrink-0 items-center justify-center rounded-full",
          account.status === "active" ? "bg-jade-soft text-jade" : "bg-neutral-soft text-neutral",
        )}
      >
        <Landmark aria-hidden className="size-5" />
      </span>
      <span className="min-w-0 flex-1 text-left">
        {/* A long balance goes below the bank's name instead of pressing it out of sight. */}
        <span className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="min-w-0 truncate text-base">{local(account.bankName)}</span>
          <span className="ml-auto text-right">
            {account.status !== "active" ? (
              <Badge tone="warning" icon={CircleAlert}>
                {t(`account.status.${account.status}`)}
              </Badge>
            ) : !account.showsBalance ? null : shown === null ? (
              <span className="text-sm text-ink-muted">{t("account.no_balance")}</span>
            ) : (
              <MoneyText money={shown} className="text-base font-bold" />
            )}
          </span>
        </span>
        <span className="flex items-baseline justify-between gap-x-3 text-ink-muted">
          <span className="flex min-w-0 gap-1.5 text-sm">
            <span className="truncate">{account.name}</span>
            <span className="shrink-0 whitespace-nowrap">{account.maskedNumber}</span>
          </span>
          {account.status === "active" && shown !== null && account.balanceAsOf && (
            <span className="shrink-0 text-xs">
              {t("account.as_of")} <DateText value={account.balanceAsOf} style="recent" />
            </span>
          )}
        </span>
      </span>
    </>
  );
}

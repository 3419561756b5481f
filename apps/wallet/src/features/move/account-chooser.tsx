import { Button, classNames } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { LinkedAccount } from "../../api.ts";
import { useT } from "../../text.ts";
import { AccountSummary } from "../accounts/account-row.tsx";

/** More than this are folded away, the chosen one always in sight. */
const shownFolded = 3;

/** One of the linked accounts, as radio buttons. */
export function AccountChooser({
  legend,
  accounts,
  chosen,
  onChoose,
}: {
  legend: string;
  accounts: LinkedAccount[];
  chosen: LinkedAccount | undefined;
  onChoose: (account: LinkedAccount) => void;
}) {
  const t = useT();
  const [unfolded, setUnfolded] = useState(accounts.length <= shownFolded + 1);
  const chosenFirst = [...accounts].sort((a, b) => Number(b.id === chosen?.id) - Number(a.id === chosen?.id));
  const shown = unfolded ? accounts : chosenFirst.slice(0, shownFolded);
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 text-sm font-medium">{legend}</legend>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
        {shown.map((account) => (
          <label
            key={account.id}
            data-testid={`linked-account-${account.id}`}
            className={classNames(
              "flex min-h-16 cursor-pointer items-center gap-3 rounded-2xl border-2 p-3 has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-jade",
              account.id === chosen?.id ? "border-jade bg-jade-soft" : "border-line hover:bg-sunken",
            )}
          >
            <input
              type="radio"
              name="linkedAccountId"
              value={account.id}
              checked={account.id === chosen?.id}
              onChange={() => onChoose(account)}
              className="sr-only"
            />
            <AccountSummary account={account} />
          </label>
        ))}
        {!unfolded && (
          <Button variant="ghost" size="small" data-testid="all-accounts" onClick={() => setUnfolded(true)}>
            {t("move.all_accounts", { count: accounts.length })}
          </Button>
        )}
        <Link
          to="/link"
          className="inline-flex min-h-11 items-center gap-2 rounded-2xl px-3 text-sm font-semibold text-jade hover:bg-jade-soft"
        >
          <Plus aria-hidden className="size-4" />
          {t("move.other_account")}
        </Link>
      </div>
    </fieldset>
  );
}

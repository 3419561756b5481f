import { buttonClasses, Card, EmptyState, Page, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Landmark, Plus } from "lucide-react";
import { linkedAccountsQuery } from "../../api.ts";
import { useT } from "../../text.ts";
import { ImportLink } from "../imports/import-link.tsx";
import { AccountRow } from "./account-row.tsx";
import { ConsentReminder } from "./consent-reminder.tsx";

export function AccountsPage() {
  const t = useT();
  const accounts = useQuery(linkedAccountsQuery);
  return (
    <Page
      title={t("accounts.title")}
      actions={
        <Link to="/link" data-testid="action-link" className={buttonClasses("primary", "small")}>
          <Plus aria-hidden className="size-4" />
          {t("action.link")}
        </Link>
      }
    >
      {accounts.data && <ConsentReminder accounts={accounts.data} />}
      <Card aria-label={t("accounts.title")}>
        <Problem error={accounts.error} onRetry={() => accounts.refetch()} />
        {accounts.isPending && <SkeletonList rows={3} />}
        {accounts.data?.length === 0 && (
          <EmptyState icon={Landmark} title={t("accounts.none")}>
            {t("accounts.none.text")}
          </EmptyState>
        )}
        <ul className="divide-y divide-line">
          {accounts.data?.map((account) => (
            <li key={account.id}>
              <AccountRow account={account} />
            </li>
          ))}
        </ul>
      </Card>
      <p className="mt-4">
        <ImportLink />
      </p>
    </Page>
  );
}

import {
  buttonClasses,
  Card,
  DateText,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useFormatDate,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { consentQuery, linkedAccountsQuery } from "../../api.ts";
import { AccountRow } from "../accounts/account-row.tsx";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/link/done");

/** Where the customer comes back to from the bank, with what is linked now and what to do next. */
export function LinkDonePage() {
  const t = useT();
  const local = useLocalText();
  const formatDate = useFormatDate();
  const { consent: consentId } = route.useSearch();
  const consent = useQuery({ ...consentQuery(consentId ?? ""), enabled: consentId !== undefined });
  const accounts = useQuery(linkedAccountsQuery);
  const linked = accounts.data?.filter(
    (account) => consentId === undefined || account.consentId === consentId,
  );
  const first = linked?.find((account) => account.status === "active");

  return (
    <Page title={t("link.done.title")} narrow>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Notice tone="positive" icon={CircleCheck} role="status">
          <p className="text-base font-medium">
            {consent.data
              ? consent.data.validUntil
                ? t("link.done.until", {
                    bank: local(consent.data.bankName),
                    date: formatDate(consent.data.validUntil, "date"),
                  })
                : t("link.done.text", { bank: local(consent.data.bankName) })
              : t("link.done.plain")}
          </p>
        </Notice>
        <Problem error={accounts.error ?? consent.error} onRetry={() => accounts.refetch()} />
        <Card aria-labelledby="linked">
          <h2 id="linked" className="mb-2 text-lg font-bold">
            {t("link.done.accounts", { count: linked?.length ?? 0 })}
          </h2>
          {accounts.isPending && <SkeletonList rows={2} />}
          <ul className="divide-y divide-line">
            {linked?.map((account) => (
              <li key={account.id}>
                <AccountRow account={account} />
              </li>
            ))}
          </ul>
          {consent.data?.validUntil && (
            <p className="mt-3 text-sm text-ink-muted" data-testid="consent-until">
              {t("account.consent_until")}: <DateText value={consent.data.validUntil} style="date" />
            </p>
          )}
        </Card>
        <div className="flex flex-wrap gap-3">
          <Link
            to="/top-up"
            search={first ? { account: first.id } : {}}
            data-testid="action-top-up"
            className={buttonClasses("primary")}
          >
            {t("link.done.top_up")}
          </Link>
          <Link to="/" className={buttonClasses("secondary")}>
            {t("nav.home")}
          </Link>
        </div>
      </div>
    </Page>
  );
}

import {
  Badge,
  Card,
  DateText,
  EmptyState,
  MoneyText,
  Page,
  Problem,
  SkeletonList,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight, FileText } from "lucide-react";
import { BackLink } from "../../app/back-link.tsx";
import { FileChooser } from "./file-chooser.tsx";
import { type ImportedAccount, importedAccountsQuery, importsQuery } from "./queries.ts";
import { useT } from "./text.ts";

/** Statements from elsewhere: choose a file, see what was imported before. */
export function ImportsPage() {
  const t = useT();
  const local = useLocalText();
  const accounts = useQuery(importedAccountsQuery);
  const imports = useQuery(importsQuery);
  return (
    <Page title={t("imports.title")} leading={<BackLink to="/accounts" />}>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <FileChooser />
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <Card aria-labelledby="imported-accounts">
            <h2 id="imported-accounts" className="text-lg font-bold">
              {t("imports.accounts")}
            </h2>
            <p className="text-sm text-ink-muted">{t("imports.accounts.text")}</p>
            <Problem error={accounts.error} onRetry={() => accounts.refetch()} />
            {accounts.isPending && <SkeletonList rows={2} className="mt-3" />}
            {accounts.data?.length === 0 && (
              <EmptyState icon={FileText} title={t("imports.accounts.none")}>
                {t("imports.accounts.none.text")}
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
          {imports.data !== undefined && imports.data.length > 0 && (
            <Card aria-labelledby="imports-history">
              <h2 id="imports-history" className="mb-1 text-lg font-bold">
                {t("imports.history")}
              </h2>
              <ul className="divide-y divide-line">
                {imports.data.map((one) => (
                  <li key={one.id}>
                    <Link
                      to="/imports/$importId"
                      params={{ importId: one.id }}
                      data-testid={`import-${one.id}`}
                      className="flex min-h-14 items-center gap-3 py-2"
                    >
                      <span className="min-w-0 flex-1">
                        <span className="block">{local(one.formatName)}</span>
                        <span className="block text-sm text-ink-muted">
                          {one.keptAt && <DateText value={one.keptAt} />} ·{" "}
                          {t("imports.lines", {
                            count: one.accounts.reduce((sum, { lineCount }) => sum + lineCount, 0),
                          })}
                        </span>
                      </span>
                      <ChevronRight aria-hidden className="size-5 shrink-0 text-ink-muted" />
                    </Link>
                  </li>
                ))}
              </ul>
            </Card>
          )}
        </div>
      </div>
    </Page>
  );
}

function AccountRow({ account }: { account: ImportedAccount }) {
  const t = useT();
  return (
    <Link
      to="/imports/accounts/$accountId"
      params={{ accountId: account.id }}
      data-testid={`imported-account-${account.id}`}
      className="flex min-h-16 items-center gap-3 py-3"
    >
      <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-neutral-soft text-ink-muted">
        <FileText aria-hidden className="size-5" />
      </span>
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2">
          <span className="min-w-0 truncate font-semibold" translate="no">
            {account.name}
          </span>
          <Badge tone="neutral">{t("imports.badge")}</Badge>
        </span>
        <span className="block truncate text-sm text-ink-muted">
          {account.maskedNumber && <span translate="no">{account.maskedNumber} · </span>}
          {account.currency} · {t("imports.lines", { count: account.lineCount })}
        </span>
      </span>
      {account.closing && <MoneyText money={account.closing} className="shrink-0 text-ink-muted" />}
      <ChevronRight aria-hidden className="size-5 shrink-0 text-ink-muted" />
    </Link>
  );
}

import type { AuditEntry } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  buttonClasses,
  EmptyState,
  Field,
  Notice,
  Problem,
  SelectField,
  SkeletonList,
  useAction,
} from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api } from "../../api.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { LoadMore } from "../../components/load-more.tsx";
import { PageHeader } from "../../components/page.tsx";
import { Cell, type Column, Table } from "../../components/table.tsx";
import { useDeskT, useLocalText } from "../../i18n.ts";
import { type AuditSearch, readAuditSearch } from "./audit-search.ts";

const route = getRouteApi("/staff/audit");

/** The audit trail: who did what, with filters, a file to keep, and its proof. */
export function AuditPage() {
  const t = useDeskT();
  const search = route.useSearch();
  const query = useInfiniteQuery({
    queryKey: ["audit", search],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/audit", {
          params: { query: { ...search, limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const file = `/v1/console/audit/export?${new URLSearchParams(search)}`;
  return (
    <>
      <PageHeader
        title={t("audit.title")}
        lead={t("audit.lead")}
        actions={
          <a href={file} download className={buttonClasses("secondary", "small")}>
            {t("audit.export")}
          </a>
        }
      />
      <Verify />
      <Filters key={JSON.stringify(search)} search={search} />
      {query.isPending && <SkeletonList rows={6} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && items.length === 0 && <EmptyState icon={ScrollText} title={t("audit.none")} />}
      {items.length > 0 && (
        <div className="rounded-2xl border border-line bg-surface px-2">
          <Entries items={items} />
          <LoadMore query={query} />
        </div>
      )}
    </>
  );
}

function Verify() {
  const t = useDeskT();
  const localText = useLocalText();
  const [verdict, setVerdict] = useState<{
    ok: boolean;
    entries: string;
    heads: string;
    problem: { en: string; zh: string } | null;
  }>();
  const { run, pending, error } = useAction(async () => {
    setVerdict(await unwrap(api.GET("/v1/console/audit/verification")));
  });
  return (
    <div className="mb-4 grid gap-3">
      <div>
        <Button size="small" data-testid="verify" pending={pending} onClick={() => run()}>
          {t("audit.verify")}
        </Button>
      </div>
      <Problem error={error} />
      {verdict && (
        <Notice tone={verdict.ok ? "positive" : "danger"} role={verdict.ok ? "status" : "alert"}>
          {verdict.problem === null
            ? t("audit.verified", { entries: verdict.entries, heads: verdict.heads })
            : `${t("audit.broken")} ${localText(verdict.problem)}`}
        </Notice>
      )}
    </div>
  );
}

function Filters({ search }: { search: AuditSearch }) {
  const t = useDeskT();
  const navigate = useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(event.currentTarget));
    void navigate({ to: "/audit", search: readAuditSearch(typed) });
  };
  return (
    <form onSubmit={submit} className="mb-4 grid items-end gap-3 sm:grid-cols-2 lg:grid-cols-5">
      <Field name="actorId" label={t("audit.actor")} defaultValue={search.actorId} autoComplete="off" />
      <Field
        name="action"
        label={t("audit.action")}
        title={t("audit.action_hint")}
        defaultValue={search.action}
        autoComplete="off"
      />
      <Field name="subject" label={t("audit.subject")} defaultValue={search.subject} autoComplete="off" />
      <SelectField name="outcome" label={t("audit.outcome")} defaultValue={search.outcome ?? ""}>
        <option value="">{t("audit.any")}</option>
        <option value="done">{t("audit.done")}</option>
        <option value="refused">{t("audit.refused")}</option>
      </SelectField>
      <Button type="submit" variant="secondary">
        {t("audit.filter")}
      </Button>
    </form>
  );
}

function Entries({ items }: { items: readonly AuditEntry[] }) {
  const t = useDeskT();
  const columns: Column[] = [
    { id: "when", head: t("audit.when") },
    { id: "who", head: t("audit.who") },
    { id: "action", head: t("audit.action") },
    { id: "subject", head: t("audit.subject"), from: "md" },
    { id: "from", head: t("audit.from"), from: "lg" },
    { id: "details", head: t("audit.details"), from: "md" },
  ];
  const [when, who, action, subject, from, details] = columns;
  return (
    <Table caption={t("audit.title")} columns={columns}>
      {items.map((entry) => (
        <tr key={entry.id} data-testid="audit-entry" className="border-b border-line last:border-0">
          <Cell column={when}>
            <InstantText value={entry.at} />
          </Cell>
          <Cell column={who}>
            {t(`audit_actor.${entry.actor}`)}
            {entry.actorId && (
              <span translate="no" className="block text-xs break-all text-ink-muted">
                {entry.actorName ?? entry.actorId}
              </span>
            )}
          </Cell>
          <Cell column={action}>
            <span translate="no">{entry.action}</span>{" "}
            {entry.outcome === "refused" && <Badge tone="danger">{t("audit.refused")}</Badge>}
          </Cell>
          <Cell column={subject}>
            <span translate="no" className="text-xs break-all">
              {entry.subject}
            </span>
          </Cell>
          <Cell column={from}>
            <span translate="no">{entry.from}</span>
          </Cell>
          <Cell column={details}>
            <span translate="no" className="text-xs break-words">
              {Object.entries(entry.details)
                .filter(([, value]) => value !== null)
                .map(([name, value]) => `${name}: ${value}`)
                .join(" · ")}
            </span>
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

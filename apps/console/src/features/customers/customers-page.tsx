import { ApiError, unwrap } from "@jinqiao/contract/client";
import { Button, Field, Notice, Problem, SkeletonList, useAction } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { PageHeader, Section } from "../../components/page.tsx";
import { useDeskT } from "../../i18n.ts";

/** Finds one customer, and shows whose appeal waits for an answer. */
export function CustomersPage() {
  const t = useDeskT();
  const [text, setText] = useState("");
  const search = useAction(async () => {
    const wanted = text.trim();
    setFound(undefined);
    const body = wanted.startsWith("cus_") ? { customerId: wanted } : { email: wanted };
    setFound(await unwrap(api.POST("/v1/console/customer-lookups", { body })));
  });
  const [found, setFound] = useState<{ customerId: string; nameMasked: string; emailMasked: string }>();
  const none = search.error instanceof ApiError && search.error.problem.code === "request.not_found";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") void search.run();
  };
  return (
    <>
      <PageHeader title={t("customers.title")} lead={t("customers.lead")} />
      <div className="grid gap-4">
        <Section title={t("customers.find")}>
          <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
            <div className="min-w-0 flex-1 basis-72">
              <Field
                name="customer"
                autoComplete="off"
                label={t("customers.search")}
                hint={t("customers.search_hint")}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            </div>
            <Button type="submit" data-testid="find-customer" pending={search.pending}>
              {t("customers.find")}
            </Button>
          </form>
          <div className="mt-3">
            {none ? <Notice tone="warning">{t("customers.none")}</Notice> : <Problem error={search.error} />}
            {found && (
              <p data-testid="found-customer" className="flex flex-wrap items-baseline gap-3 text-sm">
                <strong translate="no">{found.nameMasked}</strong>
                <span translate="no">{found.emailMasked}</span>
                <Link
                  to="/customers/$customerId"
                  params={{ customerId: found.customerId }}
                  data-testid="open-customer"
                  className="font-semibold text-jade underline"
                >
                  {t("customers.open")}
                </Link>
              </p>
            )}
          </div>
        </Section>
        <Appeals />
      </div>
    </>
  );
}

function Appeals() {
  const t = useDeskT();
  const enabled = useMay("freezes.lift");
  const query = useQuery({
    queryKey: ["customers", "appeals"],
    queryFn: ({ signal }) => unwrap(api.GET("/v1/console/appeals", { signal })),
    enabled,
  });
  if (!enabled) return null;
  return (
    <Section title={t("customers.appeals")}>
      {query.isPending && <SkeletonList rows={2} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.items.length === 0 && (
        <p className="text-sm text-ink-muted">{t("customers.appeals_none")}</p>
      )}
      <ul className="grid gap-3">
        {query.data?.items.map((freeze) => (
          <li key={freeze.id} className="border-b border-line pb-3 text-sm last:border-0 last:pb-0">
            <p className="flex flex-wrap items-baseline gap-3">
              <strong>{t(`freeze_scope.${freeze.scope}`)}</strong>
              <span className="text-ink-muted">{t(`freeze_by.${freeze.by}`)}</span>
              {freeze.appeal && <InstantText value={freeze.appeal.at} />}
              <Link
                to="/customers/$customerId"
                params={{ customerId: freeze.customerId }}
                className="font-semibold text-jade underline"
              >
                {t("customers.open")}
              </Link>
            </p>
            {freeze.appeal?.text && (
              <blockquote translate="no" className="mt-1 break-words">
                “{freeze.appeal.text}”
              </blockquote>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

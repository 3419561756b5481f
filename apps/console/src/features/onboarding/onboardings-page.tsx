import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  EmptyState,
  Field,
  Notice,
  Problem,
  SkeletonList,
  useAction,
  useFieldErrors,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CircleCheck, Clock, Landmark } from "lucide-react";
import type { FormEvent } from "react";
import { api, onboardingsQuery } from "../../api.ts";
import { useMayAct } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { PageHeader, Section } from "../../components/page.tsx";
import { Cell, type Column, Row, RowLink, Table } from "../../components/table.tsx";
import { useOnboardingT } from "../../i18n.ts";

/** Banks that are being taken in, how far each is, and the way to begin with another. */
export function OnboardingsPage() {
  const t = useOnboardingT();
  const local = useLocalText();
  const mayAct = useMayAct();
  const query = useQuery(onboardingsQuery);
  const items = query.data ?? [];
  const columns: Column[] = [
    { id: "bank", head: t("onboarding.column.bank") },
    { id: "steps", head: t("onboarding.column.steps"), align: "right" },
    { id: "opened", head: t("onboarding.column.opened"), from: "md" },
    { id: "state", head: t("alarms.column.status"), align: "right" },
  ];
  const [bank, steps, opened, state] = columns;
  return (
    <>
      <PageHeader title={t("nav.onboarding")} lead={t("onboarding.lead")} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {query.isPending && <SkeletonList rows={3} />}
        {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
        {query.isSuccess && items.length === 0 && (
          <EmptyState icon={Landmark} title={t("onboarding.none")}>
            {t("onboarding.none_hint")}
          </EmptyState>
        )}
        {items.length > 0 && (
          <div className="rounded-2xl border border-line bg-surface px-2">
            <Table caption={t("nav.onboarding")} columns={columns}>
              {items.map((item) => (
                <Row key={item.id} testId={`onboarding-row-${item.bankId}`}>
                  <Cell column={bank}>
                    <RowLink to="/onboarding/$onboardingId" params={{ onboardingId: item.id }}>
                      {local(item.name)}
                    </RowLink>
                    <span translate="no" className="block font-mono text-xs text-ink-muted">
                      {item.bankId}
                    </span>
                  </Cell>
                  <Cell column={steps}>
                    {t("onboarding.of", {
                      closed: item.steps.filter((step) => step.closedAt !== null).length,
                      all: item.steps.length,
                    })}
                  </Cell>
                  <Cell column={opened}>
                    <InstantText value={item.openedAt} />
                  </Cell>
                  <Cell column={state}>
                    {item.launchedAt ? (
                      <Badge tone="positive" icon={CircleCheck}>
                        {t("onboarding.launched")}
                      </Badge>
                    ) : (
                      <Badge tone="info" icon={Clock}>
                        {t("onboarding.under_way")}
                      </Badge>
                    )}
                  </Cell>
                </Row>
              ))}
            </Table>
          </div>
        )}
        {mayAct ? <OpenWorkspace /> : <Notice tone="neutral">{t("onboarding.viewer")}</Notice>}
      </div>
    </>
  );
}

function OpenWorkspace() {
  const t = useOnboardingT();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const open = useAction(async (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const workspace = await unwrap(
      api.POST("/v1/console/onboardings", {
        body: { bankId: text("bankId"), name: { en: text("nameEn"), zh: text("nameZh") } },
      }),
    );
    await queryClient.invalidateQueries({ queryKey: ["onboardings"] });
    await navigate({ to: "/onboarding/$onboardingId", params: { onboardingId: workspace.id } });
  });
  const errorOf = useFieldErrors(open.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void open.run(new FormData(event.currentTarget));
  };
  return (
    <Section title={t("onboarding.new")}>
      <form onSubmit={submit} noValidate className="grid max-w-3xl gap-4 md:grid-cols-3">
        <Field
          name="bankId"
          label={t("onboarding.bank_id")}
          hint={t("onboarding.bank_id_hint")}
          maxLength={40}
          error={errorOf("bankId")}
        />
        <Field name="nameEn" label={t("onboarding.name_en")} maxLength={140} error={errorOf("name.en")} />
        <Field name="nameZh" label={t("onboarding.name_zh")} maxLength={140} error={errorOf("name.zh")} />
        <div className="grid gap-3 md:col-span-3">
          <Problem error={open.error} />
          <div>
            <Button type="submit" data-testid="open-onboarding" pending={open.pending}>
              {t("onboarding.open")}
            </Button>
          </div>
        </div>
      </form>
    </Section>
  );
}

import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Field,
  Notice,
  Problem,
  SkeletonList,
  TextAreaField,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { PageHeader, Section } from "../../components/page.tsx";
import { useLocalText } from "../../i18n.ts";
import { FeeTerms } from "./fee-terms.tsx";
import { type FeePlan, feePlansQuery } from "./queries.ts";
import { useMerchantsT } from "./text.ts";

/** Every version of every plan, and the way to propose another. */
export function FeePlansPage() {
  const t = useMerchantsT();
  const local = useLocalText();
  const mayDecide = useMay("merchants.decide");
  const query = useQuery(feePlansQuery);
  const [newest] = query.data ?? [];
  return (
    <>
      <PageHeader title={t("plans.title")} lead={t("plans.lead")} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {query.isPending && <SkeletonList rows={4} />}
        {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
        {(query.data ?? []).map((plan) => (
          <Section
            key={plan.id}
            title={`${local(plan.name)} · ${t("plans.version", { version: plan.version })}`}
            aside={
              <span className="text-sm text-ink-muted">
                {t("plans.merchants", { count: plan.merchants })}
              </span>
            }
          >
            <FeeTerms terms={plan.terms} />
          </Section>
        ))}
        {mayDecide && newest && <ProposePlan from={newest} />}
      </div>
    </>
  );
}

function ProposePlan({ from }: { from: FeePlan }) {
  const t = useMerchantsT();
  const queryClient = useQueryClient();
  const [proposed, setProposed] = useState(false);
  const [badJson, setBadJson] = useState(false);
  const { run, pending, error } = useAction(async (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? "").trim();
    let terms: FeePlan["terms"];
    try {
      terms = JSON.parse(text("terms")) as FeePlan["terms"];
    } catch {
      setBadJson(true);
      return;
    }
    setBadJson(false);
    await unwrap(
      api.POST("/v1/console/fee-plans", {
        body: {
          key: text("key"),
          name: { en: text("nameEn"), zh: text("nameZh") },
          terms,
          reason: text("reason"),
        },
      }),
    );
    setProposed(true);
    await queryClient.invalidateQueries({ queryKey: ["approvals"] });
  });
  const errorOf = useFieldErrors(error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void run(new FormData(event.currentTarget));
  };
  return (
    <Section title={t("plans.new")} lead={t("plans.new_lead")}>
      {proposed ? (
        <Notice tone="positive" role="status">
          {t("merchant.proposed")}
        </Notice>
      ) : (
        <form onSubmit={submit} noValidate className="grid max-w-2xl gap-4">
          <Field
            name="key"
            label={t("plans.key")}
            defaultValue={from.key}
            maxLength={40}
            error={errorOf("key")}
          />
          <Field
            name="nameEn"
            label={t("plans.name_en")}
            defaultValue={from.name.en}
            maxLength={60}
            error={errorOf("name.en")}
          />
          <Field
            name="nameZh"
            label={t("plans.name_zh")}
            defaultValue={from.name.zh}
            maxLength={60}
            error={errorOf("name.zh")}
          />
          <TextAreaField
            name="terms"
            translate="no"
            label={t("plans.terms")}
            rows={14}
            spellCheck={false}
            defaultValue={JSON.stringify(from.terms, null, 2)}
            error={badJson ? t("plans.terms_invalid") : errorOf("terms")}
          />
          <TextAreaField
            name="reason"
            label={t("merchant.reason")}
            rows={2}
            maxLength={140}
            required
            error={errorOf("reason")}
          />
          <Problem error={error} />
          <div>
            <Button type="submit" data-testid="propose-plan" pending={pending}>
              {t("merchant.propose")}
            </Button>
          </div>
        </form>
      )}
    </Section>
  );
}

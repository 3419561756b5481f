import type { Merchant } from "@jinqiao/contract";
import { Badge, buttonClasses, Notice, Problem, SkeletonList, type Tone, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleX } from "lucide-react";
import { Section } from "../../components/page.tsx";
import { PortalLink } from "../app/navigation.tsx";
import { useMay, useMerchant } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { profileQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { BeginMerchant } from "./begin-merchant.tsx";
import { AddDocument, HandIn } from "./hand-in.tsx";
import { ProfileForm } from "./profile-form.tsx";

/** Opens a merchant, step by step: its names, its business, its account, papers, and handing all of it in. */
export function SignUpPage() {
  const t = useT();
  const merchant = useMerchant();
  const asked = new URLSearchParams(location.search).has("new");
  if (merchant === null || asked)
    return (
      <>
        <PortalHeader title={t("sign_up.portal.title")} lead={t("sign_up.portal.lead")} />
        <BeginMerchant />
      </>
    );
  return <Opening />;
}

const tones: Record<Merchant["status"], Tone> = {
  draft: "neutral",
  under_review: "warning",
  active: "positive",
  declined: "danger",
  suspended: "danger",
  closed: "neutral",
};

function Opening() {
  const t = useT();
  const say = useLocalText();
  const query = useQuery({ ...profileQuery(), refetchInterval: 10_000 });
  const may = useMay("account.write");
  if (query.isPending) return <SkeletonList rows={6} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const merchant = query.data;
  const open = merchant.status === "draft" || merchant.status === "declined";
  return (
    <>
      <PortalHeader
        title={t("sign_up.portal.opening")}
        lead={t(`merchant_status.${merchant.status}.means`)}
        actions={
          <Badge tone={tones[merchant.status]} data-testid="merchant-status" data-status={merchant.status}>
            {t(`merchant_status.${merchant.status}`)}
          </Badge>
        }
      />
      <div className="grid gap-4">
        {merchant.statusNote && (
          <Notice tone="info">
            <strong>{t("sign_up.portal.note")}</strong>{" "}
            <span data-foreign translate="no">
              {merchant.statusNote}
            </span>
          </Notice>
        )}
        <Checks checks={merchant.checks} />
        {may && merchant.status !== "closed" ? (
          <>
            <Section title={t("sign_up.portal.step.business")} lead={t("sign_up.portal.step.business.lead")}>
              <ProfileForm key={merchant.version} merchant={merchant} />
            </Section>
            <Section title={t("sign_up.portal.step.account")} lead={t("sign_up.portal.step.account.lead")}>
              <PortalLink to="/account" className={buttonClasses("secondary", "small")}>
                {t("sign_up.portal.step.account.open")}
              </PortalLink>
            </Section>
            <Section title={t("sign_up.portal.step.papers")} lead={t("sign_up.portal.step.papers.lead")}>
              <AddDocument />
            </Section>
            {open && (
              <Section title={t("sign_up.portal.step.hand_in")} lead={t("sign_up.portal.step.hand_in.lead")}>
                {merchant.missing.length > 0 && (
                  <Notice tone="warning" className="mb-3">
                    {t("sign_up.portal.missing")}{" "}
                    {merchant.missing.map((field) => fieldName(t, field)).join(t("list.comma"))}
                  </Notice>
                )}
                <HandIn />
              </Section>
            )}
          </>
        ) : (
          <Notice>{t("portal.only_role")}</Notice>
        )}
      </div>
    </>
  );

  function Checks({ checks }: { checks: Merchant["checks"] }) {
    if (checks.length === 0) return null;
    return (
      <Section title={t("checks.title")} lead={t("checks.lead")}>
        <ul className="grid gap-2">
          {checks.map((check) => {
            const [Icon, color] = looks[check.outcome];
            return (
              <li key={check.id} className="flex gap-2 text-sm">
                <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${color}`} />
                <span>
                  <strong>{t(`check.${check.id}`)}</strong>{" "}
                  <span className="sr-only">{t(`check_outcome.${check.outcome}`)}</span>
                  <span className="block text-ink-muted">{say(check.detail)}</span>
                </span>
              </li>
            );
          })}
        </ul>
      </Section>
    );
  }
}

const looks = {
  passed: [CircleCheck, "text-positive"],
  attention: [CircleAlert, "text-warning"],
  failed: [CircleX, "text-danger"],
} as const;

const fields = [
  "legalName",
  "tradingName",
  "form",
  "registrationNumber",
  "mcc",
  "website",
  "supportEmail",
  "supportPhone",
  "address",
] as const;

/** A missing field in words; one that is new to this page is named as the API names it. */
function fieldName(t: ReturnType<typeof useT>, field: string): string {
  const known = fields.find((one) => one === field.split(".")[0]);
  return known === undefined ? field : t(`profile.${known}`);
}

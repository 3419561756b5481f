import { Badge, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck, CircleX, Eye } from "lucide-react";
import { useMay } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { useFormat, useLocalText } from "../../i18n.ts";
import type { MerchantsMessageId } from "../../locales/merchants/en.ts";
import { DecideMerchant } from "./decide-merchant.tsx";
import { FeeTerms } from "./fee-terms.tsx";
import { MerchantBadge } from "./merchants-page.tsx";
import { type ConsoleMerchant, merchantQuery } from "./queries.ts";
import { useMerchantsT } from "./text.ts";

const route = getRouteApi("/staff/merchants/$merchantId");

/** One merchant: what it says, what was checked, and what may be decided. */
export function MerchantPage() {
  const { merchantId } = route.useParams();
  const query = useQuery(merchantQuery(merchantId));
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  if (query.data === undefined) return <SkeletonList rows={6} />;
  return <MerchantView merchant={query.data} />;
}

function MerchantView({ merchant }: { merchant: ConsoleMerchant }) {
  const t = useMerchantsT();
  const local = useLocalText();
  const format = useFormat();
  const { plan, nextPlan } = merchant;
  return (
    <>
      <PageHeader
        title={local(merchant.profile.tradingName)}
        lead={<span translate="no">{merchant.id}</span>}
        actions={<MerchantBadge status={merchant.status} />}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Checks checks={merchant.checks} />
        <Profile merchant={merchant} />
        <Account account={merchant.settlementAccount} />
        <Documents documents={merchant.documents} />
        <Section
          title={t("merchant.plan")}
          aside={
            <span className="text-sm text-ink-muted">
              {local(plan.name)} · {t("plans.version", { version: plan.version })}
            </span>
          }
        >
          {nextPlan && (
            <p className="mb-3 text-sm font-semibold">
              {t("merchant.plan_next", {
                time: format.instant(nextPlan.from),
                name: local(nextPlan.plan.name),
                version: nextPlan.plan.version,
              })}
            </p>
          )}
          <FeeTerms terms={plan.terms} />
        </Section>
        <DecideMerchant key={merchant.version} merchant={merchant} />
        <Section title={t("merchant.record")}>
          <ul className="grid gap-1.5 text-sm">
            {merchant.record.map(({ at, what, by, detail }) => (
              <li key={`${at} ${what}`} className="break-words">
                <InstantText value={at} /> · {t(`merchant_done.${what}` as MerchantsMessageId)}
                {by !== null && (
                  <span translate="no" className="text-ink-muted">
                    {" "}
                    · {by}
                  </span>
                )}
                {detail && (
                  <span translate="no" className="text-ink-muted">
                    {" "}
                    · {detail}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </Section>
      </div>
    </>
  );
}

const outcomes = {
  passed: { tone: "positive", icon: CircleCheck },
  attention: { tone: "warning", icon: Eye },
  failed: { tone: "danger", icon: CircleX },
} as const;

function Checks({ checks }: { checks: ConsoleMerchant["checks"] }) {
  const t = useMerchantsT();
  const local = useLocalText();
  return (
    <Section title={t("merchant.checks")} lead={t("merchant.checks_lead")}>
      <ul className="grid gap-2">
        {checks.map(({ id, outcome, detail }) => (
          <li
            key={id}
            data-testid={`check-${id}`}
            className="grid gap-1 border-b border-line pb-2 last:border-0 sm:grid-cols-[11rem_minmax(0,1fr)_auto] sm:items-baseline sm:gap-3"
          >
            <span className="text-sm font-semibold">{t(`merchant_check.${id}`)}</span>
            <span className="text-sm text-ink-muted">{local(detail)}</span>
            <span>
              <Badge tone={outcomes[outcome].tone} icon={outcomes[outcome].icon}>
                {t(`merchant_outcome.${outcome}`)}
              </Badge>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Profile({ merchant }: { merchant: ConsoleMerchant }) {
  const t = useMerchantsT();
  const mayOpenCustomer = useMay("customers.read");
  const { profile, owners, members, stores, submittedAt, statusNote } = merchant;
  const { address, tradingName } = profile;
  const own = (text: string | null) => <span translate="no">{text ?? "—"}</span>;
  return (
    <Section title={t("merchant.profile")}>
      <Facts>
        <Fact name={t("merchant.legal_name")}>{own(profile.legalName)}</Fact>
        <Fact name={t("merchant.trading_name")}>
          {own(tradingName.en === tradingName.zh ? tradingName.en : `${tradingName.zh} / ${tradingName.en}`)}
        </Fact>
        <Fact name={t("merchant.form")}>
          {profile.form === null ? "—" : t(`merchant_form.${profile.form}`)}
        </Fact>
        <Fact name={t("merchant.number")}>{own(profile.registrationNumber)}</Fact>
        <Fact name={t("merchant.country")}>{profile.country}</Fact>
        <Fact name={t("merchant.mcc")}>{own(profile.mcc)}</Fact>
        {/* As text: nobody in the console is led to a stranger's site by one tap. */}
        <Fact name={t("merchant.website")}>{own(profile.website)}</Fact>
        <Fact name={t("merchant.support")}>
          {own([profile.supportEmail, profile.supportPhone].filter(Boolean).join(" · ") || null)}
        </Fact>
        <Fact name={t("merchant.address")}>
          {own(
            address &&
              [address.line1, address.line2, address.postalCode, address.city, address.country]
                .filter(Boolean)
                .join(", "),
          )}
        </Fact>
        <Fact name={t("merchant.zone")}>{own(profile.timeZone)}</Fact>
        <Fact name={t("merchant.currency")}>{profile.currency}</Fact>
        <Fact name={t("merchant.owners")}>
          {owners.map(({ customerId, nameMasked }) => (
            <span key={customerId} translate="no" className="block">
              {mayOpenCustomer ? (
                <Link to="/customers/$customerId" params={{ customerId }} className="text-jade underline">
                  {nameMasked}
                </Link>
              ) : (
                nameMasked
              )}
            </span>
          ))}
        </Fact>
        <Fact name={t("merchant.team")}>{t("merchant.team_value", { members, stores })}</Fact>
        {submittedAt && (
          <Fact name={t("merchant.submitted")}>
            <InstantText value={submittedAt} />
          </Fact>
        )}
        {statusNote && <Fact name={t("merchant.note")}>{own(statusNote)}</Fact>}
      </Facts>
    </Section>
  );
}

function Account({ account }: { account: ConsoleMerchant["settlementAccount"] }) {
  const t = useMerchantsT();
  return (
    <Section title={t("merchant.account")}>
      {account === null ? (
        <p className="text-sm text-ink-muted">{t("merchant.account_none")}</p>
      ) : (
        <Facts>
          <Fact name={t("merchant.account_number")}>
            <span translate="no">
              {account.maskedNumber} {account.currency}
            </span>
          </Fact>
          <Fact name={t("merchant.account_holder")}>
            <span translate="no">{account.holderName}</span>
          </Fact>
          <Fact name={t("merchant.account_check")}>
            {t(`account_check.${account.nameCheck}` as MerchantsMessageId)}
          </Fact>
          <Fact name={t("merchant.account_state")}>
            {t(`account_state.${account.status}` as MerchantsMessageId)}
          </Fact>
        </Facts>
      )}
    </Section>
  );
}

function Documents({ documents }: { documents: ConsoleMerchant["documents"] }) {
  const t = useMerchantsT();
  return (
    <Section title={t("merchant.documents")}>
      {documents.length === 0 && <p className="text-sm text-ink-muted">{t("merchant.documents_none")}</p>}
      <ul className="grid gap-3">
        {documents.map((document) => (
          <li key={document.id}>
            <details>
              <summary className="cursor-pointer text-sm font-semibold">
                <span translate="no">{document.title}</span>{" "}
                <span className="font-normal text-ink-muted">
                  · {t(`document_kind.${document.kind}`)} · <InstantText value={document.createdAt} />
                </span>
              </summary>
              <p translate="no" className="mt-2 text-sm break-words whitespace-pre-wrap">
                {document.text}
              </p>
            </details>
          </li>
        ))}
      </ul>
    </Section>
  );
}

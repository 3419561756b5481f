import type { BankHealth } from "@jinqiao/contract";
import { Badge, DateText, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, Wrench } from "lucide-react";
import { bankHealthQuery } from "../../api.ts";
import { Section } from "../../components/page.tsx";
import { useLocalText, useT } from "../../i18n.ts";

const looks = {
  available: { tone: "positive", icon: CircleCheck },
  maintenance: { tone: "warning", icon: Wrench },
  unavailable: { tone: "danger", icon: CircleX },
} as const;

/** Whether each bank answers, how fast, and until when it is closed. */
export function BankHealthSection() {
  const t = useT();
  const query = useQuery(bankHealthQuery);
  return (
    <Section title={t("overview.banks")} lead={t("overview.banks_lead")}>
      {query.isPending && <SkeletonList rows={2} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-2 sm:grid-cols-[repeat(2,minmax(0,1fr))]">
        {query.data?.items.map((bank) => (
          <BankCard key={bank.bankId} bank={bank} />
        ))}
      </ul>
    </Section>
  );
}

function BankCard({ bank }: { bank: BankHealth }) {
  const t = useT();
  const localText = useLocalText();
  const { tone, icon } = looks[bank.state];
  return (
    <li data-testid={`bank-health-${bank.bankId}`} className="rounded-xl border border-line p-3 text-sm">
      <p className="flex flex-wrap items-center justify-between gap-2">
        <span className="font-semibold">
          {localText(bank.bankName)}{" "}
          <code className="text-xs font-normal text-ink-muted">{bank.dialect}</code>
        </span>
        <Badge tone={tone} icon={icon} data-state={bank.state}>
          {t(`bank_state.${bank.state}`)}
        </Badge>
      </p>
      {bank.until !== null && (
        <p className="mt-1 text-xs">
          {t(bank.state === "maintenance" ? "bank_state.opens" : "bank_state.tried")}{" "}
          <DateText value={bank.until} />
        </p>
      )}
      <p className="mt-1 text-xs text-ink-muted">
        {bank.calls === 0
          ? t("bank_health.no_calls")
          : t("bank_health.figures", {
              failures: bank.failures,
              calls: bank.calls,
              median: bank.medianMs ?? 0,
            })}
      </p>
      {bank.certificates.map((certificate) => (
        <p
          key={certificate.use}
          data-testid={`bank-certificate-${bank.bankId}-${certificate.use}`}
          className={`text-xs ${certificate.state === "valid" ? "text-ink-muted" : "font-semibold text-danger"}`}
        >
          {t(`bank_certificate.${certificate.use}`)}{" "}
          {t(certificate.state === "ended" ? "bank_certificate.ended" : "bank_certificate.ends")}{" "}
          <DateText value={certificate.validTo} />
        </p>
      ))}
      {bank.lastSuccessAt !== null && (
        <p className="text-xs text-ink-muted">
          {t("bank_health.last_success")} <DateText value={bank.lastSuccessAt} />
        </p>
      )}
    </li>
  );
}

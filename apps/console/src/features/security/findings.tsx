import { Badge, EmptyState, type Tone, useFormatDate } from "@jinqiao/ui";
import { ShieldCheck } from "lucide-react";
import { Section } from "../../components/page.tsx";
import { Cell, type Column, Table } from "../../components/table.tsx";
import type { Finding } from "./queries.ts";
import { useSecurityT } from "./text.ts";

const tones: Record<Finding["severity"], Tone> = {
  critical: "danger",
  high: "danger",
  medium: "warning",
  low: "neutral",
};

/** What the assessment found, the gravest first; what was accepted says by whom and until when. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const t = useSecurityT();
  const formatDate = useFormatDate();
  const columns: Column[] = [
    { id: "severity", head: t("security.findings.column.severity") },
    { id: "what", head: t("security.findings.column.what") },
    { id: "accepted", head: t("security.findings.column.accepted"), from: "md" },
  ];
  const [severity, what, accepted] = columns;
  return (
    <Section title={t("security.findings.title")}>
      {findings.length === 0 ? (
        <EmptyState icon={ShieldCheck} title={t("security.findings.none")}>
          {t("security.findings.none_hint")}
        </EmptyState>
      ) : (
        <Table caption={t("security.findings.title")} columns={columns}>
          {findings.map((finding) => {
            const said =
              finding.accepted === null ? (
                t("security.findings.open")
              ) : (
                <>
                  {t("security.findings.until", {
                    by: finding.accepted.by,
                    date: formatDate(finding.accepted.until, "date"),
                  })}{" "}
                  <span translate="no" data-foreign>
                    {finding.accepted.reason}
                  </span>
                </>
              );
            return (
              <tr key={finding.id} className="border-b border-line last:border-0">
                <Cell column={severity}>
                  <Badge tone={tones[finding.severity]}>{t(`security.severity.${finding.severity}`)}</Badge>
                </Cell>
                <Cell column={what}>
                  <span translate="no" data-foreign>
                    {finding.title}
                  </span>
                  <span translate="no" className="block font-mono text-xs break-all text-ink-muted">
                    {finding.where}
                  </span>
                  <span className="mt-1 block text-xs text-ink-muted md:hidden">{said}</span>
                </Cell>
                <Cell column={accepted}>{said}</Cell>
              </tr>
            );
          })}
        </Table>
      )}
    </Section>
  );
}

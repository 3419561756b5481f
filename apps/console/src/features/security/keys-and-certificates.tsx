import { Badge } from "@jinqiao/ui";
import { InstantText } from "../../components/instant-text.tsx";
import { Section } from "../../components/page.tsx";
import { Cell, type Column, Table } from "../../components/table.tsx";
import type { SecurityStatus } from "./queries.ts";
import { useSecurityT } from "./text.ts";

/** Keys of the vault with their ages; those that wrap or seal first, then those that only read. */
export function Keys({ keys }: { keys: SecurityStatus["keys"] }) {
  const t = useSecurityT();
  const columns: Column[] = [
    { id: "use", head: t("security.keys.column.use") },
    { id: "status", head: t("security.keys.column.status") },
    { id: "kept", head: t("security.keys.column.kept"), from: "md" },
    { id: "age", head: t("security.keys.column.age"), align: "right" },
  ];
  const [use, status, kept, age] = columns;
  return (
    <Section title={t("security.keys.title")} lead={t("security.keys.lead")}>
      <Table caption={t("security.keys.title")} columns={columns}>
        {keys.map((key) => (
          <tr key={key.id} className="border-b border-line last:border-0">
            <Cell column={use}>
              <span translate="no" className="font-mono text-xs break-all">
                {key.use}
              </span>
            </Cell>
            <Cell column={status}>{t(`security.key.${key.status}`)}</Cell>
            <Cell column={kept}>
              <span translate="no">{key.keptBy}</span>
            </Cell>
            <Cell column={age}>
              {key.ageDays === null
                ? t("security.keys.unknown")
                : t("security.keys.age", { days: key.ageDays })}
              {key.due && (
                <Badge tone="warning" className="ml-2">
                  {t("security.keys.due")}
                </Badge>
              )}
            </Cell>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

/** Certificates with which we appear at banks, the next to end first. */
export function Certificates({ certificates }: { certificates: SecurityStatus["certificates"] }) {
  const t = useSecurityT();
  const columns: Column[] = [
    { id: "bank", head: t("security.certificates.column.bank") },
    { id: "subject", head: t("security.certificates.column.subject"), from: "md" },
    { id: "ends", head: t("security.certificates.column.ends"), align: "right" },
  ];
  const [bank, subject, ends] = columns;
  return (
    <Section title={t("security.certificates.title")}>
      {certificates.length === 0 ? (
        <p className="text-sm text-ink-muted">{t("security.certificates.none")}</p>
      ) : (
        <Table caption={t("security.certificates.title")} columns={columns}>
          {certificates.map((one) => (
            <tr
              key={`${one.bankId} ${one.use} ${one.validTo}`}
              className="border-b border-line last:border-0"
            >
              <Cell column={bank}>
                <span translate="no">{one.bankId}</span>{" "}
                <span translate="no" className="text-xs text-ink-muted">
                  {one.use}
                </span>
              </Cell>
              <Cell column={subject}>
                <span translate="no" data-foreign className="break-all">
                  {one.subject}
                </span>
              </Cell>
              <Cell column={ends}>
                <InstantText value={one.validTo} />
                <span className={`block text-xs ${one.state === "valid" ? "text-ink-muted" : "text-danger"}`}>
                  {one.state === "ended"
                    ? t("security.certificates.ended")
                    : t("security.certificates.left", { days: one.daysLeft })}
                </span>
              </Cell>
            </tr>
          ))}
        </Table>
      )}
    </Section>
  );
}

import { Card, DateText, EmptyState, Page, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { BackLink } from "../../app/back-link.tsx";
import type { SecurityMessageId } from "../../locales/security/en.ts";
import { type DataAccess, dataAccessQuery } from "./queries.ts";
import { useT } from "./text.ts";

/** Every time that somebody of the operator looked at this customer's data, and why. */
export function DataAccessPage() {
  const t = useT();
  const looks = useQuery(dataAccessQuery);
  return (
    <Page title={t("looks.title")} leading={<BackLink to="/security" />} narrow>
      <p className="mb-4 text-ink-muted">{t("looks.lead")}</p>
      <Problem error={looks.error} onRetry={() => looks.refetch()} />
      {looks.isPending && <SkeletonList rows={3} />}
      {looks.data?.length === 0 && (
        <Card>
          <EmptyState icon={Eye} title={t("looks.none")} />
        </Card>
      )}
      {looks.data !== undefined && looks.data.length > 0 && (
        <Card aria-label={t("looks.title")} className="p-0! md:p-0!">
          <ul className="divide-y divide-line">
            {looks.data.map((look) => (
              <li
                key={`${look.at} ${look.role} ${look.reason}`}
                className="px-5 py-3"
                data-testid="data-access"
              >
                <p className="font-semibold">{t(`looks.reason.${look.reason}`)}</p>
                <p className="text-sm text-ink-muted">
                  {t(roleName(look.role))} · <DateText value={look.at} style="date-time" />
                </p>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Page>
  );
}

const roles: Record<string, SecurityMessageId> = {
  operations: "looks.role.operations",
  viewer: "looks.role.viewer",
  support: "looks.role.support",
  security: "looks.role.security",
  risk: "looks.role.risk",
  compliance: "looks.role.compliance",
  administrator: "looks.role.administrator",
  auditor: "looks.role.auditor",
};

/** A role that came with a newer server than this page is told in general words. */
function roleName(role: DataAccess["role"]): SecurityMessageId {
  return roles[role] ?? "looks.role.other";
}

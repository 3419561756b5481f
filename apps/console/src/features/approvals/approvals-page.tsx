import { unwrap } from "@jinqiao/contract/client";
import { EmptyState, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { api, openCasesQuery } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { PageHeader, Section } from "../../components/page.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useDeskT, useLocalText } from "../../i18n.ts";
import { ProposalItem } from "./proposal-item.tsx";

const route = getRouteApi("/staff/approvals");

/** What waits for a second person, wherever it comes from. */
export function ApprovalsPage() {
  const t = useDeskT();
  const { status = "waiting" } = route.useSearch();
  const query = useQuery({
    queryKey: ["approvals", status],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/proposals", { params: { query: { status } }, signal })),
  });
  return (
    <>
      <PageHeader title={t("approvals.title")} lead={t("approvals.lead")} />
      <div className="mb-3">
        <Tabs
          label={t("approvals.tabs")}
          tabs={[
            { id: "waiting", label: t("approvals.waiting"), to: "/approvals", search: {} },
            { id: "decided", label: t("approvals.decided"), to: "/approvals", search: { status: "decided" } },
          ]}
          current={status}
        />
      </div>
      {query.isPending && <SkeletonList rows={4} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.items.length === 0 && (
        <EmptyState
          icon={Users}
          title={t(status === "waiting" ? "approvals.none" : "approvals.none_decided")}
        />
      )}
      <ul className="grid gap-3">
        {query.data?.items.map((proposal) => (
          <ProposalItem key={proposal.id} proposal={proposal} />
        ))}
      </ul>
      {status === "waiting" && <WaitingCases />}
    </>
  );
}

/** Cases keep their two-person rule on their own pages; what waits there is listed here as well. */
function WaitingCases() {
  const t = useDeskT();
  const localText = useLocalText();
  const enabled = useMay("cases.read");
  const { data } = useQuery({ ...openCasesQuery, enabled });
  if (!enabled || data === undefined) return null;
  const waiting = data.items.filter(({ proposal }) => proposal !== null);
  return (
    <div className="mt-4">
      <Section title={t("approvals.cases")}>
        {waiting.length === 0 && <p className="text-sm text-ink-muted">{t("approvals.cases_none")}</p>}
        <ul className="grid gap-2 text-sm">
          {waiting.map((item) => (
            <li key={item.id}>
              <Link
                to="/cases/$caseId"
                params={{ caseId: item.id }}
                className="font-semibold text-jade underline"
              >
                {localText(item.bankName)} · <span translate="no">{item.id}</span>
              </Link>{" "}
              {item.proposal && t("approvals.by", { name: item.proposal.by })}
            </li>
          ))}
        </ul>
      </Section>
    </div>
  );
}

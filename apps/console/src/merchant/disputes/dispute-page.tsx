import type { Dispute, EvidenceFile } from "@jinqiao/contract";
import { MoneyText, Notice, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Course, DisputedSum, NextStep, ReasonCodes, Statements } from "../../components/dispute-parts.tsx";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { useDisputesT, useLocalText } from "../../i18n.ts";
import { api } from "../app/api.ts";
import { PortalLink, usePortalParam } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { FileButton } from "../components/save-file.tsx";
import { AcceptDispute, AnswerForm } from "./answer-form.tsx";
import { disputeQuery } from "./queries.ts";

/** One dispute: what the customer says, what can be done until when, and what was done. */
export function DisputePage() {
  const t = useDisputesT();
  const localText = useLocalText();
  const may = useMay("disputes.write");
  const disputeId = usePortalParam("disputeId");
  const query = useQuery(disputeQuery(disputeId));
  if (query.isPending) return <SkeletonList rows={8} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const dispute = query.data;
  const mayRepresent = dispute.status === "lost" && !dispute.final;
  const mayAccept = dispute.status === "needs_response" || dispute.status === "under_review";
  return (
    <>
      <PortalHeader
        title={localText(dispute.reason.name)}
        lead={<NextStep dispute={dispute} />}
        back={{ to: "/disputes", place: t("dispute.title") }}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {dispute.stage === "representment" && !dispute.final && (
          <Notice tone="warning">{t("dispute.stage.representment")}</Notice>
        )}
        <Section title={t("dispute.known")}>
          <Known dispute={dispute} />
        </Section>
        <Section title={t("dispute.said")}>
          <Statements
            statements={dispute.statements}
            hidden={false}
            file={(file) => <SavedFile dispute={dispute} file={file} />}
          />
        </Section>
        {may && dispute.status === "needs_response" && (
          <AnswerForm key="answer" dispute={dispute} kind="answer" />
        )}
        {may && mayRepresent && <AnswerForm key="represent" dispute={dispute} kind="represent" />}
        {may && (mayAccept || mayRepresent) && <AcceptDispute dispute={dispute} waives={mayRepresent} />}
        <Section title={t("dispute.course")}>
          <Course dispute={dispute} />
        </Section>
      </div>
    </>
  );
}

function SavedFile({ dispute, file }: { dispute: Dispute; file: EvidenceFile }) {
  return (
    <FileButton
      fileName={file.name}
      get={() =>
        api.GET("/v1/disputes/{disputeId}/files/{fileId}", {
          params: { path: { disputeId: dispute.id, fileId: file.id } },
          parseAs: "blob",
        })
      }
    >
      <span translate="no">{file.name}</span>
    </FileButton>
  );
}

function Known({ dispute }: { dispute: Dispute }) {
  const t = useDisputesT();
  const intentId = typeof dispute.paymentIntent === "string" ? dispute.paymentIntent : null;
  const uncovered = !/^[0.]*$/.test(dispute.exposure.amount);
  return (
    <>
      <DisputedSum dispute={dispute} />
      <Facts>
        {intentId !== null && (
          <Fact name={t("dispute.payment")}>
            <PortalLink to={`/payments/${intentId}`} className="font-mono text-xs break-all text-jade">
              {intentId}
            </PortalLink>
          </Fact>
        )}
        {dispute.reference !== null && (
          <Fact name={t("dispute.reference")}>
            <span translate="no">{dispute.reference}</span>
          </Fact>
        )}
        {dispute.payer && (
          <Fact name={t("dispute.payer")}>
            <span translate="no">{dispute.payer.maskedName}</span>
          </Fact>
        )}
        <Fact name={t("dispute.codes")}>
          <ReasonCodes reason={dispute.reason} />
        </Fact>
        <Fact name={t("dispute.amount.first")}>
          <MoneyText money={dispute.amount} />
        </Fact>
        <Fact name={t("dispute.held")}>
          <MoneyText money={dispute.held} />
        </Fact>
        {uncovered && (
          <Fact name={t("dispute.exposure")}>
            <MoneyText money={dispute.exposure} />
            <span className="block text-xs text-ink-muted">{t("dispute.exposure.hint")}</span>
          </Fact>
        )}
        <Fact name={t("dispute.deadlines")}>
          {dispute.deadlines === "operator"
            ? t("dispute.deadlines.operator")
            : t("dispute.deadlines.law", { name: dispute.deadlines })}
        </Fact>
      </Facts>
    </>
  );
}

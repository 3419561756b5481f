import type { Proposal } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Badge, Button, MoneyText, Problem, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Fact, Facts } from "../../components/page.tsx";
import { useDeskT, useFormat, useLocalText } from "../../i18n.ts";

const tones = {
  waiting: "warning",
  executed: "positive",
  rejected: "danger",
  withdrawn: "neutral",
  expired: "neutral",
} as const;

/** One proposal: what, why, by whom; and what whoever looks may do about it. */
export function ProposalItem({ proposal }: { proposal: Proposal }) {
  const t = useDeskT();
  const localText = useLocalText();
  const format = useFormat();
  const mayOpenCustomer = useMay("customers.read");
  const { status, customerId } = proposal;
  return (
    <li data-testid="proposal" className="@container rounded-2xl border border-line bg-surface p-4">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="text-base font-semibold">{localText(proposal.title)}</h2>
        <Badge tone={tones[status]} data-testid="proposal-status">
          {t(`proposal_status.${status}`)}
        </Badge>
      </div>
      <p className="mb-3 text-sm text-ink-muted">
        {t("approvals.by", { name: proposal.proposedBy })} · <InstantText value={proposal.proposedAt} />
        {status === "waiting" && <> · {t("approvals.until", { time: format.instant(proposal.expiresAt) })}</>}
      </p>
      <Facts>
        {proposal.amount && (
          <Fact name="">
            <MoneyText money={proposal.amount} />
          </Fact>
        )}
        {proposal.facts.map(({ label, value }) => (
          <Fact key={label.en} name={localText(label)}>
            <span translate={value.en === value.zh ? "no" : "yes"}>{localText(value)}</span>
          </Fact>
        ))}
        <Fact name={t("approvals.reason")}>
          <span translate="no">{proposal.reason}</span>
        </Fact>
      </Facts>
      {proposal.decidedBy !== null && proposal.decidedAt !== null && (
        <p className="mt-2 text-sm">
          {t("approvals.decided_by", {
            name: proposal.decidedBy,
            time: format.instant(proposal.decidedAt),
          })}
          {proposal.answer && <span translate="no"> — {proposal.answer}</span>}
        </p>
      )}
      {customerId !== null && mayOpenCustomer && (
        <p className="mt-2 text-sm">
          <Link
            to="/customers/$customerId"
            params={{ customerId }}
            className="font-semibold text-jade underline"
          >
            {t("approvals.customer")}
          </Link>
        </p>
      )}
      {status === "waiting" && <Decide proposal={proposal} />}
    </li>
  );
}

function Decide({ proposal }: { proposal: Proposal }) {
  const t = useDeskT();
  const queryClient = useQueryClient();
  const [rejecting, setRejecting] = useState(false);
  const [answer, setAnswer] = useState("");
  const params = { path: { proposalId: proposal.id } };
  const { run, pending, error } = useAction(async (decision: "approval" | "rejection" | "withdrawal") => {
    try {
      if (decision === "approval")
        await unwrap(api.POST("/v1/console/proposals/{proposalId}/approval", { params }));
      else if (decision === "withdrawal")
        await unwrap(api.POST("/v1/console/proposals/{proposalId}/withdrawal", { params }));
      else
        await unwrap(api.POST("/v1/console/proposals/{proposalId}/rejection", { params, body: { answer } }));
    } finally {
      for (const kind of ["approvals", "customers", "members"])
        void queryClient.invalidateQueries({ queryKey: [kind] });
    }
  });
  const fieldError = useFieldErrors(error);
  return (
    <div className="mt-3 grid gap-3 border-t border-line pt-3">
      {!proposal.mayDecide && (
        <p className="text-sm text-ink-muted">{t(proposal.own ? "approvals.own" : "approvals.not_yours")}</p>
      )}
      {rejecting && (
        <TextAreaField
          name="answer"
          label={t("approvals.answer")}
          maxLength={140}
          rows={2}
          required
          value={answer}
          onChange={(event) => setAnswer(event.target.value.replaceAll("\n", " "))}
          error={fieldError("answer")}
        />
      )}
      <Problem error={error} />
      <div className="flex flex-wrap gap-2">
        {proposal.mayDecide && !rejecting && (
          <Button size="small" data-testid="approve" pending={pending} onClick={() => run("approval")}>
            {t("approvals.approve")}
          </Button>
        )}
        {proposal.mayDecide && (
          <Button
            size="small"
            variant="secondary"
            data-testid="reject"
            pending={pending && rejecting}
            onClick={() => (rejecting ? run("rejection") : setRejecting(true))}
          >
            {t("approvals.reject")}
          </Button>
        )}
        {proposal.own && (
          <Button
            size="small"
            variant="secondary"
            data-testid="withdraw"
            pending={pending}
            onClick={() => run("withdrawal")}
          >
            {t("approvals.withdraw")}
          </Button>
        )}
      </div>
    </div>
  );
}

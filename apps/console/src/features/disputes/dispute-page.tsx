import type { StaffDispute } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  buttonClasses,
  MoneyText,
  Notice,
  Problem,
  SkeletonList,
  TextAreaField,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { FileText, Users } from "lucide-react";
import { useId, useState } from "react";
import { api, disputeQuery } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { Course, DisputedSum, NextStep, ReasonCodes, Statements } from "../../components/dispute-parts.tsx";
import { InstantText } from "../../components/instant-text.tsx";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { ShowName } from "../../components/show-name.tsx";
import { useDisputesT, useLocalText } from "../../i18n.ts";

const route = getRouteApi("/staff/disputes/$disputeId");

/** One dispute: what is known, what both sides say, what was and what may be decided. */
export function DisputePage() {
  const t = useDisputesT();
  const localText = useLocalText();
  const mayDecide = useMay("disputes.decide");
  const { disputeId } = route.useParams();
  const query = useQuery(disputeQuery(disputeId));
  if (query.isPending) return <SkeletonList rows={8} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const dispute = query.data;
  return (
    <>
      <PageHeader
        above={
          <Link to="/disputes" search={{ tab: "to_decide" }} className="text-sm text-jade">
            {t("dispute.title")}
          </Link>
        }
        title={localText(dispute.reason.name)}
        lead={<NextStep dispute={dispute} />}
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
            hidden={dispute.namesHidden}
            file={(file) =>
              dispute.namesHidden ? (
                <span className="inline-flex items-center gap-1 text-sm text-ink-muted">
                  <FileText aria-hidden className="size-4" /> {file.name}
                </span>
              ) : (
                <a
                  href={`/v1/console/disputes/${dispute.id}/files/${file.id}`}
                  download={file.name}
                  translate="no"
                  className={buttonClasses("secondary", "small")}
                >
                  <FileText aria-hidden className="size-4" /> {file.name}
                </a>
              )
            }
          />
          {dispute.namesHidden && dispute.customerId !== null && <ShowName customerId={dispute.customerId} />}
        </Section>
        {dispute.decisions.length > 0 && (
          <Section title={t("dispute.decisions")}>
            <Decisions dispute={dispute} />
          </Section>
        )}
        {dispute.proposal !== null && <Proposed dispute={dispute} proposal={dispute.proposal} />}
        {dispute.status === "under_review" &&
          dispute.proposal === null &&
          !dispute.namesHidden &&
          (mayDecide ? (
            <Decide key={dispute.version} dispute={dispute} />
          ) : (
            <Notice tone="neutral">{t("dispute.not_yours")}</Notice>
          ))}
        <Section title={t("dispute.course")}>
          <Course dispute={dispute} />
        </Section>
      </div>
    </>
  );
}

function Known({ dispute }: { dispute: StaffDispute }) {
  const t = useDisputesT();
  const localText = useLocalText();
  return (
    <>
      <DisputedSum dispute={dispute} />
      <Facts>
        <Fact name={t("dispute.shop")}>
          {localText(dispute.merchantName)}{" "}
          <code className="text-xs break-all text-ink-muted">{dispute.merchantId}</code>
        </Fact>
        {dispute.customerName !== null && (
          <Fact name={t("dispute.payer")}>
            {dispute.customerName}
            {dispute.namesHidden && dispute.customerId !== null && (
              <span className="block">
                <ShowName customerId={dispute.customerId} />
              </span>
            )}
          </Fact>
        )}
        {dispute.paymentId !== null && (
          <Fact name={t("dispute.payment")}>
            <Link
              to="/payments/$paymentId"
              params={{ paymentId: dispute.paymentId }}
              className="font-mono text-xs break-all text-jade"
            >
              {dispute.paymentId}
            </Link>
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
        <Fact name={t("dispute.exposure")}>
          <MoneyText money={dispute.exposure} />
        </Fact>
        <Fact name={t("dispute.deadlines")}>
          {dispute.deadlines === "operator"
            ? t("dispute.deadlines.operator")
            : t("dispute.deadlines.law", { name: dispute.deadlines })}
        </Fact>
      </Facts>
    </>
  );
}

function Decisions({ dispute }: { dispute: StaffDispute }) {
  const t = useDisputesT();
  return (
    <ul className="grid gap-3">
      {dispute.decisions.map((decision) => (
        <li key={decision.at} className="text-sm">
          <p className="flex flex-wrap items-baseline justify-between gap-x-3">
            <span className="font-semibold">{t(`dispute.decided_for.${decision.outcome}`)}</span>
            <span className="text-ink-muted">
              {t("dispute.decided_by", { names: decision.by.join(", ") })} ·{" "}
              <InstantText value={decision.at} />
            </span>
          </p>
          {decision.note !== "" && (
            <p translate="no" className="break-words whitespace-pre-wrap">
              {decision.note}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

function Proposed({
  dispute,
  proposal,
}: {
  dispute: StaffDispute;
  proposal: NonNullable<StaffDispute["proposal"]>;
}) {
  const t = useDisputesT();
  return (
    <Notice tone="warning" icon={Users}>
      <p data-testid="dispute-proposed">
        {t("dispute.proposed", {
          name: proposal.by,
          outcome: t(`dispute.decided_for.${proposal.outcome}`),
        })}
      </p>
      {!dispute.namesHidden && proposal.reason !== "" && (
        <p translate="no" className="mt-1 break-words">
          {proposal.reason}
        </p>
      )}
      <Link to="/approvals" className="mt-1 inline-block font-semibold text-jade underline">
        {t("dispute.proposed.open")}
      </Link>
    </Notice>
  );
}

function Decide({ dispute }: { dispute: StaffDispute }) {
  const t = useDisputesT();
  const group = useId();
  const queryClient = useQueryClient();
  const [outcome, setOutcome] = useState<"payer" | "merchant" | null>(null);
  const [note, setNote] = useState("");
  const { run, pending, error } = useAction(async (chosen: "payer" | "merchant") => {
    try {
      await unwrap(
        api.POST("/v1/console/disputes/{disputeId}/decisions", {
          params: { path: { disputeId: dispute.id } },
          body: { outcome: chosen, note },
        }),
      );
    } finally {
      for (const kind of ["disputes", "approvals"]) void queryClient.invalidateQueries({ queryKey: [kind] });
    }
  });
  const fieldError = useFieldErrors(error);
  const final = dispute.stage === "representment";
  const options = [
    {
      id: "payer" as const,
      means: t(final ? "dispute.decide.payer.means_final" : "dispute.decide.payer.means"),
    },
    { id: "merchant" as const, means: t("dispute.decide.merchant.means") },
  ];
  return (
    <Section title={t("dispute.decide")} lead={t("dispute.decide.lead")}>
      <form
        noValidate
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (outcome !== null) void run(outcome);
        }}
      >
        {options.map(({ id, means }) => (
          <label
            key={id}
            className="flex cursor-pointer items-start gap-3 rounded-xl border border-line px-3 py-2 has-checked:border-jade has-checked:bg-jade-soft"
          >
            <input
              type="radio"
              name={group}
              data-testid={`decide-${id}`}
              checked={outcome === id}
              onChange={() => setOutcome(id)}
              className="mt-1 size-4 accent-jade"
            />
            <span>
              <span className="block font-semibold">{t(`dispute.decide.${id}`)}</span>
              <span className="block text-sm text-ink-muted">{means}</span>
            </span>
          </label>
        ))}
        <TextAreaField
          name="note"
          label={t("dispute.decide.note")}
          hint={t("dispute.decide.note.hint")}
          maxLength={1000}
          rows={3}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          error={fieldError("note")}
        />
        <Problem error={error} />
        <div>
          <Button
            type="submit"
            data-testid="propose-decision"
            pending={pending}
            disabled={outcome === null || note.trim().length < 5}
          >
            {t("dispute.decide.propose")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

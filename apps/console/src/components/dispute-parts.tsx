import type {
  Dispute,
  DisputeReason,
  DisputeStatement,
  DisputeStatus,
  StaffDispute,
} from "@jinqiao/contract";
import { Badge, MoneyText, type Tone } from "@jinqiao/ui";
import type { ReactNode } from "react";
import { useDisputesT, useFormat } from "../i18n.ts";
import { InstantText } from "./instant-text.tsx";

/** What merchants and staff see of a dispute alike. */
type Either = Dispute | StaffDispute;

const tones: Record<DisputeStatus, Tone> = {
  needs_response: "warning",
  under_review: "info",
  won: "positive",
  lost: "danger",
  accepted: "neutral",
  expired: "danger",
  refunded: "neutral",
  withdrawn: "positive",
};

export function DisputeBadge({ status }: { status: DisputeStatus }) {
  const t = useDisputesT();
  return (
    <Badge tone={tones[status]} data-testid="dispute-status" data-status={status}>
      {t(`dispute.status.${status}`)}
    </Badge>
  );
}

/** What the dispute waits for, and until when. */
export function NextStep({ dispute }: { dispute: Either }) {
  const t = useDisputesT();
  const format = useFormat();
  if (dispute.status === "needs_response")
    return t("dispute.next.answer", { time: format.instant(dispute.answerBy) });
  if (dispute.status === "lost" && dispute.representBy !== null)
    return t("dispute.next.represent", { time: format.instant(dispute.representBy) });
  if (dispute.status !== "under_review") return null;
  return "decideBy" in dispute && dispute.decideBy !== null
    ? t("dispute.next.decide", { time: format.instant(dispute.decideBy) })
    : t("dispute.next.operator");
}

/** The same reason in the terms of standards. */
export function ReasonCodes({ reason }: { reason: DisputeReason }) {
  const { iso20022, cards } = reason;
  const all = [
    `ISO 20022 ${iso20022.code}`,
    ...(cards.visa.length > 0 ? [`Visa ${cards.visa.join(", ")}`] : []),
    ...(cards.mastercard.length > 0 ? [`Mastercard ${cards.mastercard.join(", ")}`] : []),
  ];
  return (
    <span translate="no" className="font-mono text-xs">
      {all.join(" · ")}
    </span>
  );
}

/** What both sides said, oldest first; `file` draws the way to one file. */
export function Statements({
  statements,
  hidden,
  file,
}: {
  statements: readonly DisputeStatement[];
  hidden: boolean;
  file: (file: DisputeStatement["files"][number]) => ReactNode;
}) {
  const t = useDisputesT();
  return (
    <ul className="grid gap-4">
      {statements.map((statement) => (
        <li key={`${statement.by}${statement.at}`} className="grid gap-2">
          <p className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
            <span className="font-semibold">
              {t(`dispute.side.${statement.by}`)}
              {statement.stage === "representment" && ` · ${t("dispute.new_evidence")}`}
            </span>
            <span className="text-ink-muted">
              <InstantText value={statement.at} />
            </span>
          </p>
          {statement.text === null ? (
            <p className="text-sm text-ink-muted">{t(hidden ? "dispute.hidden" : "dispute.erased")}</p>
          ) : (
            <p translate="no" className="rounded-xl bg-sunken px-3 py-2 break-words whitespace-pre-wrap">
              {statement.text}
            </p>
          )}
          {statement.files.length > 0 && (
            <ul className="flex flex-wrap gap-2">
              {statement.files.map((one) => (
                <li key={one.id}>{file(one)}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What happened, oldest first. */
export function Course({ dispute }: { dispute: Either }) {
  const t = useDisputesT();
  const format = useFormat();
  return (
    <ol className="grid gap-2">
      {dispute.timeline.map(({ at, step, amount }) => (
        <li key={`${step}${at}`} className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
          <span>{t(`dispute.step.${step}`, { amount: format.money(amount) })}</span>
          <span className="text-ink-muted">
            <InstantText value={at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** The sum in dispute, large, with its state. */
export function DisputedSum({ dispute }: { dispute: Either }) {
  return (
    <p className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
      <span className="text-3xl font-bold tracking-tight" data-testid="disputed-amount">
        <MoneyText money={dispute.contested} />{" "}
        <span className="text-base font-medium text-ink-muted">{dispute.contested.currency}</span>
      </span>
      <DisputeBadge status={dispute.status} />
    </p>
  );
}

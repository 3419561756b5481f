import type { DisputeReasonCode, DisputeStatus } from "@jinqiao/contract";
import type { Currency, Id } from "@jinqiao/money";
import type { SealedColumn } from "../vault/index.ts";
import type { DisputeHold } from "./dispute-books.ts";
import type { DisputeStage } from "./dispute-lifecycle.ts";

/** A dispute as stored. Amounts are minor units. */
export type DisputeRow = {
  id: Id<"dp">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  intent_id: Id<"pi">;
  payment_id: Id<"pay"> | null;
  /** The payer; null in test mode. */
  customer_id: Id<"cus"> | null;
  status: DisputeStatus;
  stage: DisputeStage;
  final: boolean;
  reason: DisputeReasonCode;
  pack: string;
  currency: Currency;
  amount: bigint;
  contested: bigint;
  /** Taken from the merchant and nobody's yet. */
  apart: bigint;
  holds: DisputeHold[];
  /** Decided by two people and not carried out yet. */
  decision: "payer" | "merchant" | null;
  /** What one member of staff proposed last; written beside the versions. */
  proposal_id: Id<"prp"> | null;
  proposed_outcome: "payer" | "merchant" | null;
  refund_payment_id: Id<"pay"> | null;
  answer_by: Date;
  represent_by: Date | null;
  decide_by: Date | null;
  reminded_at: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  closed_at: Date | null;
};

export type DisputeStepName =
  | "opened"
  | "answered"
  | "accepted"
  | "expired"
  | "decided_for_payer"
  | "decided_for_merchant"
  | "represented"
  | "representment_waived"
  | "reduced_by_refund"
  | "refunded"
  | "withdrawn";
export type DisputeStepRow = {
  dispute_id: string;
  version: number;
  step: DisputeStepName;
  by: "payer" | "merchant" | "operator" | "time";
  contested: bigint;
  at: Date;
};

export type DisputeSide = "payer" | "merchant";
export type StatementRow = {
  id: Id<"evd">;
  dispute_id: Id<"dp">;
  side: DisputeSide;
  stage: DisputeStage;
  text_sealed: string;
  subject_id: string | null;
  at: Date;
};

/** A file without its content. */
export type FileRow = {
  id: Id<"evd">;
  dispute_id: Id<"dp">;
  side: DisputeSide;
  statement_id: Id<"evd"> | null;
  name_sealed: string;
  media_type: "application/pdf" | "image/png" | "image/jpeg";
  size: number;
  sha256: string;
  subject_id: string | null;
  at: Date;
};

export type DecisionRow = {
  id: string;
  dispute_id: string;
  stage: DisputeStage;
  outcome: "payer" | "merchant";
  note_sealed: string;
  proposed_by: string;
  approved_by: string;
  at: Date;
};

const sealed = (table: string, column: string, subject?: string): SealedColumn => ({
  table: `merchants.${table}`,
  column,
  id: "id",
  ...(subject ? { subject } : {}),
});

/** Every sealed column of disputes: what payers wrote and sent goes with them when they are erased. */
export const disputesSealed: readonly SealedColumn[] = [
  sealed("dispute_statement", "text_sealed", "subject_id"),
  sealed("dispute_file", "name_sealed", "subject_id"),
  sealed("dispute_file", "content_sealed", "subject_id"),
  sealed("dispute_decision", "note_sealed"),
];

/** Where a sealed value of a row lies. */
export const disputePlace = (
  table: "dispute_statement" | "dispute_file" | "dispute_decision",
  column: string,
  row: { id: string; subject_id?: string | null },
) => ({
  table: `merchants.${table}`,
  column,
  row: row.id,
  ...(row.subject_id ? { subject: row.subject_id } : {}),
});

/** A row as JSON for the writer: amounts and instants as text. */
const plain = (row: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));

function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value))
    return value.map((one) => (typeof one === "object" && one !== null ? plain(one) : plainValue(one)));
  return value;
}

/** The write of a dispute, with the step it took and what was said with it. */
export const disputeWrite = (
  dispute: DisputeRow,
  step?: Pick<DisputeStepRow, "step" | "by">,
  statement?: StatementRow,
) => ({
  writer: "merchants.write_disputes",
  row: {
    dispute: plain(dispute),
    ...(step
      ? {
          step: plain({
            ...step,
            dispute_id: dispute.id,
            version: dispute.version,
            contested: dispute.contested,
            at: dispute.updated_at,
          }),
        }
      : {}),
    ...(statement ? { statement: plain(statement) } : {}),
  },
});

/** The dispute is still as it was read. */
export const disputeGuard = ({ id, version }: Pick<DisputeRow, "id" | "version">) => ({
  check: "merchants.stale_dispute",
  arg: { id, version },
  id,
});

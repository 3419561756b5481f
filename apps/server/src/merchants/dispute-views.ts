import type * as contract from "@jinqiao/contract";
import { type Id, toWire } from "@jinqiao/money";
import type { z } from "zod";
import { type CustomerName, maskName } from "../identity/index.ts";
import type { Db } from "../platform/db.ts";
import type { Vault } from "../vault/index.ts";
import { heldSum } from "./dispute-books.ts";
import { type DisputeFiles, mayAdd, openOr } from "./dispute-files.ts";
import { disputeMove, isHeld } from "./dispute-lifecycle.ts";
import { disputeReason } from "./dispute-reasons.ts";
import {
  type DisputeRow,
  type DisputeStepRow,
  disputePlace,
  type FileRow,
  type StatementRow,
} from "./dispute-rows.ts";
import * as sql from "./dispute-sql.ts";

export type DisputeView = z.input<typeof contract.Dispute>;
export type PurchaseDisputeView = z.input<typeof contract.PurchaseDispute>;
export type SharedView = Omit<
  PurchaseDisputeView,
  "paymentId" | "merchantName" | "refundPaymentId" | "canWithdraw" | "canAddFiles"
>;

/** What the sides said and did, of one dispute. */
export type DisputePapers = { steps: DisputeStepRow[]; statements: StatementRow[]; files: FileRow[] };

/** Everything a view of a dispute is made of. */
export type DisputeFacts = {
  row: DisputeRow;
  papers: DisputePapers;
  reference: string | null;
  payer: CustomerName | undefined;
  merchantName: { en: string; zh: string };
  transactions: readonly Id<"txn">[];
};

const money = (row: DisputeRow, minor: bigint) => toWire({ minor, currency: row.currency });

/** Views of disputes. The subjects' keys must be ready, as `papersOf` leaves them. */
export function createDisputeViews({ db, vault, files }: { db: Db; vault: Vault; files: DisputeFiles }) {
  function shared({ row, papers }: Pick<DisputeFacts, "row" | "papers">): SharedView {
    const { name, code, iso20022, cards } = disputeReason(row.reason);
    return {
      id: row.id,
      status: row.status,
      stage: row.stage,
      final: row.final,
      amount: money(row, row.amount),
      contested: money(row, row.contested),
      reason: { code, name, iso20022, cards },
      statements: papers.statements.map((statement) => ({
        by: statement.side,
        stage: statement.stage,
        text: openOr(
          vault,
          disputePlace("dispute_statement", "text_sealed", statement),
          statement.text_sealed,
          null,
        ),
        files: papers.files.filter((file) => file.statement_id === statement.id).map(files.viewOf),
        at: statement.at.toISOString(),
      })),
      timeline: papers.steps.map(({ at, step, by, contested }) => ({
        at: at.toISOString(),
        step,
        by,
        amount: money(row, contested),
      })),
      answerBy: row.answer_by.toISOString(),
      representBy: row.represent_by?.toISOString() ?? null,
      deadlines: row.pack,
      createdAt: row.created_at.toISOString(),
      closedAt: row.closed_at?.toISOString() ?? null,
      version: row.version,
    };
  }

  return {
    shared,

    /** As the merchant sees it. */
    forMerchant(facts: DisputeFacts): DisputeView {
      const { row, papers } = facts;
      const held = heldSum(row.holds);
      return {
        object: "dispute",
        ...shared(facts),
        livemode: row.livemode,
        paymentIntent: row.intent_id,
        reference: facts.reference,
        payer: facts.payer ? { maskedName: maskName(facts.payer.displayName) } : null,
        held: money(row, held),
        exposure: money(row, isHeld(row) ? row.contested - held : 0n),
        drafts: papers.files
          .filter((file) => file.side === "merchant" && file.statement_id === null)
          .map(files.viewOf),
        balanceTransactions: [...facts.transactions],
      };
    },

    /** As the payer sees it. */
    forPayer(facts: DisputeFacts): PurchaseDisputeView {
      const { row } = facts;
      return {
        ...shared(facts),
        paymentId: row.payment_id as Id<"pay">,
        merchantName: facts.merchantName,
        refundPaymentId: row.refund_payment_id,
        canWithdraw: row.decision === null && disputeMove(row, "withdrawn") !== undefined,
        canAddFiles: mayAdd(row, "payer"),
      };
    },

    /** What is on paper of these disputes, ready to be opened. */
    async papersOf(rows: readonly DisputeRow[]): Promise<Map<string, DisputePapers>> {
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return new Map();
      const [steps, statements, allFiles] = await Promise.all([
        sql.selectSteps(db, ids),
        sql.selectStatements(db, ids),
        sql.selectFiles(db, ids),
        vault.ready({ subjects: rows.flatMap(({ customer_id }) => customer_id ?? []) }),
      ]);
      const of = <R extends { dispute_id: string }>(list: R[], id: string) =>
        list.filter((one) => one.dispute_id === id);
      return new Map(
        ids.map((id) => [
          id,
          { steps: of(steps, id), statements: of(statements, id), files: of(allFiles, id) },
        ]),
      );
    },
  };
}
export type DisputeViews = ReturnType<typeof createDisputeViews>;

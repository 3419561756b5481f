import { randomUUID } from "node:crypto";
import * as contract from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import { type Identity, maskName, namesOfWhoDid } from "../identity/index.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, type Subscriptions } from "../platform/events.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import { heldSum } from "./dispute-books.ts";
import { type DisputesDeps, type DisputeUseCases, dueTask } from "./dispute-cases.ts";
import { openOr } from "./dispute-files.ts";
import { isHeld } from "./dispute-lifecycle.ts";
import { disputeReason } from "./dispute-reasons.ts";
import { type DisputeRow, disputePlace } from "./dispute-rows.ts";
import * as sql from "./dispute-sql.ts";
import type { SharedView } from "./dispute-views.ts";

type StaffDisputeView = z.input<typeof contract.StaffDispute>;
type Decision = {
  disputeId: string;
  stage: DisputeRow["stage"];
  outcome: "payer" | "merchant";
  note: string;
  reason: DisputeRow["reason"];
};

const words = {
  dispute: { en: "Dispute", zh: "争议" },
  reason: { en: "What the payer says", zh: "付款人所述原因" },
  inFavour: { en: "In favour of", zh: "判定支持" },
  payer: { en: "The payer: the money goes back", zh: "付款人：款项退回" },
  merchant: { en: "The merchant: the money stays", zh: "商户：款项保留" },
  stage: { en: "Stage", zh: "阶段" },
  first: { en: "First decision; the merchant may represent once", zh: "首次判定，商户可再次举证一次" },
  representment: { en: "Representment; this decision is final", zh: "再次举证，本次判定为最终结果" },
};
const same = (text: string) => ({ en: text, zh: text });

const tabs = {
  to_decide: { statuses: ["under_review"], final: false },
  waiting: { statuses: ["needs_response", "lost"], final: false },
  closed: { statuses: undefined, final: true },
} as const;

/** What staff see of disputes, and how two of them decide. */
export function createDisputeStaff(
  deps: DisputesDeps & { subscriptions: Subscriptions; identity: Pick<Identity, "approvals" | "looks"> },
  disputes: DisputeUseCases,
): RouteHandler[] {
  const { db, vault, clock } = deps;
  const { approvals, looks } = deps.identity;

  approvals.register<Decision>({
    kind: "dispute.decide",
    permission: "disputes.decide",
    describe: ({ disputeId, outcome, stage, reason }) => ({
      title: { en: "Decide a dispute of a purchase", zh: "判定消费争议" },
      facts: [
        { label: words.dispute, value: same(disputeId) },
        { label: words.reason, value: disputeReason(reason).name },
        { label: words.inFavour, value: words[outcome] },
        { label: words.stage, value: words[stage] },
      ],
    }),
    // The decision is stored with the approval; the money follows by a job, which may run again at any point.
    async execute(tx, { disputeId, stage, outcome, note }, { proposedBy, approvedBy }) {
      const id = randomUUID();
      const isDecided = await sql.decideDispute(tx, {
        id,
        dispute_id: disputeId,
        stage,
        outcome,
        note_sealed: vault.seal(disputePlace("dispute_decision", "note_sealed", { id }), note),
        proposed_by: proposedBy,
        approved_by: approvedBy,
        at: clock.now(),
      });
      if (!isDecided) throw new Refusal("dispute.not_open");
      await emit(tx, deps.subscriptions, [], [{ task: dueTask, payload: { disputeId } }]);
    },
  });

  /** Live ones alone: test money is nobody's matter. */
  async function one(disputeId: string): Promise<DisputeRow> {
    const row = await disputes.byId(disputeId);
    if (!row.livemode) throw new Refusal("request.not_found");
    return row;
  }

  /** Both sides name people in what they write: without a reason to look, nobody of staff reads it. */
  const withoutWords = (view: SharedView): SharedView => ({
    ...view,
    statements: view.statements.map((statement) => ({
      ...statement,
      text: null,
      files: statement.files.map((file) => ({ ...file, name: "••••" })),
    })),
  });

  async function views(staff: contract.Staff, rows: readonly DisputeRow[]): Promise<StaffDisputeView[]> {
    const [facts, decisions, open] = await Promise.all([
      disputes.factsOf(rows),
      sql.selectDecisions(
        db,
        rows.map(({ id }) => id),
      ),
      looks.openTo(
        staff.id,
        rows.flatMap(({ customer_id }) => customer_id ?? []),
      ),
    ]);
    const nameOf = await namesOfWhoDid(
      db,
      vault,
      decisions.flatMap(({ proposed_by, approved_by }) => [proposed_by, approved_by]),
    );
    return Promise.all(
      facts.map(async (fact): Promise<StaffDisputeView> => {
        const { row } = fact;
        const namesHidden = row.customer_id !== null && !open.has(row.customer_id);
        const shared = disputes.views.shared(fact);
        const held = heldSum(row.holds);
        const proposal =
          row.proposal_id && row.status === "under_review"
            ? await approvals.byId(staff, row.proposal_id)
            : null;
        const name = fact.payer?.displayName ?? null;
        return {
          ...(namesHidden ? withoutWords(shared) : shared),
          livemode: row.livemode,
          merchantId: row.merchant_id,
          merchantName: fact.merchantName,
          intentId: row.intent_id,
          paymentId: row.payment_id,
          customerId: row.customer_id,
          customerName: name !== null && namesHidden ? maskName(name) : name,
          namesHidden,
          held: toWire({ minor: held, currency: row.currency }),
          exposure: toWire({ minor: isHeld(row) ? row.contested - held : 0n, currency: row.currency }),
          decideBy: row.decide_by?.toISOString() ?? null,
          proposal:
            proposal?.status === "waiting" && row.proposed_outcome
              ? {
                  id: proposal.id as `prp_${string}`,
                  outcome: row.proposed_outcome,
                  by: proposal.proposedBy,
                  at: proposal.proposedAt,
                  own: proposal.own,
                  mayDecide: proposal.mayDecide,
                  reason: namesHidden ? "" : proposal.reason,
                }
              : null,
          decisions: decisions
            .filter(({ dispute_id }) => dispute_id === row.id)
            .map((decision) => ({
              at: decision.at.toISOString(),
              stage: decision.stage,
              outcome: decision.outcome,
              note: namesHidden
                ? ""
                : openOr(
                    vault,
                    disputePlace("dispute_decision", "note_sealed", decision),
                    decision.note_sealed,
                    "",
                  ),
              by: [nameOf(decision.proposed_by) ?? "", nameOf(decision.approved_by) ?? ""],
            })),
        };
      }),
    );
  }
  const view = async (staff: contract.Staff, row: DisputeRow) =>
    (await views(staff, [row]))[0] as StaffDisputeView;

  return [
    handle(contract.listStaffDisputes, async ({ staff, query }) => {
      const limit = query.limit ?? 20;
      const rows = await sql.selectDisputes(db, {
        ...(query.tab ? tabs[query.tab] : {}),
        merchantId: query.merchantId,
        livemode: true,
        cursor: query.cursor,
        limit: limit + 1,
      });
      const shown = rows.slice(0, limit);
      return {
        items: await views(staff, shown),
        nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    }),
    handle(contract.getStaffDispute, async ({ staff, params }) => view(staff, await one(params.disputeId))),
    handle(contract.getStaffDisputeFile, async ({ staff, params }) => {
      const row = await one(params.disputeId);
      if (row.customer_id) await looks.require(staff, row.customer_id);
      return disputes.files.read(row, params.fileId, "others");
    }),
    handle(contract.proposeDisputeDecision, async ({ staff, params, body }) => {
      const row = await one(params.disputeId);
      if (row.customer_id) await looks.require(staff, row.customer_id);
      if (row.status !== "under_review" || row.decision !== null) throw new Refusal("dispute.not_open");
      await db.transaction(async (tx) => {
        const id = await approvals.propose<Decision>(tx, staff, {
          kind: "dispute.decide",
          matter: row.id,
          ...(row.customer_id ? { customerId: row.customer_id } : {}),
          amount: { minor: row.contested, currency: row.currency },
          reason: body.note,
          input: {
            disputeId: row.id,
            stage: row.stage,
            outcome: body.outcome,
            note: body.note,
            reason: row.reason,
          },
        });
        await sql.keepProposal(tx, row.id, { id, outcome: body.outcome });
      });
      return view(staff, await one(row.id));
    }),
  ];
}

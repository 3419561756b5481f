import { may, type Permission, type Proposal, type Staff } from "@jinqiao/contract";
import { type Id, type Money, toWire } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import * as sql from "./approval-sql.ts";
import type { Audit } from "./audit.ts";
import { staffNames } from "./staff.ts";

type LocalText = { en: string; zh: string };

/** A kind of thing that needs two people. Each module brings its own kinds; `Input` is what it stores as JSON. */
export type ProposalKind<Input = unknown> = {
  /** Record and verb, e.g. `freeze.lift`. */
  kind: string;
  /** What proposing asks for, and approving or rejecting. */
  permission: Permission;
  /** What is proposed, in words. */
  describe(input: Input): { title: LocalText; facts: { label: LocalText; value: LocalText }[] };
  /**
   * Does it, in the transaction that marks the proposal as executed: it happens exactly once or not at all. What must
   * happen outside a transaction is queued here as a job.
   */
  execute(tx: Tx, input: Input, by: { proposedBy: string; approvedBy: string }): Promise<void>;
  /** Told when it is refused. */
  rejected?(tx: Tx, input: Input, by: { rejectedBy: string; answer: string }): Promise<void>;
};

export type ProposalDraft<Input = unknown> = {
  kind: string;
  /** What it is about: of one matter one proposal of a kind waits at a time. */
  matter: string;
  input: Input;
  reason: string;
  customerId?: string;
  amount?: Money;
};

export type Approvals = {
  /** Makes a kind known. Once, when the process starts. */
  register<Input>(kind: ProposalKind<Input>): void;
  /**
   * Stores a proposal in the caller's transaction.
   * @throws Refusal `staff.proposal_exists`, `identity.not_allowed`
   */
  propose<Input>(tx: Tx, staff: Staff, draft: ProposalDraft<Input>): Promise<Id<"prp">>;
  /**
   * Lets it happen. Both people are checked: the proposer is another one, and the approver may do it.
   * @throws Refusal `request.not_found`, `identity.not_allowed`, `staff.second_person_needed`, `staff.proposal_over`,
   * `staff.proposal_failed`
   */
  approve(staff: Staff, id: string, from?: string): Promise<Proposal>;
  reject(staff: Staff, id: string, answer: string, from?: string): Promise<Proposal>;
  /** Takes back one's own. */
  withdraw(staff: Staff, id: string, from?: string): Promise<Proposal>;
  byId(staff: Staff, id: string): Promise<Proposal>;
  list(staff: Staff, status?: "waiting" | "decided"): Promise<Proposal[]>;
  /** Closes those that waited too long. Safe to run anywhere at any time. */
  expire(): Promise<void>;
};

/** For so long a proposal waits, in milliseconds. */
const waitMs = 7 * 24 * 3_600_000;

export function createApprovals(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  audit: Audit;
}): Approvals {
  const { db, clock, vault, audit } = deps;
  const kinds = new Map<string, ProposalKind<never>>();
  const place = (id: string, column: "sealed" | "answer_sealed") => ({
    table: "identity.proposal",
    column,
    row: id,
  });
  const contentOf = (row: sql.ProposalRow) =>
    JSON.parse(vault.open(place(row.id, "sealed"), row.sealed)) as { input: never; reason: string };

  function kindOf(name: string): ProposalKind<never> {
    const kind = kinds.get(name);
    assert(kind, `the kind of proposal ${name} is known`);
    return kind;
  }

  async function views(staff: Staff, rows: readonly sql.ProposalRow[]): Promise<Proposal[]> {
    const names = await staffNames(
      db,
      vault,
      rows.flatMap((row) => [row.proposed_by, row.decided_by]),
    );
    return rows.map((row) => {
      const kind = kindOf(row.kind);
      const { input, reason } = contentOf(row);
      const late = row.status === "waiting" && row.expires_at <= clock.now();
      const own = row.proposed_by === staff.id;
      return {
        id: row.id,
        kind: row.kind,
        ...kind.describe(input),
        amount: row.amount === null ? null : toWire({ minor: row.amount, currency: row.currency as never }),
        customerId: row.customer_id,
        reason,
        proposedBy: names.get(row.proposed_by) ?? row.proposed_by,
        proposedAt: row.proposed_at.toISOString(),
        expiresAt: row.expires_at.toISOString(),
        status: late ? "expired" : row.status,
        decidedBy: row.decided_by === null ? null : (names.get(row.decided_by) ?? row.decided_by),
        decidedAt: row.decided_at?.toISOString() ?? null,
        answer:
          row.answer_sealed === null ? null : vault.open(place(row.id, "answer_sealed"), row.answer_sealed),
        own,
        mayDecide: row.status === "waiting" && !late && !own && may(staff.role, kind.permission),
      };
    });
  }

  async function byId(staff: Staff, id: string): Promise<Proposal> {
    const row = await sql.selectProposal(db, id);
    if (row === undefined) throw new Refusal("request.not_found");
    return (await views(staff, [row]))[0] as Proposal;
  }

  /** The waiting proposal under its lock, for who may decide it. */
  async function lockFor(tx: Tx, staff: Staff, id: string, who: "another" | "proposer") {
    const row = await sql.lockProposal(tx, id);
    if (row === undefined) throw new Refusal("request.not_found");
    if (!may(staff.role, kindOf(row.kind).permission)) throw new Refusal("identity.not_allowed");
    if (row.status !== "waiting" || row.expires_at <= clock.now()) throw new Refusal("staff.proposal_over");
    const own = row.proposed_by === staff.id;
    if (who === "another" && own) throw new Refusal("staff.second_person_needed");
    if (who === "proposer" && !own) throw new Refusal("identity.not_allowed");
    return row;
  }

  async function decide(
    tx: Tx,
    row: sql.ProposalRow,
    staff: Staff,
    decision: { status: "executed" | "rejected" | "withdrawn"; answer?: string; from?: string | undefined },
  ): Promise<void> {
    const { status, answer, from } = decision;
    await sql.decideProposal(tx, row.id, {
      status,
      by: staff.id,
      at: clock.now(),
      answerSealed: answer === undefined ? null : vault.seal(place(row.id, "answer_sealed"), answer),
    });
    await audit.record(tx, {
      actor: { kind: "staff", id: staff.id },
      action: `proposal.${status === "executed" ? "approved" : status}`,
      subject: row.id,
      details: { kind: row.kind, matter: row.matter, proposedBy: row.proposed_by, answer: answer ?? null },
      ...(from ? { from } : {}),
    });
  }

  return {
    register(kind) {
      assert(!kinds.has(kind.kind), `the kind of proposal ${kind.kind} is registered once`);
      kinds.set(kind.kind, kind as unknown as ProposalKind<never>);
    },
    async propose(tx, staff, draft) {
      const kind = kindOf(draft.kind);
      if (!may(staff.role, kind.permission)) throw new Refusal("identity.not_allowed");
      const id = deps.ids.next("prp");
      const at = clock.now();
      await sql.expireOf(tx, draft.kind, draft.matter, at);
      const stored = await sql.insertProposal(tx, {
        id,
        kind: draft.kind,
        matter: draft.matter,
        customer_id: draft.customerId ?? null,
        amount: draft.amount?.minor ?? null,
        currency: draft.amount?.currency ?? null,
        sealed: vault.seal(place(id, "sealed"), JSON.stringify({ input: draft.input, reason: draft.reason })),
        proposed_by: staff.id as Id<"stf">,
        proposed_at: at,
        expires_at: new Date(at.getTime() + waitMs),
      });
      if (!stored) throw new Refusal("staff.proposal_exists");
      await audit.record(tx, {
        actor: { kind: "staff", id: staff.id },
        action: "proposal.made",
        subject: id,
        details: { kind: draft.kind, matter: draft.matter, reason: draft.reason },
      });
      return id;
    },
    async approve(staff, id, from) {
      await db.transaction(async (tx) => {
        const row = await lockFor(tx, staff, id, "another");
        const proposer = await sql.selectProposer(tx, row.proposed_by);
        // Somebody who has left, or lost the role, is no first pair of eyes any more.
        if (proposer === undefined || !may(proposer.role as Staff["role"], kindOf(row.kind).permission))
          throw new Refusal("staff.proposal_failed");
        try {
          await kindOf(row.kind).execute(tx, contentOf(row).input, {
            proposedBy: row.proposed_by,
            approvedBy: staff.id,
          });
        } catch (error) {
          if (error instanceof Refusal) throw new Refusal("staff.proposal_failed", { cause: error });
          throw error;
        }
        await decide(tx, row, staff, { status: "executed", from });
      });
      return byId(staff, id);
    },
    async reject(staff, id, answer, from) {
      await db.transaction(async (tx) => {
        const row = await lockFor(tx, staff, id, "another");
        await kindOf(row.kind).rejected?.(tx, contentOf(row).input, { rejectedBy: staff.id, answer });
        await decide(tx, row, staff, { status: "rejected", answer, from });
      });
      return byId(staff, id);
    },
    async withdraw(staff, id, from) {
      await db.transaction(async (tx) => {
        const row = await lockFor(tx, staff, id, "proposer");
        await decide(tx, row, staff, { status: "withdrawn", from });
      });
      return byId(staff, id);
    },
    byId,
    async list(staff, status) {
      return views(staff, await sql.selectProposals(db, { status, now: clock.now() }));
    },
    expire: () => sql.expireProposals(db, clock.now()),
  };
}

import { createHash, randomBytes } from "node:crypto";
import type { Freeze, FreezeReason, FreezeScope } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, event, type Subscriptions } from "../platform/events.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import { createLookup } from "../platform/lookup.ts";
import type { Memory } from "../platform/memory.ts";
import type { Vault } from "../vault/index.ts";
import type { Actor, Audit } from "./audit.ts";
import * as sql from "./freeze-sql.ts";
import { toldOf } from "./freeze-texts.ts";
import type { Messages } from "./messages.ts";

/** What a use case asks for: money leaving, signing in, or one card (`card:` and the id of its binding). */
export type FrozenThing = "payments" | "sign_in" | `card:${string}`;

export type FreezeDraft = {
  customerId: string;
  scope: FreezeScope;
  /** The card; needed where the scope is one. */
  bindingId?: string | undefined;
  by: "customer" | "staff" | "risk";
  reason: FreezeReason;
  staffId?: string;
  /** Words of staff, never shown to the customer. */
  note?: string;
  /** Network address of who asked. */
  from?: string;
};

export type Freezes = {
  /**
   * Lets pass what is not frozen. Read from the database at every call: a freeze set on one process refuses on every
   * other from its commit on.
   * @throws Refusal `freeze.payments`, `freeze.sign_in` or `freeze.card`
   */
  require(customerId: string, thing: FrozenThing): Promise<void>;
  /** Freezes in the caller's transaction; what is frozen already stays as it is. Freezing sign-in ends all sessions. */
  freeze(tx: Tx, draft: FreezeDraft): Promise<Id<"frz">>;
  /**
   * Lifts one freeze in the caller's transaction.
   * @throws Refusal `request.not_found`, `freeze.ended`
   */
  lift(tx: Tx, freezeId: string, actor: Actor, from?: string): Promise<void>;
  /** Lifts the customer's own freezes of a scope: after a recovery, for signing in. */
  liftOwn(tx: Tx, customerId: string, scope: FreezeScope): Promise<void>;
  /**
   * Takes an appeal against a freeze that staff or risk set.
   * @throws Refusal `request.not_found`, `freeze.ended`, `freeze.appeal_open`
   */
  appeal(
    tx: Tx,
    freezeId: string,
    appeal: { text: string; customerId: string; from?: string },
  ): Promise<void>;
  /** Closes the open appeal of a freeze with an answer to the customer; accepting it lifts the freeze. */
  decideAppeal(
    tx: Tx,
    freezeId: string,
    decision: { accepted: boolean; answer: string; staffId: string },
  ): Promise<void>;
  /** The customer's freeze behind the token of a notice. */
  byToken(token: string): Promise<{ id: Id<"frz">; customerId: Id<"cus"> } | undefined>;
  byId(freezeId: string): Promise<(Freeze & { customerId: Id<"cus"> }) | undefined>;
  /** Standing and ended ones, newest first. */
  listOf(customerId: string): Promise<Freeze[]>;
  /** Freezes with an open appeal, oldest appeal first. */
  appealed(): Promise<(Freeze & { customerId: Id<"cus"> })[]>;
  /** Tells which card bindings a customer has; the module that links cards lies above this one. */
  knowCards(owns: (customerId: string, bindingId: string) => Promise<boolean>): void;
};

export function createFreezes(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  subscriptions: Subscriptions;
  messages: Messages;
  audit: Audit;
  memory: Pick<Memory<never>, "clear">;
  random?: RandomBytes;
}): Freezes {
  const { db, clock, ids, vault, audit } = deps;
  const random = deps.random ?? randomBytes;
  let ownsCard: ((customerId: string, bindingId: string) => Promise<boolean>) | undefined;
  const place = (table: string, column: string, row: string) => ({ table: `identity.${table}`, column, row });
  const standing = createLookup((customerIds) => sql.selectStanding(db, customerIds));

  async function changed(tx: Tx, row: Pick<sql.FreezeRow, "customer_id" | "scope">, frozen: boolean) {
    await emit(tx, deps.subscriptions, [
      event("freeze.changed", { customerId: row.customer_id, scope: row.scope, frozen }),
    ]);
  }

  function viewOf(row: sql.FreezeWithAppeal): Freeze & { customerId: Id<"cus"> } {
    return {
      id: row.id,
      customerId: row.customer_id,
      scope: row.scope,
      bindingId: row.binding_id,
      by: row.set_by,
      reason: row.reason,
      since: row.since.toISOString(),
      endedAt: row.ended_at?.toISOString() ?? null,
      told: toldOf(row.scope, row.reason, row.set_by),
      undo: row.set_by === "customer" ? "self" : "appeal",
      appeal:
        row.appeal_id === null
          ? null
          : {
              id: row.appeal_id,
              status: row.appeal_status as "open",
              text: vault.open(place("appeal", "sealed", row.appeal_id), row.appeal_sealed as string),
              at: (row.appeal_at as Date).toISOString(),
              decidedAt: row.appeal_decided_at?.toISOString() ?? null,
              answer:
                row.appeal_answer_sealed === null
                  ? null
                  : vault.open(place("appeal", "answer_sealed", row.appeal_id), row.appeal_answer_sealed),
            },
    };
  }

  async function lift(tx: Tx, freezeId: string, actor: Actor, from?: string): Promise<void> {
    const row = await sql.lockFreeze(tx, freezeId);
    if (row === undefined) throw new Refusal("request.not_found");
    if (row.ended_at !== null) throw new Refusal("freeze.ended");
    const at = clock.now();
    await sql.endFreeze(tx, row.id, at);
    await audit.record(tx, {
      actor,
      action: "freeze.lifted",
      subject: row.customer_id,
      details: { freeze: row.id, scope: row.scope },
      ...(from ? { from } : {}),
    });
    await deps.messages.queue(tx, {
      to: { customerId: row.customer_id },
      content: { kind: "notice.unfrozen", scope: row.scope, at: at.toISOString() },
    });
    await changed(tx, row, false);
  }

  return {
    async require(customerId, thing) {
      const rows = await standing(customerId);
      if (rows === undefined) return;
      for (const { scope, binding_id } of rows)
        if (scope === "card" ? thing === `card:${binding_id}` : thing === scope)
          throw new Refusal(`freeze.${scope}`);
    },
    async freeze(tx, draft) {
      const { customerId, scope, bindingId, by, reason } = draft;
      if (scope === "card") {
        const own = bindingId !== undefined && ((await ownsCard?.(customerId, bindingId)) ?? false);
        if (!own) throw new Refusal("request.not_found");
      }
      const token = by === "customer" ? undefined : Buffer.from(random(32)).toString("base64url");
      const id = ids.next("frz");
      const at = clock.now();
      const row: sql.FreezeRow = {
        id,
        customer_id: customerId as Id<"cus">,
        scope,
        binding_id: scope === "card" ? (bindingId as string) : null,
        set_by: by,
        staff_id: draft.staffId ?? null,
        reason,
        sealed: draft.note ? vault.seal(place("freeze", "sealed", id), draft.note) : null,
        appeal_token_hash: token ? hashOfToken(token) : null,
        since: at,
        ended_at: null,
      };
      const earlier = await sql.insertFreeze(tx, row);
      if (earlier !== undefined) return earlier;
      if (scope === "sign_in") {
        await sql.endSessions(tx, customerId);
        deps.memory.clear();
      }
      await audit.record(tx, {
        actor:
          by === "staff"
            ? { kind: "staff", id: draft.staffId as string }
            : by === "customer"
              ? { kind: "customer", id: customerId }
              : { kind: "risk" },
        action: "freeze.set",
        subject: customerId,
        details: { freeze: id, scope, reason, card: row.binding_id, note: draft.note ?? null },
        ...(draft.from ? { from: draft.from } : {}),
      });
      await deps.messages.queue(tx, {
        to: { customerId: row.customer_id },
        content: {
          kind: "notice.frozen",
          scope,
          by,
          at: at.toISOString(),
          ...(token ? { appeal: token } : {}),
        },
      });
      await changed(tx, row, true);
      return id;
    },
    lift,
    async liftOwn(tx, customerId, scope) {
      for (const id of await sql.selectOwn(tx, customerId, scope))
        await lift(tx, id, { kind: "customer", id: customerId });
    },
    async appeal(tx, freezeId, { text, customerId, from }) {
      const row = await sql.lockFreeze(tx, freezeId);
      if (row === undefined || row.customer_id !== customerId || row.set_by === "customer")
        throw new Refusal("request.not_found");
      if (row.ended_at !== null) throw new Refusal("freeze.ended");
      const id = ids.next("apl");
      const stored = await sql.insertAppeal(tx, {
        id,
        freezeId,
        sealed: vault.seal(place("appeal", "sealed", id), text),
        at: clock.now(),
      });
      if (!stored) throw new Refusal("freeze.appeal_open");
      await audit.record(tx, {
        actor: { kind: "customer", id: customerId },
        action: "freeze.appealed",
        subject: freezeId,
        ...(from ? { from } : {}),
      });
      await changed(tx, row, true);
    },
    async decideAppeal(tx, freezeId, { accepted, answer, staffId }) {
      const row = await sql.lockFreeze(tx, freezeId);
      const appealId = await sql.selectOpenAppeal(tx, freezeId);
      if (row === undefined || appealId === undefined) throw new Refusal("request.not_found");
      await sql.decideAppeal(tx, appealId, {
        status: accepted ? "accepted" : "refused",
        at: clock.now(),
        answerSealed: vault.seal(place("appeal", "answer_sealed", appealId), answer),
      });
      await audit.record(tx, {
        actor: { kind: "staff", id: staffId },
        action: accepted ? "appeal.accepted" : "appeal.refused",
        subject: row.customer_id,
        details: { freeze: freezeId, answer },
      });
      if (accepted && row.ended_at === null) await lift(tx, freezeId, { kind: "staff", id: staffId });
      else await changed(tx, row, row.ended_at === null);
    },
    async byToken(token) {
      const row = await sql.selectByToken(db, hashOfToken(token));
      return row && { id: row.id, customerId: row.customer_id };
    },
    async byId(freezeId) {
      const [row] = await sql.selectFreezes(db, { id: freezeId });
      return row && viewOf(row);
    },
    listOf: async (customerId) => (await sql.selectFreezes(db, { customerId })).map(viewOf),
    appealed: async () => (await sql.selectFreezes(db, { appealed: true })).map(viewOf).reverse(),
    knowCards(owns) {
      ownsCard = owns;
    },
  };
}

const hashOfToken = (token: string): Buffer => createHash("sha256").update(token).digest();

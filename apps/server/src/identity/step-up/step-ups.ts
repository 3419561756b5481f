import type {
  StepUp,
  StepUpAnswer,
  StepUpMethodKind,
  StepUpReason,
  StepUpStatement,
} from "@jinqiao/contract";
import { stepUpText } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { z } from "zod";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../platform/db.ts";
import { assert, Refusal } from "../../platform/errors.ts";
import type { CustomerSession } from "../../platform/http/sessions.ts";
import type { Ids } from "../../platform/ids.ts";
import { createLookup } from "../../platform/lookup.ts";
import type { Vault } from "../../vault/index.ts";
import type { Codes } from "../codes.ts";
import type { Messages } from "../messages.ts";
import { digestOf, isSame, type PaymentToConfirm, statementOf } from "./digest.ts";
import type { CodeChannel, StepUpFactors } from "./factors.ts";
import { codeUseOf, createMethods } from "./methods.ts";
import type { Pins } from "./pin.ts";
import { decide, isLinked, type StepUpPolicy } from "./policy.ts";
import * as sql from "./sql.ts";
import type { Tokens } from "./tokens.ts";

/** How a payment was authorised; kept with it. */
export type Authentication = {
  method: StepUpMethodKind | null;
  stepUpId: Id<"sca"> | null;
  /** Why it went without: `not_asked` where the policy asks nothing. */
  exemption: "low_value" | "trusted_payee" | "not_asked" | null;
  reasons: StepUpReason[];
};

export type StepUpView = z.input<typeof StepUp>;

/** How many confirmations a customer may begin within the time of a lock. */
const maxBegun = 60;

export type StepUps = {
  /** Begins the confirmation of a payment. */
  create(
    session: CustomerSession,
    payment: PaymentToConfirm,
    options: { trustPayee: boolean },
  ): Promise<StepUpView>;
  get(session: CustomerSession, id: string): Promise<StepUpView>;
  pending(customerId: string): Promise<StepUpView[]>;
  sendCode(
    session: CustomerSession,
    id: string,
    channel: "email" | "sms",
  ): Promise<CodeChannel & { expiresAt: string }>;
  answer(session: CustomerSession, id: string, answer: StepUpAnswer): Promise<StepUpView>;
  /**
   * Lets a payment pass, or throws. Called before the payment is committed and outside every transaction. A
   * confirmation is bound to the attempt here: sent again, the same attempt passes again, and no other ever does.
   * @param input.attempt key of the attempt; the payment is committed at most once under it
   * @throws Refusal `sca.required`, `sca.dynamic_link_mismatch`, `sca.expired`, `sca.used`, `sca.locked`
   */
  authorise(input: {
    session: CustomerSession;
    attempt: string;
    payment: PaymentToConfirm;
    stepUpId?: string | undefined;
  }): Promise<Authentication>;
  /** Asks that everything the customer pays until then is confirmed by what is bound to it: for risk and recovery. */
  demand(customerId: string, until: Date): Promise<void>;
  trusted(customerId: string): Promise<{ payeeId: string; name: string; since: string }[]>;
  /** @throws Refusal `request.not_found` */
  distrust(customerId: string, payeeId: string): Promise<void>;
  /** @throws Refusal `sca.locked` while codes wait after wrong tries */
  requireUnlocked(customerId: string): Promise<void>;
  countFailure(customerId: string): Promise<void>;
  deleteOld(): Promise<void>;
};

export type StepUpDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  codes: Codes;
  messages: Messages;
  policy: StepUpPolicy;
  factors: StepUpFactors;
  pins: Pins;
  tokens: Tokens;
};

export function createStepUps(deps: StepUpDeps): StepUps {
  const { db, clock, policy, factors, pins, vault } = deps;
  const methods = createMethods(deps);
  const factsOf = createLookup((asked) => sql.selectFacts(db, asked, clock.now()));
  const place = (id: string, customerId: string) => ({
    table: "identity.step_up",
    column: "sealed",
    row: id,
    subject: customerId,
  });
  async function read(row: sql.StepUpRow): Promise<StepUpStatement> {
    await vault.ready({ subjects: [row.customer_id] });
    return JSON.parse(vault.open(place(row.id, row.customer_id), row.sealed)) as StepUpStatement;
  }

  /** One's own, asked for in this very session; any other is as unknown as one that does not exist. */
  async function own(session: CustomerSession, id: string): Promise<sql.StepUpRow> {
    const row = await sql.selectStepUp(db, session.customerId, id);
    if (row === undefined || row.session_id !== session.id) throw new Refusal("request.not_found");
    return row;
  }

  async function lockedUntil(customerId: string): Promise<Date | null> {
    const { locked_until } = await sql.selectFailures(db, customerId);
    return locked_until !== null && locked_until > clock.now() ? locked_until : null;
  }

  const isLocked = async (customerId: string) => (await lockedUntil(customerId)) !== null;

  async function requireUnlocked(customerId: string): Promise<void> {
    const until = await lockedUntil(customerId);
    if (until === null) return;
    const retryAfterSeconds = (until.getTime() - clock.now().getTime()) / 1_000;
    throw new Refusal("sca.locked", { retryAfterSeconds });
  }

  async function countFailure(customerId: string): Promise<void> {
    const lockedUntil = new Date(clock.now().getTime() + policy.lockMs);
    await sql.countFailure(db, customerId, { maxTries: policy.maxTries, lockedUntil });
  }

  /** Refuses a confirmation that can no longer be answered. */
  function requireOpen(row: sql.StepUpRow): void {
    if (row.tries >= policy.maxTries) throw new Refusal("sca.locked");
    if (row.void_at !== null) throw new Refusal("sca.dynamic_link_mismatch");
    if (row.used_by !== null) throw new Refusal("sca.used");
    if (row.expires_at <= clock.now()) throw new Refusal("sca.expired");
  }

  async function decisionOn(session: CustomerSession, payment: PaymentToConfirm) {
    const asked: sql.FactsAsked = {
      customerId: payment.customerId,
      payeeId: payment.payee.id,
      sessionId: session.id,
      deviceId: session.deviceId,
      currency: payment.amount.currency,
    };
    const known = await factsOf(JSON.stringify(asked));
    assert(known, "what was asked about a payment is answered");
    const proved = Math.max(session.strongAt?.getTime() ?? 0, known.confirmed_at?.getTime() ?? 0);
    return decide(policy, {
      amount: payment.amount,
      payeeKnown: known.payee_known || known.payee_trusted,
      payeeTrusted: known.payee_trusted,
      deviceKnown: session.deviceId !== null && known.device_known,
      idle: session.resumedAt !== null && session.resumedAt.getTime() > proved,
      spent: known.spent,
      count: known.count,
      demanded: known.demanded,
    });
  }

  function statusOf(row: sql.StepUpRow): StepUpView["status"] {
    if (row.used_by !== null) return "used";
    if (row.void_at !== null) return "void";
    if (row.expires_at <= clock.now()) return "expired";
    return row.confirmed_at === null ? "pending" : "confirmed";
  }

  async function viewOf(row: sql.StepUpRow): Promise<StepUpView> {
    const statement = await read(row);
    const status = statusOf(row);
    const passkeyOptions =
      status === "pending" ? await factors.passkeys.options(row.customer_id, row.digest) : null;
    const { amount, currency, payee } = statement;
    const digest = row.digest.toString("base64url");
    return {
      id: row.id,
      status,
      kind: row.kind,
      amount: { amount, currency },
      payee,
      note: statement.note,
      trustPayee: row.trust_payee,
      statement: stepUpText(statement),
      digest,
      reasons: row.reasons,
      methods:
        status === "pending"
          ? await methods.of(row, {
              hasPasskey: passkeyOptions !== null,
              locked: await isLocked(row.customer_id),
            })
          : [],
      passkeyOptions,
      spc:
        passkeyOptions?.rpId === undefined
          ? null
          : {
              challenge: digest,
              rpId: passkeyOptions.rpId,
              credentialIds: (passkeyOptions.allowCredentials ?? []).map(({ id }) => id),
              payeeName: payee.name,
              amount: { amount, currency },
            },
      triesLeft: Math.max(0, policy.maxTries - row.tries),
      expiresAt: row.expires_at.toISOString(),
    };
  }

  /** A confirmation that is used: bound to its attempt, for exactly the payment that was confirmed. */
  async function use(
    session: CustomerSession,
    attempt: string,
    payment: PaymentToConfirm,
    id: string,
  ): Promise<Authentication> {
    const row = await own(session, id);
    const digest = digestOf(statementOf(payment, { id: row.id, trustPayee: row.trust_payee }));
    if (!isSame(digest, row.digest)) {
      await sql.makeVoid(db, row.id, clock.now());
      throw new Refusal("sca.dynamic_link_mismatch");
    }
    const isRepeat = row.used_by === attempt;
    if (!isRepeat) requireOpen(row);
    if (row.confirmed_at === null || row.method === null)
      throw new Refusal("sca.required", { reasons: row.reasons });
    if (row.expires_at.getTime() + policy.repeatMs <= clock.now().getTime()) throw new Refusal("sca.expired");
    if (!isRepeat) {
      // What was enough when it was confirmed may not be any more: somebody has asked for the strongest since.
      const decision = await decisionOn(session, payment);
      if (decision.needed && decision.linkedOnly && !isLinked(row.method))
        throw new Refusal("sca.required", { reasons: decision.reasons });
    }
    const now = clock.now();
    const bound = await db.transaction(async (tx) => {
      if (!(await sql.use(tx, row.id, attempt, now))) return false;
      if (row.trust_payee) await sql.trust(tx, row.customer_id, row.payee_id, row.id, now);
      return true;
    });
    if (!bound) throw new Refusal("sca.used");
    return { method: row.method, stepUpId: row.id, exemption: null, reasons: row.reasons };
  }

  return {
    async create(session, payment, { trustPayee }) {
      const { customerId } = session;
      const now = clock.now();
      const begun = await sql.countSince(db, customerId, new Date(now.getTime() - policy.lockMs));
      if (begun >= maxBegun) throw new Refusal("rate.limited", { retryAfterSeconds: policy.lockMs / 1_000 });
      const decision = await decisionOn(session, payment);
      const id = deps.ids.next("sca");
      const statement = statementOf(payment, { id, trustPayee });
      await vault.ready({ subjects: [customerId] });
      const row = {
        id,
        customer_id: customerId,
        session_id: session.id,
        device_id: session.deviceId,
        kind: payment.kind,
        payee_id: payment.payee.id,
        trust_payee: trustPayee,
        sealed: vault.seal(place(id, customerId), JSON.stringify(statement)),
        digest: digestOf(statement),
        reasons: decision.needed ? decision.reasons : [],
        // Whoever is trusted from now on is asked for less: that itself takes the strongest means (RTS Art. 13).
        linked_only: trustPayee || (decision.needed && decision.linkedOnly),
        pin_allowed: !trustPayee && (!decision.needed || decision.pin),
        created_at: now,
        expires_at: new Date(now.getTime() + policy.lifeMs),
      };
      await sql.insertStepUp(db, row);
      return viewOf(await own(session, id));
    },

    get: async (session, id) => viewOf(await own(session, id)),
    pending: async (customerId) => {
      const rows = await sql.selectPending(db, customerId, clock.now());
      return Promise.all(rows.map(viewOf));
    },

    async sendCode(session, id, channel) {
      const row = await own(session, id);
      requireOpen(row);
      await requireUnlocked(row.customer_id);
      const to = (await factors.channels(row.customer_id)).find((one) => one.channel === channel);
      if (to === undefined) throw new Refusal("sca.method_not_offered");
      const { amount, currency, payee } = await read(row);
      const expiresAt = await db.transaction(async (tx) => {
        const issued = await deps.codes.issue(tx, codeUseOf(row));
        // It ends with the confirmation, whichever comes first.
        const ends = issued.expiresAt < row.expires_at ? issued.expiresAt : row.expires_at;
        const minutes = Math.max(1, Math.floor((ends.getTime() - clock.now().getTime()) / 60_000));
        await deps.messages.queue(tx, {
          to: { customerId: row.customer_id },
          channel,
          content: {
            kind: "code",
            purpose: "payment",
            code: issued.code,
            minutes,
            amount: `${amount} ${currency}`,
            payee: payee.name,
          },
          expiresAt: ends,
        });
        return ends;
      });
      return { ...to, expiresAt: expiresAt.toISOString() };
    },

    async answer(session, id, answer) {
      const row = await own(session, id);
      requireOpen(row);
      if (row.confirmed_at !== null) return viewOf(row);
      const hasPasskey = answer.kind === "passkey";
      const offered = await methods.of(row, { hasPasskey, locked: false });
      const method = offered.find(({ kind }) => kind === answer.kind);
      if (method === undefined) throw new Refusal("sca.method_not_offered");
      if (answer.kind !== "passkey") await requireUnlocked(row.customer_id);
      if (method.locked) throw new Refusal("sca.pin_locked");

      const limits = { now: clock.now(), maxTries: policy.maxTries };
      const taken = await sql.takeTry(db, row.id, limits);
      if (taken === undefined) return again(session, id);
      if (!(await methods.isRight(taken, answer, await read(taken)))) {
        if (answer.kind !== "passkey") await countFailure(row.customer_id);
        if (taken.tries < policy.maxTries) throw new Refusal("sca.answer_wrong");
        await sql.makeVoid(db, row.id, clock.now());
        throw new Refusal("sca.locked");
      }
      const linked = isLinked(answer.kind);
      const confirmed = await db.transaction(async (tx) => {
        const now = await sql.confirm(tx, row.id, { method: answer.kind, linked, at: clock.now() });
        if (now === undefined) return undefined;
        await sql.forgetFailures(tx, row.customer_id);
        if (linked) await pins.unlock(tx, row.customer_id);
        return now;
      });
      return confirmed ? viewOf(confirmed) : again(session, id);
    },

    async authorise({ session, attempt, payment, stepUpId }) {
      if (stepUpId !== undefined) return use(session, attempt, payment, stepUpId);
      if (policy.asks === "never")
        return { method: null, stepUpId: null, exemption: "not_asked", reasons: [] };
      const decision = await decisionOn(session, payment);
      if (decision.needed) throw new Refusal("sca.required", { reasons: decision.reasons });
      const limits = policy.thresholds(payment.amount.currency);
      if (decision.exemption === "low_value" && limits !== undefined) {
        // Judged once more where others cannot judge at the same time.
        const taken = await sql.takeExemption(db, {
          attempt,
          customerId: payment.customerId,
          currency: payment.amount.currency,
          amount: payment.amount.minor,
          maxSum: limits.exemptSum,
          maxCount: policy.exemptCount,
          now: clock.now(),
        });
        if (!taken) throw new Refusal("sca.required", { reasons: ["cumulative"] });
      }
      return { method: null, stepUpId: null, exemption: decision.exemption, reasons: [] };
    },

    demand: (customerId, until) => sql.demand(db, customerId, until),
    async trusted(customerId) {
      await vault.ready({ subjects: [customerId] });
      return (await sql.selectTrusted(db, customerId)).map((row) => {
        const { payee } = JSON.parse(vault.open(place(row.id, customerId), row.sealed)) as StepUpStatement;
        return { payeeId: row.payee_id, name: payee.name, since: row.since.toISOString() };
      });
    },
    async distrust(customerId, payeeId) {
      if (!(await sql.deleteTrusted(db, customerId, payeeId))) throw new Refusal("request.not_found");
    },
    requireUnlocked,
    countFailure,
    deleteOld: () =>
      sql.deleteOld(db, {
        unused: new Date(clock.now().getTime() - 86_400_000),
        exemptions: new Date(clock.now().getTime() - 400 * 86_400_000),
      }),
  };

  /** Another answer came first, or the time ran out meanwhile. */
  async function again(session: CustomerSession, id: string): Promise<StepUpView> {
    const row = await own(session, id);
    requireOpen(row);
    return viewOf(row);
  }
}

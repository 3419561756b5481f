import type { Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { SessionLifetimes } from "../platform/config.ts";
import type { Db, Queryable } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Context } from "../platform/http/handler.ts";
import {
  type CustomerSession,
  type SessionLookup,
  type SessionUse,
  sessionCookies,
} from "../platform/http/sessions.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import { createLookup } from "../platform/lookup.ts";
import type { Memory } from "../platform/memory.ts";
import type { Vault } from "../vault/index.ts";
import * as store from "./session-sql.ts";
import * as sql from "./sql.ts";
import { staffOf } from "./staff.ts";
import { hashOfToken, newToken } from "./tokens.ts";

export type { Authentication } from "./session-sql.ts";

/** A session's last use is written down at most this often, in milliseconds. */
const touchEveryMs = 30_000;
/** After this long without a request, coming back to a session is noted: PSD2 RTS (EU) 2018/389, Art. 4(3)(d). */
const pauseMs = 5 * 60_000;
/** For so long after two factors were given, settings of security may be changed, in milliseconds. */
export const confirmedForMs = 5 * 60_000;

export type Sessions = SessionLookup & {
  /** Begins a session; the answer's cookie carries it. A session the browser had before ends. */
  begin(
    db: Queryable,
    context: Context,
    owner: sql.SessionOwner,
    how: { authentication: store.Authentication; deviceId?: Id<"dev"> },
  ): Promise<void>;
  /**
   * Gives the customer's session a new token and ends the old one: whoever held the old one is out when rights grow.
   * `authentication` is what was proved now, if anything was.
   */
  renew(db: Queryable, context: Context, authentication?: store.Authentication): Promise<void>;
  /** Ends the session of the request's cookie and takes the cookie away. */
  end(context: Context, who: "customer" | "staff"): Promise<void>;
  /** Ends every session of a customer but the one given. */
  endAll(db: Queryable, customerId: string, butSession?: string): Promise<void>;
  /** @throws Refusal `identity.reauthentication_needed` when two factors were last given over five minutes ago */
  requireConfirmed(session: CustomerSession): void;
  /** Deletes sessions that are over and failed sign-ins that no longer count. */
  deleteEnded(): Promise<void>;
};

export function createSessions(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  random: RandomBytes;
  vault: Vault;
  lifetimes: SessionLifetimes;
  memory: Memory<store.SessionRow>;
  /** Whether staff need a passkey for anything but registering one. */
  staffSignIn: "passkey" | "password";
}): Sessions {
  const { db, clock, lifetimes, memory } = deps;
  const before = (ms: number) => new Date(clock.now().getTime() - ms);
  const rowOf = createLookup((tokens) => store.selectSessions(db, tokens));

  async function find(
    cookie: string | undefined,
    who: "customer" | "staff",
    use: SessionUse,
  ): Promise<store.SessionRow | undefined> {
    const tokenHash = hashOfToken(cookie);
    if (tokenHash === undefined) return undefined;
    const token = tokenHash.toString("hex");
    const remembered = who === "customer" ? memory.find(token) : undefined;
    const { age } = memory;
    const session = remembered ?? (await rowOf(token));
    const now = clock.now();
    // Neither ended nor idle for too long.
    const holds =
      session !== undefined &&
      session.expires_at > now &&
      session.last_used_at > before(lifetimes[who].idleMs);
    if (!holds) return undefined;
    if (use === "request" && now.getTime() - session.last_used_at.getTime() >= touchEveryMs) {
      // What is remembered says when it was used last.
      memory.clear();
      await store.touchSession(db, tokenHash, { now, pausedSince: before(pauseMs) });
    } else if (remembered === undefined && who === "customer") memory.keep(token, session, age);
    return session;
  }

  async function sessionOf(
    cookie: string | undefined,
    use: SessionUse = "request",
  ): Promise<CustomerSession | undefined> {
    const row = await find(cookie, "customer", use);
    if (row?.customer_id == null) return undefined;
    return {
      id: row.id,
      customerId: row.customer_id,
      deviceId: row.device_id,
      deviceKnownSince: row.device_known_since,
      authenticatedAt: row.authenticated_at,
      strongAt: row.strong_at,
      lastUsedAt: row.last_used_at,
      resumedAt: row.last_used_at <= before(pauseMs) ? clock.now() : row.resumed_at,
      methods: row.methods,
    };
  }

  return {
    async begin(tx, context, owner, { authentication, deviceId }) {
      const who = "customerId" in owner ? "customer" : "staff";
      const name = sessionCookies[who];
      const previous = hashOfToken(context.cookie(name));
      if (previous) {
        memory.clear();
        await store.deleteSession(tx, previous);
      }
      const token = newToken(deps.random);
      const { absoluteMs } = lifetimes[who];
      const at = clock.now();
      await store.insertSession(tx, {
        id: deps.ids.next("ses"),
        tokenHash: hashOfToken(token) as Buffer,
        owner,
        deviceId: deviceId ?? null,
        authentication,
        at,
        expiresAt: new Date(at.getTime() + absoluteMs),
      });
      context.setCookie(name, token, Math.floor(absoluteMs / 1_000));
    },
    async renew(tx, context, authentication) {
      const token = newToken(deps.random);
      memory.clear();
      const renewed = await store.renewSession(tx, context.session.id, {
        tokenHash: hashOfToken(token) as Buffer,
        at: clock.now(),
        authentication,
      });
      // It ended while this request was under way.
      if (!renewed) throw new Refusal("identity.not_signed_in");
      context.setCookie("jinqiao_session", token, Math.floor(lifetimes.customer.absoluteMs / 1_000));
    },
    async end(context, who) {
      const name = sessionCookies[who];
      const tokenHash = hashOfToken(context.cookie(name));
      if (tokenHash) await store.deleteSession(db, tokenHash);
      memory.clear();
      context.clearCookie(name);
    },
    async endAll(tx, customerId, butSession) {
      await store.deleteSessionsOf(tx, customerId, butSession ?? null);
      memory.clear();
    },
    requireConfirmed({ strongAt }) {
      if (strongAt === null || strongAt <= before(confirmedForMs))
        throw new Refusal("identity.reauthentication_needed");
    },
    sessionOf,
    customerOf: async (cookie, use = "request") => (await sessionOf(cookie, use))?.customerId,
    async staffOf(cookie, use = "request"): Promise<Staff | undefined> {
      const session = await find(cookie, "staff", use);
      const row = session?.staff_id ? await sql.selectStaffById(db, deps.vault, session.staff_id) : undefined;
      return row && staffOf(row, deps.staffSignIn === "passkey" && !session?.methods.includes("passkey"));
    },
    deleteEnded: () =>
      store.deleteEnded(db, {
        now: clock.now(),
        customerIdleSince: before(lifetimes.customer.idleMs),
        staffIdleSince: before(lifetimes.staff.idleMs),
        failuresBefore: before(24 * 3_600_000),
      }),
  };
}

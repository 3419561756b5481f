import { createHash } from "node:crypto";
import type { Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { SessionLifetimes } from "../platform/config.ts";
import type { Db, Queryable } from "../platform/db.ts";
import type { Context } from "../platform/http/handler.ts";
import { type SessionLookup, type SessionUse, sessionCookies } from "../platform/http/sessions.ts";
import type { RandomBytes } from "../platform/ids.ts";
import { createLookup } from "../platform/lookup.ts";
import type { Vault } from "../vault/index.ts";
import * as sql from "./sql.ts";
import { staffOf } from "./staff.ts";

/** A session's last use is written down at most this often, in milliseconds. */
const touchEveryMs = 30_000;

export type Sessions = SessionLookup & {
  /** Begins a session; the answer's cookie carries it. A session the browser had before ends. */
  begin(db: Queryable, context: Context, owner: sql.SessionOwner): Promise<void>;
  /** Ends the session of the request's cookie and takes the cookie away. */
  end(context: Context, who: "customer" | "staff"): Promise<void>;
  /** Deletes sessions that are over and failed sign-ins that no longer count. */
  deleteEnded(): Promise<void>;
};

export function createSessions(deps: {
  db: Db;
  clock: Clock;
  random: RandomBytes;
  vault: Vault;
  lifetimes: SessionLifetimes;
}): Sessions {
  const { db, clock, lifetimes } = deps;
  const before = (ms: number) => new Date(clock.now().getTime() - ms);
  const sessionOf = createLookup((tokens) => sql.selectSessions(db, tokens));

  async function find(
    cookie: string | undefined,
    who: "customer" | "staff",
    use: SessionUse,
  ): Promise<sql.SessionRow | undefined> {
    const tokenHash = hashOfToken(cookie);
    if (tokenHash === undefined) return undefined;
    const session = await sessionOf(tokenHash.toString("hex"));
    const now = clock.now();
    // Neither ended nor idle for too long.
    const holds =
      session !== undefined &&
      session.expires_at > now &&
      session.last_used_at > before(lifetimes[who].idleMs);
    if (!holds) return undefined;
    if (use === "request" && now.getTime() - session.last_used_at.getTime() >= touchEveryMs)
      await sql.touchSession(db, tokenHash, now);
    return session;
  }

  return {
    async begin(tx, context, owner) {
      const who = "customerId" in owner ? "customer" : "staff";
      const name = sessionCookies[who];
      const previous = hashOfToken(context.cookie(name));
      if (previous) await sql.deleteSession(tx, previous);
      // 256 random bits: a token cannot be guessed, so a plain hash of it is enough.
      const token = Buffer.from(deps.random(32)).toString("base64url");
      const { absoluteMs } = lifetimes[who];
      const at = clock.now();
      await sql.insertSession(tx, {
        tokenHash: hashOfToken(token) as Buffer,
        owner,
        at,
        expiresAt: new Date(at.getTime() + absoluteMs),
      });
      context.setCookie(name, token, Math.floor(absoluteMs / 1_000));
    },
    async end(context, who) {
      const name = sessionCookies[who];
      const tokenHash = hashOfToken(context.cookie(name));
      if (tokenHash) await sql.deleteSession(db, tokenHash);
      context.clearCookie(name);
    },
    async customerOf(cookie, use = "request"): Promise<Id<"cus"> | undefined> {
      return (await find(cookie, "customer", use))?.customer_id ?? undefined;
    },
    async staffOf(cookie, use = "request"): Promise<Staff | undefined> {
      const session = await find(cookie, "staff", use);
      const row = session?.staff_id ? await sql.selectStaffById(db, deps.vault, session.staff_id) : undefined;
      return row && staffOf(row);
    },
    deleteEnded: () =>
      sql.deleteEnded(db, {
        now: clock.now(),
        customerIdleSince: before(lifetimes.customer.idleMs),
        staffIdleSince: before(lifetimes.staff.idleMs),
        failuresBefore: before(24 * 3_600_000),
      }),
  };
}

/** SHA-256 of a well-formed token; anything else is no token of ours and costs no query. */
function hashOfToken(token: string | undefined): Buffer | undefined {
  if (token === undefined || !/^[A-Za-z0-9_-]{43}$/.test(token)) return undefined;
  return createHash("sha256").update(token).digest();
}

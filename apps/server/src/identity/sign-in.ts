import { createHmac } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { normalEmail } from "./names.ts";
import { passwordFits } from "./passwords.ts";
import * as sql from "./sql.ts";

/** After this long without a try, an account's failures are forgotten, in milliseconds. */
const forgetAfterMs = 15 * 60_000;

export type Credentials = { email: string; password: string };

/**
 * Judges credentials. Unknown addresses take the same work and count their failures alike, so that nobody learns
 * which addresses exist. After some failures in a row the account waits a growing while, at most 30 seconds: guessing
 * becomes hopeless, and the owner is never kept out for long.
 * @throws Refusal `identity.credentials_invalid`, or `rate.limited` while the account waits
 */
export async function judge<Row>(
  deps: { db: Db; clock: Clock; secret: Buffer },
  realm: "customer" | "staff",
  credentials: Credentials,
  find: (email: string) => Promise<sql.WithPassword<Row> | undefined>,
): Promise<Row> {
  const { db, clock } = deps;
  const email = normalEmail(credentials.email);
  const account = createHmac("sha256", deps.secret).update(`sign-in ${realm} ${email}`).digest();
  const now = clock.now();

  const reserved = await sql.reserveTry(db, account, {
    now,
    forgottenBefore: new Date(now.getTime() - forgetAfterMs),
  });
  if (!reserved) {
    const until = (await sql.selectBlockedUntil(db, account)) ?? now;
    throw new Refusal("rate.limited", { retryAfterSeconds: (until.getTime() - now.getTime()) / 1_000 });
  }
  const row = await find(email);
  if (!(await passwordFits(row?.password_hash, credentials.password)) || row === undefined)
    throw new Refusal("identity.credentials_invalid");
  await sql.forgetFailures(db, account);
  return row;
}

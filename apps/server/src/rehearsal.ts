import { randomBytes } from "node:crypto";
import { createApp } from "./app.ts";
import { demoLogins } from "./demo-logins.ts";
import { lenientStepUpPolicy } from "./identity/index.ts";
import type { Clock } from "./platform/clock.ts";
import { defaultRetention, quietLog } from "./platform/config.ts";
import { createLogger } from "./platform/logger.ts";

/** The whole server with one bank, for a rehearsal: real modules on a real database, jobs and time at command. */
export type Rehearsal = {
  /** Where it answers. */
  url: string;
  /** Logs in as staff who reconcile. */
  staff: { email: string; password: string };
  /** The newest code that was sent to one of the people, by their address. @throws when none was */
  codeSentTo(email: string): Promise<string>;
  /** Runs every job that waits, also those put off, and what these ask for; payments under way ask for ever. */
  settle(): Promise<void>;
  /** What our ledger says stands at the bank, in minor units. */
  custody(currency: string): Promise<bigint>;
  /** Broken invariants of the books, in words; none, or something is wrong. */
  violations(): Promise<string[]>;
  close(): Promise<void>;
};

/** More than a payment needs from its order to the bank's answer. */
const settleRounds = 6;
const weekMs = 7 * 86_400_000;

/**
 * Starts such a server on a database that nobody else uses.
 * @param options.publicUrl the address that the bank knows us by; need not be the one where the server answers
 * @throws Error in one sentence when the bank's entry or the database cannot be used
 */
export async function openRehearsal(options: {
  databaseUrl: string;
  /** Entry of `banks.json`. */
  bank: { id: string };
  publicUrl: string;
  clock: Clock;
  timeoutMs: number;
}): Promise<Rehearsal> {
  const password = randomBytes(18).toString("base64url");
  // Days pass in seconds here: nobody shall be logged out by that.
  const life = { idleMs: 60 * weekMs, absoluteMs: 60 * weekMs };
  const app = await createApp(
    {
      role: "all",
      databaseUrl: options.databaseUrl,
      host: "127.0.0.1",
      port: 0,
      publicUrl: options.publicUrl,
      banks: [options.bank],
      vaultKey: randomBytes(32),
      sessionSecret: randomBytes(32),
      webDirs: {},
      seed: { demo: true, password },
      logLevel: "silent",
      trustProxy: false,
      rateLimitFactor: 1_000_000,
      sessions: { customer: life, staff: life },
      retention: defaultRetention,
      log: quietLog,
      messages: {},
      staffSignIn: "password",
    },
    {
      clock: options.clock,
      // A bank is rehearsed here; its people confirm nothing.
      stepUp: lenientStepUpPolicy,
      logger: createLogger({ level: "silent" }),
      runWorker: false,
      bankHttp: { timeoutMs: options.timeoutMs },
    },
  );
  const address = app.http.server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://localhost:${port}`,
    staff: { email: demoLogins.staff[0].email, password },
    async codeSentTo(email) {
      for (const { to, content } of await app.identity.messages.recent(50)) {
        const address = "email" in to ? to.email : (await app.identity.contactOf(to))?.email;
        if (content.kind === "code" && address === email) return content.code;
      }
      throw new Error(`no code was sent to ${email}`);
    },
    settle: () => app.worker.drain({ rounds: settleRounds }),
    async custody(currency) {
      const balances = await app.ledger.balances(`custody:${options.bank.id}`);
      return balances.find((one) => one.currency === currency)?.balance ?? 0n;
    },
    violations: async () => (await app.ledger.violations()).map((one) => JSON.stringify(one, withBigints)),
    close: app.close,
  };
}

function withBigints(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

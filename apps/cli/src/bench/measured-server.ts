import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashOf, openEngine } from "@jinqiao/server/engine";
import { openWallet as openWalletOverHttp, outboxOf } from "../demo/enter.ts";
import { mapPool } from "../demo/pool.ts";
import { createSession } from "../demo/session.ts";
import { serverNodeOptions, startChild } from "../instance/child.ts";
import { freePort } from "../instance/ports.ts";
import { keepSecrets, writePrivateJson } from "../instance/secrets.ts";
import type { Person } from "./http-load-process.ts";

/** The server in a process of its own, as `npm start` runs it, on a database of the benchmark. */
export type MeasuredServer = {
  pid: number;
  port: number;
  origin: string;
  /** Opens wallets over HTTP and puts money on them. Each person is signed in afterwards. */
  signUp(count: number): Promise<Person[]>;
  stop(): Promise<void>;
};

/** What everybody starts with, minor units: enough for any length of run. */
const opening = 100_000_000n;

export async function startMeasuredServer(options: {
  databaseUrl: string;
  /** Key that the database's log key is sealed with, when it has one; 32 bytes in base64. */
  vaultKey?: string | undefined;
  /** Folder for a CPU profile of the process, written when it stops. */
  cpuProfile?: string | undefined;
}): Promise<MeasuredServer> {
  const folder = await mkdtemp(join(tmpdir(), "jinqiao-bench-server-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const logFile = join(folder, "server.log");
    if (options.vaultKey !== undefined)
      await writePrivateJson(join(folder, "secrets.json"), {
        vaultKey: options.vaultKey,
        sessionSecret: randomBytes(32).toString("base64"),
      });
    const { serverFile } = await keepSecrets(folder);
    const child = await startChild({
      name: "server",
      nodeOptions: serverNodeOptions,
      script: new URL("../../../server/src/main.ts", import.meta.url),
      logFile,
      readyUrl: `${origin}/readyz`,
      env: {
        DATABASE_URL: options.databaseUrl,
        JINQIAO_PORT: String(port),
        JINQIAO_HOST: "127.0.0.1",
        JINQIAO_URL: origin,
        JINQIAO_ROLE: "all",
        // The outbox of a demo, where the people of the benchmark read their codes.
        JINQIAO_SEED: "demo",
        JINQIAO_SECRETS_FILE: serverFile,
        // Hundreds of people from one address are no attack here.
        JINQIAO_RATE_LIMIT_FACTOR: "1000000",
        ...(options.cpuProfile === undefined
          ? {}
          : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${options.cpuProfile}` }),
      },
    });
    const stop = async () => {
      await child.stop(15_000);
      await remove();
    };
    if (!(await child.ready(60_000))) {
      await child.stop(1_000);
      const log = await readFile(logFile, "utf8").catch(() => "");
      throw new Error(`The server did not start:\n${log.trim().split("\n").slice(-12).join("\n")}`);
    }
    return {
      pid: child.pid,
      port,
      origin,
      stop,
      async signUp(count) {
        // Two at a time: hashing passwords is slow on purpose and takes the whole machine.
        const people = await mapPool(Array.from({ length: count }), 2, (_, index) =>
          openWallet(origin, index),
        );
        await fund(options.databaseUrl, people);
        return people;
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function openWallet(origin: string, index: number): Promise<Person> {
  const { api, cookie } = createSession(origin);
  const { id } = await openWalletOverHttp(
    api,
    {
      email: `person-${index}-${randomUUID()}@bench.example`,
      password: randomUUID(),
      displayName: `Person ${index + 1}`,
      locale: index % 2 === 0 ? "en" : "zh",
    },
    outboxOf(api),
  );
  return { id, cookie: cookie() };
}

/** Puts money on the wallets as a custody bank's statement would, past the bank that a benchmark does not have. */
async function fund(databaseUrl: string, people: readonly Person[]): Promise<void> {
  const engine = await openEngine({ databaseUrl });
  try {
    const outcome = await engine.ledger.commit({
      key: `bench/open/${randomUUID()}`,
      hash: hashOf(people.length),
      transfer: {
        id: engine.ids.next("trf"),
        kind: "top_up.settle",
        legs: [
          { account: { code: "custody:bench", currency: "GBP" }, amount: opening * BigInt(people.length) },
          ...people.map(({ id }) => ({
            account: { code: `customer:${id}`, currency: "GBP" },
            amount: -opening,
          })),
        ],
      },
    });
    if (outcome.status !== "accepted") throw new Error(`The wallets were not funded: ${outcome.status}`);
    await engine.db.query(trusting, [people.map(({ id }) => id)]);
  } finally {
    await engine.close();
  }
}

/**
 * As if everybody had once confirmed a payment on their device and trusted everybody else: what is measured is how
 * payments are judged and pass, not how people type codes. The statements of these confirmations are never opened.
 */
const trusting = `
  WITH confirmed AS (
    INSERT INTO identity.step_up (id, customer_id, session_id, device_id, kind, payee_id, trust_payee, sealed, digest, reasons,
      linked_only, pin_allowed, method, linked, confirmed_at, used_by, used_at, created_at, expires_at)
    SELECT 'sca_bench_' || d.customer_id, d.customer_id, 'bench', d.id, 'transfer', 'bench', true, '',
           decode(repeat('00', 32), 'hex'), '{}', true, false, 'code', true, now(), 'bench', now(), now(), now()
      FROM identity.device d WHERE d.customer_id = ANY ($1::text[]) RETURNING id, customer_id)
  INSERT INTO identity.trusted_payee (customer_id, payee_id, step_up_id, since)
  SELECT c.customer_id, p.id, c.id, now() FROM confirmed c CROSS JOIN unnest($1::text[]) AS p (id)`;

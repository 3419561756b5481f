/**
 * `npm run load:reconcile [-- --lines N]`: a camt.053 of 100,000 lines, each the top-up of a payment that waits for it,
 * read and reconciled by the settlement module on a PostgreSQL of its own. Prints time and memory; asserts the outcome.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pino from "pino";
import { serverNodeOptions } from "../../apps/cli/src/instance/child.ts";
import type { Banks } from "../../apps/server/src/banks/index.ts";
import { readDay } from "../../apps/server/src/banks/statements/camt053.ts";
import { createLedger } from "../../apps/server/src/ledger/index.ts";
import { migrations } from "../../apps/server/src/migrations.ts";
import { createPayments, type PaymentsDeps } from "../../apps/server/src/payments/index.ts";
import { systemClock } from "../../apps/server/src/platform/clock.ts";
import { createDb } from "../../apps/server/src/platform/db.ts";
import { createSubscriptions } from "../../apps/server/src/platform/events.ts";
import { createIds } from "../../apps/server/src/platform/ids.ts";
import { migrate } from "../../apps/server/src/platform/migrations.ts";
import { startEmbeddedPostgres } from "../../apps/server/src/platform/postgres/index.ts";
import { createSettlement } from "../../apps/server/src/settlement/index.ts";
import { createVault } from "../../apps/server/src/vault/index.ts";

// With the memory that the server is given; V8 puts off clearing up where there is more.
if (!process.execArgv.includes(serverNodeOptions[0])) {
  const args = [...serverNodeOptions, import.meta.filename, ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
}

const { values } = parseArgs({
  // A stray `--` of npm is no argument.
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { lines: { type: "string", default: "100000" } },
});
const lines = Number(values.lines);
assert(Number.isSafeInteger(lines) && lines > 0, "--lines is a number of lines");

const dataDir = await mkdtemp(join(tmpdir(), "jinqiao-load-"));
const postgres = await startEmbeddedPostgres({ dataDir });
try {
  await postgres.ensureDatabase("load");
  const db = createDb({ url: postgres.url("load") });
  await migrate(db, migrations);
  const clock = systemClock;
  const ids = createIds(clock);
  const subscriptions = createSubscriptions();
  const vault = createVault({ masterKey: randomBytes(32).toString("base64") });
  const ledger = createLedger({ db, clock, subscriptions });

  // A tenth of the lines belong to one customer, the rest to 5,000 others.
  await db.query(
    `INSERT INTO payments.payment (id, kind, status, customer_id, bank_id, linked_account_id, currency, amount, reference,
       request_id, bank_payment_id, bank_status, sent_at, accepted_at, created_at, updated_at)
     SELECT 'pay_' || lpad(n::text, 26, '0'), 'top_up', 'submitted',
            'cus_' || lpad((CASE WHEN n % 10 = 0 THEN 0 ELSE n % 5000 END)::text, 26, '0'),
            'load', 'lac_' || lpad('0', 26, '0'), 'CNY', 100 + n % 900, 'REF' || n, gen_random_uuid(), 'bank-' || n, 'ACSC',
            now(), now(), now(), now()
       FROM generate_series(1, $1::int) AS n`,
    [lines],
  );
  await db.query("ANALYZE payments.payment");
  const today = clock.now().toISOString().slice(0, 10);
  const wanted = { iban: "DE00000000000000000000", currency: "CNY", date: today };
  const file = camtFile(lines, wanted);
  let asked = false;
  const banks = {
    list: () => [{ id: "load", currencies: ["CNY"] }],
    config: () => ({ timeZone: "UTC" }),
    async custodyStatement() {
      if (asked) return null;
      asked = true;
      return { ...(await readDay(file, wanted)), sha256: "0".repeat(64) };
    },
  } as unknown as Banks;
  const payments = createPayments({
    db,
    clock,
    ids,
    vault,
    ledger,
    banks,
    subscriptions,
    watch: {},
    identity: {},
    publicUrl: "http://localhost",
    walletUrl: "http://localhost",
  } as unknown as PaymentsDeps);
  const logger = pino({ level: "silent" });
  const settlement = createSettlement({
    db,
    clock,
    ids,
    vault,
    ledger,
    banks,
    payments,
    subscriptions,
    logger,
  });

  let peakBytes = 0;
  const watching = setInterval(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  }, 50);
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const [statementId] = await settlement.fetchStatements();
  const seconds = (performance.now() - began) / 1_000;
  clearInterval(watching);
  // Of this process alone: on a machine that does other work, the clock tells little.
  const { user, system } = process.cpuUsage(cpuBefore);
  const processorSeconds = Number(((user + system) / 1e6).toFixed(1));

  const [counted] = await db.query<{ matched: bigint; breaks: bigint; settled: bigint }>(
    `SELECT (SELECT count(*) FROM settlement.line WHERE statement_id = $1 AND break_id IS NULL) AS matched,
            (SELECT count(*) FROM settlement.break) AS breaks,
            (SELECT count(*) FROM payments.payment WHERE status = 'settled') AS settled`,
    [statementId],
  );
  assert.deepEqual(counted, { matched: BigInt(lines), breaks: 0n, settled: BigInt(lines) });
  assert.deepEqual(
    (await ledger.violations()).map(({ invariant }) => invariant),
    [],
  );
  process.stdout.write(
    `${JSON.stringify({ lines, seconds: Number(seconds.toFixed(1)), perSecond: Math.round(lines / seconds), processorSeconds, rssMb: Math.round(peakBytes / 2 ** 20) })}\n`,
  );
  await ledger.idle();
  await db.close();
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** The day's statement as a bank writes it, some 400 bytes a line. It comes in pieces, as from a connection. */
async function* camtFile(count: number, of: { iban: string; currency: string; date: string }) {
  const decimal = (minor: number) => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, "0")}`;
  const minorOf = (index: number) => 100 + ((index + 1) % 900);
  const date = `<Dt>${of.date}</Dt>`;
  const amount = (minor: number) =>
    `<Amt Ccy="${of.currency}">${decimal(minor)}</Amt><CdtDbtInd>CRDT</CdtDbtInd>`;
  const balance = (code: string, minor: number) =>
    `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${amount(minor)}<Dt>${date}</Dt></Bal>`;
  let total = 0;
  for (let index = 0; index < count; index += 1) total += minorOf(index);
  const head = `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId><CreDtTm>${of.date}T23:00:00Z</CreDtTm></GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>${of.iban}</IBAN></Id></Acct>`;
  yield Buffer.from(`${head}${balance("OPBD", 0)}${balance("CLBD", total)}`);
  for (let from = 0; from < count; from += 200) {
    const entries = Array.from({ length: Math.min(200, count - from) }, (_, offset) => {
      const index = from + offset;
      return `<Ntry>${amount(minorOf(index))}<Sts><Cd>BOOK</Cd></Sts><BookgDt>${date}</BookgDt><ValDt>${date}</ValDt><AcctSvcrRef>B${index}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>REF${index + 1}</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>Lin Xiao</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>Top-up</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`;
    });
    yield Buffer.from(entries.join(""));
  }
  yield Buffer.from("</Stmt></BkToCstmrStmt></Document>");
}

import { hash } from "node:crypto";
import { createDb, type Db, openEngine } from "@jinqiao/server/engine";
import { transferLeafHash } from "@jinqiao/transparency";

/** How much a filled ledger holds. Every account is opened by a transfer from custody, so there are at least as many. */
export type FullLedger = { accounts: number; transfers: number };

/** What every account opened with, minor units; the transfers since then move at most 1.00 each. */
const opening = 100_000;
/** The transfers lie this far back, evenly spread. */
const span = "335 days";

/** The account of a person by number from 0. The tables are filled by the same rule, written in SQL. */
export const personCode = (index: number): string =>
  `customer:cus_01${hash("md5", String(index)).slice(0, 24)}`;

/**
 * Writes years of business into an empty ledger's tables as the posting engine would have left them: entries with
 * their running balances, months, leaves of the log, answers by key, sums. The engine itself would need many minutes.
 * Indexes are made afterwards, which is much quicker, by the definitions the schema gave them.
 * @throws when a sample of what was written breaks a rule of the books
 */
export async function fillLedger(
  options: FullLedger & {
    databaseUrl: string;
    signal: AbortSignal;
    onProgress(done: number, of: number): void;
  },
): Promise<void> {
  const { accounts, transfers } = options;
  if (transfers < accounts) throw new RangeError("every account is opened by a transfer");
  const engine = await openEngine({ databaseUrl: options.databaseUrl });
  await engine.close();
  const db = createDb({ url: options.databaseUrl, maxConnections: 3, applicationName: "jinqiao-bench" });
  // A statement may run for half a minute; whoever stops the benchmark does not wait for it.
  const cancel = () => void db.query(cancelOthers).catch(() => undefined);
  options.signal.addEventListener("abort", cancel);
  try {
    const tables = ["ledger.entry", "ledger.transfer", "platform.request"] as const;
    const indexes = await dropIndexes(db, tables);
    const rebuild = (table: (typeof tables)[number]) => () => inTurn(db, indexes.get(table) ?? []);
    let done = 0;
    const steps: (() => Promise<unknown>)[][] = [
      [() => db.query(openAccounts, [accounts])],
      [() => query(db, legs(accounts, transfers)), () => query(db, requests(accounts, transfers))],
      [() => inTurn(db, months), rebuild("platform.request")],
      [() => query(db, entries), () => query(db, leafedTransfers)],
      [rebuild("ledger.entry"), rebuild("ledger.transfer")],
      [() => query(db, balances), () => query(db, totals)],
      [() => inTurn(db, ["DROP TABLE bench_leg", "VACUUM (ANALYZE)"])],
      [() => checkSample(db, options)],
    ];
    // Two at a time: as many as the processors of a small machine.
    for (const together of steps) {
      options.signal.throwIfAborted();
      options.onProgress(done, steps.length);
      await Promise.all(together.map((step) => step()));
      done += 1;
    }
  } finally {
    options.signal.removeEventListener("abort", cancel);
    await db.close();
  }
}

const cancelOthers =
  "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

const personSql = (index: string) => `'customer:cus_01' || substr(md5((${index})::text), 1, 24)`;

/** One custody account with the lowest id, and then the people in order. */
const openAccounts = `
  INSERT INTO ledger.account (code, currency, kind, floor, safeguarding)
  SELECT 'custody:bench', 'GBP', 'asset', NULL::bigint, 1
  UNION ALL
  SELECT * FROM (SELECT ${personSql("n")}, 'GBP', 'liability', 0::bigint, -1 FROM generate_series(0, $1::int - 1) AS n ORDER BY n) AS people`;

/** Some number from 0 below \`below\`, different for every transfer and \`salt\`, and the same in every run. */
const some = (salt: number, below: number) =>
  `(hashint8extended(i, ${salt}) & 9223372036854775807) % ${below}`;

/**
 * Both sides of every transfer, numbered and summed per account. Held in a table of its own, because entries, leaves
 * and balances are all made from it.
 */
const legs = (accounts: number, transfers: number) => `
  CREATE UNLOGGED TABLE bench_leg AS
  WITH first AS (SELECT min(id) AS custody, min(id) + 1 AS person FROM ledger.account),
  moved AS (
    SELECT i AS position,
           date_trunc('milliseconds', now() - interval '${span}' + interval '${span}' * (i::float8 / ${transfers})) AS at,
           CASE WHEN i < ${accounts} THEN custody ELSE person + ${some(1, accounts)} END AS debit,
           CASE WHEN i < ${accounts} THEN person + i
                ELSE person + (${some(1, accounts)} + 1 + ${some(2, accounts - 1)}) % ${accounts} END AS credit,
           CASE WHEN i < ${accounts} THEN ${opening} ELSE 1 + ${some(3, 100)} END AS amount
      FROM generate_series(0, ${transfers} - 1::bigint) AS i, first)
  SELECT position, at, leg, account_id, counterparty_id, amount,
         row_number() OVER w AS sequence,
         sum(CASE WHEN account_id = (SELECT custody FROM first) THEN amount ELSE -amount END) OVER w AS balance_after
    FROM (SELECT position, at, 1::smallint AS leg, debit AS account_id, credit AS counterparty_id, amount FROM moved
          UNION ALL
          SELECT position, at, 2::smallint, credit, debit, -amount FROM moved) AS side
  WINDOW w AS (PARTITION BY account_id ORDER BY position)`;

/** Time-ordered like real ids, so that indexes grow at their end as they would. */
const idSql = (prefix: string, position: string) =>
  `'${prefix}_' || lpad(to_hex(${position}), 10, '0') || substr(md5('${prefix}' || ${position}), 1, 16)`;

const requests = (accounts: number, transfers: number) => `
  INSERT INTO platform.request (key, hash, outcome, result_sealed, at)
  SELECT 'customer/' || (${some(1, accounts)}) || '/createTransfer/' || md5('key' || i)::uuid, md5('a' || i) || md5('b' || i), 'accepted',
         jsonb_build_object('id', ${idSql("pay", "i")}, 'status', 'settled')::text,
         now() - interval '${span}' + interval '${span}' * (i::float8 / ${transfers})
    FROM generate_series(0, ${transfers} - 1::bigint) AS i`;

const months = [
  "ALTER TABLE ledger.entry DISABLE TRIGGER USER",
  "SELECT ledger.ensure_partition(at) FROM (SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS at FROM bench_leg) AS months",
];

const entries = `
  INSERT INTO ledger.entry (account_id, at, sequence, position, amount, balance_after, counterparty_id, leg)
  SELECT account_id, at, sequence, position, amount, balance_after, counterparty_id, leg FROM bench_leg`;

const textHash = (text: string) => `encode(sha256(convert_to(${text}, 'UTF8')), 'base64')`;
const partSalt = (part: number) =>
  textHash(`E'jinqiao.salt/1\\n' || encode(t.salt, 'base64') || E'\\n${part}\\n'`);
const sideSql = (part: number, code: string, side: string) =>
  textHash(
    `E'jinqiao.side/1\\n' || ${partSalt(part)} || E'\\n' || ${code} || E'\\nGBP\\n' || ${side}.amount || E'\\n' || ${side}.sequence || E'\\n' || ${side}.balance_after || E'\\n'`,
  );

/** The leaf as packages/transparency/src/leaf.ts writes it; the sample below is checked with that very code. */
const leafedTransfers = `
  INSERT INTO ledger.transfer (position, at, id, kind, subject, salt, leaf)
  SELECT t.position, t.at, t.id, 'transfer', t.subject, t.salt,
         sha256('\\x00'::bytea || convert_to(E'jinqiao.transfer/1\\n'
           || ${textHash(
             `E'jinqiao.header/1\\n' || ${partSalt(0)} || E'\\n' || t.id || E'\\ntransfer\\n' || t.subject || E'\\n' || to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || E'\\n'`,
           )}
           || E'\\n' || ${sideSql(1, "one.code", "t")} || E'\\n' || ${sideSql(2, "other.code", "c")} || E'\\n', 'UTF8'))
    FROM (SELECT *, ${idSql("trf", "position")} AS id, ${idSql("pay", "position")} AS subject, decode(md5('salt' || position), 'hex') AS salt
            FROM bench_leg WHERE leg = 1) AS t
    JOIN bench_leg c ON c.position = t.position AND c.leg = 2
    JOIN ledger.account one ON one.id = t.account_id
    JOIN ledger.account other ON other.id = c.account_id`;

const balances = `
  UPDATE ledger.account AS a SET balance = a.normal_sign * l.moved, last_sequence = l.sequence, last_entry_ms = l.last
    FROM (SELECT account_id, sum(amount) AS moved, count(*) AS sequence, (extract(epoch FROM max(at)) * 1000)::bigint AS last
            FROM bench_leg GROUP BY 1) AS l
   WHERE a.id = l.account_id`;

const totals = `
  WITH size AS (UPDATE ledger.log_head SET size = (SELECT count(*) FROM ledger.transfer))
  INSERT INTO ledger.total (currency, safeguarding, balance)
  SELECT 'GBP', CASE WHEN amount > 0 THEN 1 ELSE -1 END, abs(amount)
    FROM (SELECT sum(amount) AS amount FROM bench_leg WHERE leg = 1 AND amount = ${opening}
          UNION ALL SELECT -sum(amount) FROM bench_leg WHERE leg = 1 AND amount = ${opening}) AS sums`;

/** Room to sort in, for this statement alone. */
async function query(db: Db, text: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query("SET LOCAL work_mem = '512MB'");
    await tx.query(text);
  });
}

async function inTurn(db: Db, statements: readonly string[]): Promise<void> {
  const client = await db.pool.connect();
  try {
    await client.query("SET maintenance_work_mem = '512MB'");
    for (const statement of statements) await client.query(statement);
    await client.query("RESET maintenance_work_mem");
  } finally {
    client.release();
  }
}

/** Drops keys and indexes of the tables; answers how to make them again, by table. */
async function dropIndexes(db: Db, tables: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await db.query<{ table: string; drop: string; create: string }>(
    `SELECT t.name AS table,
            CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
                 ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', t.name, c.conname) END AS drop,
            CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                 ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.name, c.conname, pg_get_constraintdef(c.oid)) END AS create
       FROM unnest($1::text[]) AS t(name)
       JOIN pg_index i ON i.indrelid = t.name::regclass
       LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')`,
    [tables],
  );
  await inTurn(
    db,
    rows.map(({ drop }) => drop),
  );
  return new Map(
    tables.map((table) => [
      table,
      [
        // An index on a partitioned table is made on every month; "ONLY" would make it on none.
        ...rows.filter((row) => row.table === table).map((row) => row.create.replace(" ON ONLY ", " ON ")),
        ...(table === "ledger.entry" ? [`ALTER TABLE ${table} ENABLE TRIGGER USER`] : []),
      ],
    ]),
  );
}

/** What the ledger's own invariants say, on some accounts and some transfers. @throws when one is broken */
async function checkSample(db: Db, { accounts, transfers }: FullLedger): Promise<void> {
  const [sums] = await db.query<{ broken: bigint }>(
    `SELECT count(*) AS broken FROM (
       SELECT a.id FROM ledger.account a LEFT JOIN ledger.entry e ON e.account_id = a.id
        WHERE a.id % $1 = 3 GROUP BY a.id
       HAVING a.balance <> coalesce(sum(a.normal_sign * e.amount), 0) OR a.last_sequence <> count(e.sequence)
           OR a.last_sequence <> coalesce(max(e.sequence), 0) OR a.balance < 0) AS found`,
    [Math.max(4, Math.floor(accounts / 1000))],
  );
  if (sums?.broken !== 0n)
    throw new Error(`${sums?.broken} filled accounts do not agree with their entries.`);
  const positions = Array.from({ length: 50 }, (_, n) => Math.floor((n * transfers) / 50));
  const rows = await db.query<SampleRow>(
    `SELECT t.id, t.kind, t.subject, t.at, t.salt, t.leaf, a.code, a.currency, e.amount, e.sequence, e.balance_after
       FROM ledger.transfer t JOIN ledger.entry e USING (position) JOIN ledger.account a ON a.id = e.account_id
      WHERE t.position = ANY ($1) ORDER BY t.position, e.leg`,
    [positions],
  );
  for (const sides of Map.groupBy(rows, (row) => row.id).values()) checkLeaf(sides);
  if (rows.length !== 2 * positions.length) throw new Error("A filled transfer has not two sides.");
}

type SampleRow = {
  id: string;
  kind: string;
  subject: string | null;
  at: Date;
  salt: Buffer;
  leaf: Buffer;
  code: string;
  currency: string;
  amount: bigint;
  sequence: bigint;
  balance_after: bigint;
};

function checkLeaf(rows: readonly SampleRow[]): void {
  const [first] = rows;
  if (first === undefined || rows.reduce((sum, { amount }) => sum + amount, 0n) !== 0n)
    throw new Error("A filled transfer does not sum to zero.");
  const leaf = transferLeafHash(
    (text) => hash("sha256", text, "base64"),
    first.salt.toString("base64"),
    { id: first.id, kind: first.kind, subject: first.subject, at: first.at.toISOString() },
    rows.map((row) => ({
      account: row.code,
      currency: row.currency,
      amount: String(row.amount),
      sequence: String(row.sequence),
      balance: String(row.balance_after),
    })),
  );
  if (leaf !== first.leaf.toString("base64"))
    throw new Error(`The leaf of filled transfer ${first.id} is wrong.`);
}

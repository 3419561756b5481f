import { randomBytes } from "node:crypto";
import {
  appendLeaves,
  createNoteSigner,
  emptyEdge,
  formatVerifierKey,
  parseVerifierKey,
  signatureTypes,
  signCheckpoint,
  toBase64,
  transferLeafHash,
} from "@jinqiao/transparency";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../../../../test/support/database.ts";
import { migrations } from "../../migrations.ts";
import { manualClock } from "../../platform/clock.ts";
import { createDb, type Db } from "../../platform/db.ts";
import { createSubscriptions } from "../../platform/events.ts";
import { createIds } from "../../platform/ids.ts";
import { migrate } from "../../platform/migrations.ts";
import { createVault } from "../../vault/index.ts";
import { createLedger } from "../index.ts";
import { createBookFiller } from "../testing/log-world.ts";
import { type AuditReport, auditLog, auditText, auditWithin } from "./audit.ts";
import * as sql from "./sql.ts";
import { leafParts, textHash } from "./tree.ts";

const masterKey = randomBytes(32).toString("base64");
/** Transfers under the newest checkpoint, and a few more that are not signed yet. */
const signed = 600;
const all = 612;

/** Books over two months, with a log that was signed several times, one hold, and some transfers still to be signed. */
const filled = {
  name: "audited-books",
  async migrate(url: string) {
    const db = createDb({ url });
    try {
      await migrate(db, migrations);
      const clock = manualClock("2026-02-27T08:00:00.000Z");
      const ids = createIds(clock);
      const ledger = createLedger({
        db,
        clock,
        subscriptions: createSubscriptions(),
        logSettings: { vault: createVault({ masterKey }), origin: "wallet.example/log" },
      });
      const books = createBookFiller({ ledger, clock, ids });
      await ledger.log.integrate();
      for (const size of [40, 300, 301, signed]) {
        await books.fill(size);
        await ledger.log.integrate();
        clock.advance(86_400_000);
      }
      await ledger.commit({
        key: "hold",
        hash: "hold",
        holds: [
          {
            id: ids.next("hld"),
            account: { code: "customer:ann", currency: "CNY" },
            amount: 700n,
            expiresAt: new Date("2027-01-01T00:00:00Z"),
          },
        ],
      });
      await books.fill(all);
      await ledger.idle();
    } finally {
      await db.close();
    }
  },
};

type Books = { db: Db; url: string };

/** Own books for one test: nothing that is done to them touches another. */
async function withBooks<T>(work: (books: Books) => Promise<T>): Promise<T> {
  const database = await createTestDatabase({ template: filled });
  const db = createDb({ url: database.url });
  try {
    return await work({ db, url: database.url });
  } finally {
    await db.close();
    await database.drop();
  }
}

/** Does to the tables what only somebody with the database's own rights can: no trigger is asked. */
async function behindTheBack({ url }: Books, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SET session_replication_role = replica");
    for (const statement of statements) {
      const { rowCount } = await client.query(statement);
      if (rowCount === 0) throw new Error(`nothing was changed: ${statement}`);
    }
  } finally {
    await client.end();
  }
}

const codes = (report: AuditReport): string[] => (report.difference?.problems ?? []).map(({ code }) => code);

class Undo extends Error {}
let untouched: { db: Db; drop(): Promise<void> };
beforeAll(async () => {
  const database = await createTestDatabase({ template: filled });
  const db = createDb({ url: database.url });
  untouched = {
    db,
    drop: async () => {
      await db.close();
      await database.drop();
    },
  };
});
afterAll(() => untouched.drop());

/** Alters the books, and holds the audit to name the place and everything that is wrong there. */
async function expectFound(
  statements: string[],
  expected: { position: number | null; codes: string[] },
): Promise<void> {
  const { db } = untouched;
  const [before] = await db.query<{ id: string }>("SELECT id FROM ledger.transfer WHERE position = $1", [
    expected.position,
  ]);
  const report = await auditAltered(statements);
  expect({ ok: report.ok, codes: codes(report), position: report.difference?.position ?? null }).toEqual({
    ok: false,
    codes: expected.codes,
    position: expected.position === null ? null : BigInt(expected.position),
  });
  if (report.difference?.transferId && before) expect(report.difference.transferId).toBe(before.id);
  for (const problem of report.difference?.problems ?? []) {
    const { en, zh } = auditText(problem);
    expect(`${en}${zh}`).not.toMatch(/\{|undefined/);
  }
}

/** What the audit says of altered books. The changes are taken back, so that each test begins with the same books. */
async function auditAltered(statements: string[]): Promise<AuditReport> {
  let report: AuditReport | undefined;
  await untouched.db
    .transaction(async (tx) => {
      await tx.query("SET LOCAL session_replication_role = replica");
      for (const statement of statements) {
        const changed = await tx.query(`${statement} RETURNING 1`);
        if (changed.length === 0) throw new Error(`nothing was changed: ${statement}`);
      }
      report = await auditWithin(tx);
      throw new Undo();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
  return report as AuditReport;
}

it("passes books that nobody has touched, and says how much it walked", async () => {
  await withBooks(async ({ db }) => {
    const progress: bigint[] = [];
    const report = await auditLog(db, { chunk: 256, onProgress: ({ done }) => progress.push(done) });
    expect(report).toMatchObject({
      ok: true,
      origin: "wallet.example/log",
      keyFrom: "database",
      transfers: BigInt(all),
      movedAway: 0n,
      entries: BigInt(2 * all),
      accounts: 5n,
      checkpoints: 5n,
      size: BigInt(signed),
      difference: null,
    });
    expect(progress).toEqual([256n, 512n, BigInt(all)]);
    expect(await auditLog(db)).toEqual(report);
  });
});

it("cannot be done without a superuser: the tables refuse every one of these changes", async () => {
  await withBooks(async ({ db }) => {
    for (const statement of [
      "UPDATE ledger.entry SET amount = amount + 1",
      "DELETE FROM ledger.entry",
      "UPDATE ledger.transfer SET kind = 'x'",
      "DELETE FROM ledger.transfer",
      "UPDATE ledger.tile SET hashes = substr(hashes, 1, 32)",
      "DELETE FROM ledger.tile",
      "UPDATE ledger.checkpoint SET root = sha256('x')",
      "DELETE FROM ledger.checkpoint",
      "DELETE FROM ledger.log_key",
    ])
      await expect(db.query(statement)).rejects.toThrow(/append-only|may only grow|only gains/);
  });
});

const at = (position: number) => `position = ${position}`;

describe("names what was altered in an entry or a transfer", () => {
  it.each<[string, string, number, string[]]>([
    [
      "an amount",
      `UPDATE ledger.entry SET amount = amount + 1 WHERE ${at(123)} AND leg = 1`,
      123,
      ["balance_broken", "unbalanced", "leaf_differs", "log_differs"],
    ],
    [
      "both amounts, so that they balance",
      `UPDATE ledger.entry SET amount = amount * 2 WHERE ${at(123)}`,
      123,
      ["balance_broken", "balance_broken", "leaf_differs", "log_differs"],
    ],
    [
      "a balance",
      `UPDATE ledger.entry SET balance_after = balance_after + 1 WHERE ${at(599)} AND leg = 2`,
      599,
      ["balance_broken", "leaf_differs", "log_differs"],
    ],
    [
      "an account",
      `UPDATE ledger.entry SET account_id = (SELECT id FROM ledger.account WHERE code = 'custody:test') WHERE ${at(200)} AND leg = 1`,
      200,
      ["sequence_broken", "balance_broken", "leaf_differs", "log_differs"],
    ],
    [
      "an account to one that is not there",
      `UPDATE ledger.entry SET account_id = 999999 WHERE ${at(200)} AND leg = 2`,
      200,
      ["account_unknown", "unbalanced", "leaf_differs", "log_differs"],
    ],
    [
      "the name of an account",
      "UPDATE ledger.account SET code = 'customer:eve' WHERE code = 'customer:ann'",
      0,
      ["leaf_differs", "log_differs"],
    ],
    [
      "a kind",
      `UPDATE ledger.transfer SET kind = 'test.refund' WHERE ${at(0)}`,
      0,
      ["leaf_differs", "log_differs"],
    ],
    [
      "a subject",
      `UPDATE ledger.transfer SET subject = 'pay_other' WHERE ${at(300)}`,
      300,
      ["leaf_differs", "log_differs"],
    ],
    [
      "a subject that is taken away",
      `UPDATE ledger.transfer SET subject = NULL WHERE ${at(301)}`,
      301,
      ["leaf_differs", "log_differs"],
    ],
    [
      "the time of a transfer",
      `UPDATE ledger.transfer SET at = at + interval '1 millisecond' WHERE ${at(256)}`,
      256,
      ["entry_time_differs", "entry_time_differs", "leaf_differs", "log_differs"],
    ],
    [
      "a salt",
      `UPDATE ledger.transfer SET salt = sha256('x') WHERE ${at(17)}`,
      17,
      ["leaf_differs", "log_differs"],
    ],
    ["a leaf hash", `UPDATE ledger.transfer SET leaf = sha256('x') WHERE ${at(17)}`, 17, ["leaf_differs"]],
    [
      "a leaf hash that is taken away",
      `UPDATE ledger.transfer SET leaf = NULL WHERE ${at(17)}`,
      17,
      ["leaf_missing"],
    ],
    [
      "a kind that nobody has signed yet",
      `UPDATE ledger.transfer SET kind = 'test.refund' WHERE ${at(605)}`,
      605,
      ["leaf_differs"],
    ],
  ])("%s", async (_what, statement, position, expected) => {
    await expectFound([statement], { position, codes: expected });
  });

  it("an id", async () => {
    const report = await auditAltered([`UPDATE ledger.transfer SET id = 'trf_other' WHERE ${at(255)}`]);
    expect(report.difference).toMatchObject({ position: 255n, transferId: "trf_other" });
    expect(codes(report)).toEqual(["leaf_differs", "log_differs"]);
  });

  it("the time of a transfer together with its entries", async () => {
    await expectFound(
      [
        `UPDATE ledger.transfer SET at = at - interval '1 day' WHERE ${at(310)}`,
        `UPDATE ledger.entry SET at = at - interval '1 day' WHERE ${at(310)}`,
      ],
      { position: 310, codes: ["time_backwards", "time_backwards", "leaf_differs", "log_differs"] },
    );
  });
});

describe("names what was taken away", () => {
  it.each<[string, string[], number, string[]]>([
    [
      "an entry",
      [`DELETE FROM ledger.entry WHERE ${at(123)} AND leg = 2`],
      123,
      ["unbalanced", "leaf_differs", "log_differs"],
    ],
    [
      "the first of two entries",
      [`DELETE FROM ledger.entry WHERE ${at(123)} AND leg = 1`],
      123,
      ["legs_broken", "unbalanced", "leaf_differs", "log_differs"],
    ],
    [
      "all entries of a transfer",
      [`DELETE FROM ledger.entry WHERE ${at(123)}`],
      123,
      ["entries_missing", "leaf_differs", "log_differs"],
    ],
    ["a transfer", [`DELETE FROM ledger.transfer WHERE ${at(123)}`], 123, ["entry_without_transfer"]],
    [
      "a transfer with its entries",
      [`DELETE FROM ledger.transfer WHERE ${at(123)}`, `DELETE FROM ledger.entry WHERE ${at(123)}`],
      123,
      ["transfer_missing"],
    ],
    [
      "everything from a position on, and the count of it",
      [
        "DELETE FROM ledger.transfer WHERE position >= 590",
        "DELETE FROM ledger.entry WHERE position >= 590",
        "UPDATE ledger.log_head SET size = 590",
      ],
      590,
      ["transfer_missing"],
    ],
  ])("%s", async (_what, statements, position, expected) => {
    await expectFound(statements, { position, codes: expected });
  });

  it("the last transfer of all, which nobody has signed, with the count of it", async () => {
    await expectFound(
      [
        `DELETE FROM ledger.transfer WHERE ${at(all - 1)}`,
        `DELETE FROM ledger.entry WHERE ${at(all - 1)}`,
        `UPDATE ledger.log_head SET size = ${all - 1}`,
      ],
      { position: null, codes: ["account_balance"] },
    );
  });
});

describe("names what was put in another order", () => {
  const swapped = (table: string) => [
    `UPDATE ledger.${table} SET position = -110 WHERE ${at(110)}`,
    `UPDATE ledger.${table} SET position = 110 WHERE ${at(111)}`,
    `UPDATE ledger.${table} SET position = 111 WHERE ${at(-110)}`,
  ];
  it("two transfers that changed places", async () => {
    const report = await auditAltered(swapped("transfer"));
    expect(report.difference?.position).toBe(110n);
    expect(codes(report)).toEqual(["leaf_differs", "log_differs"]);
  });

  it("two transfers that changed places with their entries", async () => {
    const report = await auditAltered([...swapped("transfer"), ...swapped("entry")]);
    expect(report.difference?.position).toBe(110n);
    expect(codes(report)).toContain("log_differs");
    expect(codes(report)).not.toContain("leaf_differs");
  });

  it("two entries of an account that changed numbers", async () => {
    const [pair] = await untouched.db.query<{ position: bigint; account_id: bigint }>(
      "SELECT position, account_id FROM ledger.entry WHERE sequence = 20 ORDER BY position LIMIT 1",
    );
    const ofAccount = `account_id = ${pair?.account_id}`;
    const report = await auditAltered([
      `UPDATE ledger.entry SET sequence = -1 WHERE ${ofAccount} AND sequence = 20`,
      `UPDATE ledger.entry SET sequence = 20 WHERE ${ofAccount} AND sequence = 21`,
      `UPDATE ledger.entry SET sequence = 21 WHERE ${ofAccount} AND sequence = -1`,
    ]);
    expect(report.difference?.position).toBe(pair?.position);
    expect(codes(report)).toEqual(["sequence_broken", "leaf_differs", "log_differs"]);
  });

  it("two sides of one transfer", async () => {
    await expectFound([`UPDATE ledger.entry SET leg = 3 - leg WHERE ${at(50)}`], {
      position: 50,
      codes: ["leaf_differs", "log_differs"],
    });
  });
});

/** A transfer of one fen from ann to bob, as an insertion behind the server's back makes it. */
const forged = (position: number) => [
  `INSERT INTO ledger.transfer (position, at, id, kind, subject, salt, leaf)
   SELECT ${position}, at, 'trf_forged', kind, subject, salt, leaf FROM ledger.transfer WHERE ${at(599)}`,
  `INSERT INTO ledger.entry (account_id, at, sequence, position, amount, balance_after, leg)
   SELECT a.id, t.at, a.last_sequence + 1, ${position}, CASE a.code WHEN 'customer:ann' THEN 1 ELSE -1 END,
          a.balance - CASE a.code WHEN 'customer:ann' THEN 1 ELSE -1 END, CASE a.code WHEN 'customer:ann' THEN 1 ELSE 2 END
     FROM ledger.account a, ledger.transfer t WHERE a.code IN ('customer:ann', 'customer:bob') AND t.position = 599`,
];

describe("names what was added", () => {
  it("a transfer behind the last", async () => {
    await expectFound(forged(all), { position: all, codes: ["position_outside"] });
  });
  it("a transfer behind the last, with the count of it", async () => {
    const report = await auditAltered([...forged(all), "UPDATE ledger.log_head SET size = size + 1"]);
    expect(report.difference).toMatchObject({ position: BigInt(all), transferId: "trf_forged" });
    expect(codes(report)).toContain("leaf_differs");
  });
  it("a transfer at a place that is taken", async () => {
    await expectFound(
      [
        `INSERT INTO ledger.transfer SELECT position, at + interval '1 millisecond', 'trf_forged', kind, subject, salt, leaf FROM ledger.transfer WHERE ${at(9)}`,
      ],
      { position: 9, codes: ["transfer_repeated"] },
    );
  });
  it("a transfer before the first", async () => {
    await expectFound(forged(-1), { position: -1, codes: ["position_outside"] });
  });
});

describe("names what accounts, holds and sums say wrongly", () => {
  it.each<[string, string, string]>([
    [
      "a balance",
      "UPDATE ledger.account SET balance = balance + 1 WHERE code = 'customer:bob'",
      "account_balance",
    ],
    [
      "a count of entries",
      "UPDATE ledger.account SET last_sequence = last_sequence + 1 WHERE code = 'customer:bob'",
      "account_sequence",
    ],
    [
      "what is held",
      "UPDATE ledger.account SET held = held - 100 WHERE code = 'customer:ann'",
      "held_differs",
    ],
    ["a hold's amount", "UPDATE ledger.hold SET amount = amount - 100", "held_differs"],
    ["a hold that was ended", "UPDATE ledger.hold SET status = 'voided', ended_at = now()", "held_differs"],
    ["a hold that is gone", "DELETE FROM ledger.hold", "held_differs"],
    ["a kind", "UPDATE ledger.account SET kind = 'expense' WHERE code = 'customer:bob'", "account_kind"],
    ["a sum", "UPDATE ledger.total SET balance = balance + 1 WHERE safeguarding = -1", "total_differs"],
  ])("%s", async (_what, statement, code) => {
    await expectFound([statement], { position: null, codes: [code] });
  });
});

describe("finds it when the hashes are rewritten as well", () => {
  /** Changes the kind of a transfer and its leaf; answers the leaf that fits the change. */
  async function rewriteLeaf(books: Books, position: number): Promise<Buffer> {
    await behindTheBack(books, `UPDATE ledger.transfer SET kind = 'test.rewritten' WHERE ${at(position)}`);
    const [transfer] = await sql.selectTransfersBetween(books.db, BigInt(position), BigInt(position) + 1n);
    if (transfer === undefined) throw new Error("no transfer");
    const parts = leafParts(transfer, await sql.selectSidesOf(books.db, transfer));
    const leaf = Buffer.from(transferLeafHash(textHash, transfer.salt, parts.header, parts.sides), "base64");
    await behindTheBack(
      books,
      `UPDATE ledger.transfer SET leaf = '\\x${leaf.toString("hex")}' WHERE ${at(position)}`,
    );
    return leaf;
  }
  /** Rewrites every tile so that it fits the leaves. */
  async function rewriteTiles(books: Books): Promise<Uint8Array> {
    const rows = await books.db.query<{ leaf: Buffer }>(
      "SELECT leaf FROM ledger.transfer WHERE position < $1 ORDER BY position",
      [signed],
    );
    const { root, written } = appendLeaves(
      emptyEdge,
      rows.map(({ leaf }) => leaf),
    );
    for (const { level, index, hashes } of written)
      await behindTheBack(
        books,
        `UPDATE ledger.tile SET hashes = '\\x${Buffer.from(hashes).toString("hex")}' WHERE level = ${level} AND index = ${index}`,
      );
    return root;
  }

  it("the leaf: the tree has another", async () => {
    await withBooks(async (books) => {
      await rewriteLeaf(books, 420);
      const report = await auditLog(books.db);
      expect(report.difference?.position).toBe(420n);
      expect(codes(report)).toEqual(["log_differs"]);
    });
  });

  it("the leaf and the tree: the signed checkpoints are over another", async () => {
    await withBooks(async (books) => {
      await rewriteLeaf(books, 420);
      await rewriteTiles(books);
      const report = await auditLog(books.db);
      expect(codes(report)).toEqual(["checkpoint_differs"]);
      // 301 was signed before the change, 600 after it.
      expect(report.difference?.problems[0]?.facts).toEqual({ size: "600", from: "301", to: "599" });
      const { ledger } = reopened(books);
      await ledger.commit({ key: "more", hash: "more", transfer: oneMore() });
      await expect(ledger.log.integrate()).rejects.toThrow(/does not contain the last signed checkpoint/);
      expect((await ledger.log.status()).halted).toMatch(/does not contain/);
    });
  });

  it("the leaf, the tree and the checkpoint: its signature is not the log's", async () => {
    await withBooks(async (books) => {
      await rewriteLeaf(books, 420);
      const root = await rewriteTiles(books);
      await behindTheBack(
        books,
        `UPDATE ledger.checkpoint SET root = '\\x${Buffer.from(root).toString("hex")}',
                note = regexp_replace(note, '(wallet.example/log\\n600\\n)[^\\n]+', '\\1${toBase64(root)}') WHERE size = 600`,
      );
      expect(codes(await auditLog(books.db))).toEqual(["checkpoint_unsigned"]);
      const { ledger } = reopened(books);
      await ledger.commit({ key: "more", hash: "more", transfer: oneMore() });
      await expect(ledger.log.integrate()).rejects.toThrow(/not as this log has signed it/);
    });
  });

  it("everything, and all of it signed anew with another key: a key or a checkpoint kept elsewhere tells", async () => {
    await withBooks(async (books) => {
      const kept = (await sql.selectNewestCheckpoint(books.db))?.note ?? "";
      const key = parseVerifierKey((await sql.selectLogKey(books.db))?.verifier_key ?? "");
      expect((await auditLog(books.db, { key, checkpoint: kept })).ok).toBe(true);

      await rewriteLeaf(books, 420);
      const root = await rewriteTiles(books);
      const forger = await createNoteSigner("wallet.example/log", signatureTypes.ed25519, randomBytes(32));
      const note = await signCheckpoint(
        { origin: "wallet.example/log", size: BigInt(signed), root },
        [forger],
        new Date(),
      );
      await behindTheBack(
        books,
        "DELETE FROM ledger.checkpoint",
        `INSERT INTO ledger.checkpoint (size, root, note, signed_at) VALUES (${signed}, '\\x${Buffer.from(root).toString("hex")}', '${note}', now())`,
        `UPDATE ledger.log_key SET verifier_key = '${formatVerifierKey(forger.key)}'`,
      );
      expect((await auditLog(books.db)).ok).toBe(true);
      expect(codes(await auditLog(books.db, { key }))).toEqual(["checkpoint_unsigned"]);
      expect(codes(await auditLog(books.db, { key, checkpoint: kept }))).toEqual(["checkpoint_differs"]);
    });
  });

  it("a checkpoint kept elsewhere over more than the books hold now", async () => {
    await withBooks(async (books) => {
      const kept = (await sql.selectNewestCheckpoint(books.db))?.note ?? "";
      await behindTheBack(
        books,
        "DELETE FROM ledger.checkpoint WHERE size > 301",
        "DELETE FROM ledger.transfer WHERE position >= 301",
        "DELETE FROM ledger.entry WHERE position >= 301",
        "DELETE FROM ledger.tile WHERE level = 0 AND index = 2",
        "UPDATE ledger.tile SET hashes = substr(hashes, 1, 45 * 32) WHERE level = 0 AND index = 1",
        "UPDATE ledger.tile SET hashes = substr(hashes, 1, 32) WHERE level = 1",
        "UPDATE ledger.log_head SET size = 301",
      );
      const report = await auditLog(books.db, { checkpoint: kept });
      expect(report.difference?.position).toBe(301n);
      expect(codes(report)).toEqual(["transfer_missing"]);
      expect(codes(await auditLog(books.db, { checkpoint: "no checkpoint" }))).toEqual([
        "checkpoint_unsigned",
      ]);
    });
  });

  function reopened({ db }: Books) {
    const clock = manualClock("2026-03-20T08:00:00.000Z");
    const logSettings = { vault: createVault({ masterKey }), origin: "wallet.example/log" };
    return { ledger: createLedger({ db, clock, subscriptions: createSubscriptions(), logSettings }) };
  }
  function oneMore() {
    return {
      id: createIds(manualClock("2026-03-20T08:00:00.000Z")).next("trf"),
      kind: "test.more",
      postings: [
        {
          debit: { code: "customer:bob", currency: "CNY" as const },
          credit: { code: "customer:ann", currency: "CNY" as const },
          amount: 1n,
        },
      ],
    };
  }
});

describe("names what is wrong in the tree", () => {
  it.each<[string, string, number | null, string]>([
    [
      "a leaf in a tile",
      "UPDATE ledger.tile SET hashes = set_byte(hashes, 33, get_byte(hashes, 33) # 1) WHERE level = 0 AND index = 1",
      257,
      "log_differs",
    ],
    [
      "a hash higher up",
      "UPDATE ledger.tile SET hashes = set_byte(hashes, 33, get_byte(hashes, 33) # 1) WHERE level = 1",
      0,
      "tile_differs",
    ],
    ["a tile that is gone", "DELETE FROM ledger.tile WHERE level = 0 AND index = 1", 256, "tile_missing"],
    ["a higher tile that is gone", "DELETE FROM ledger.tile WHERE level = 1", 0, "tile_missing"],
    [
      "a tile that is longer than the log",
      "UPDATE ledger.tile SET hashes = hashes || sha256('x') WHERE level = 0 AND index = 2",
      512,
      "tile_differs",
    ],
    ["a tile that is too many", "INSERT INTO ledger.tile VALUES (0, 3, sha256('x'))", null, "tiles_counted"],
  ])("%s", async (_what, statement, position, code) => {
    await expectFound([statement], { position, codes: [code] });
  });
});

describe("months that were moved away", () => {
  it("are walked by their places in the tree, and the rest goes on from them", async () => {
    await withBooks(async (books) => {
      await moveAway(books, "2026-02-01");
      const report = await auditLog(books.db, { chunk: 256 });
      expect(report).toMatchObject({ ok: true, difference: null });
      expect(report.movedAway).toBeGreaterThan(0n);
      expect(report.movedAway + report.transfers).toBe(BigInt(all));
    });
  });

  it("do not hide a change in what stayed", async () => {
    await withBooks(async (books) => {
      await moveAway(books, "2026-02-01");
      await behindTheBack(
        books,
        `UPDATE ledger.entry SET balance_after = balance_after + 1 WHERE ${at(599)} AND leg = 2`,
      );
      const report = await auditLog(books.db);
      expect(report.difference?.position).toBe(599n);
    });
  });

  /** As it looks once a month's tables have left the database. */
  async function moveAway(books: Books, starts: string): Promise<void> {
    const within = `at >= '${starts}' AND at < date '${starts}' + interval '1 month'`;
    await behindTheBack(
      books,
      `UPDATE ledger.month SET archived_at = now(), first_position = (SELECT min(position) FROM ledger.transfer WHERE ${within}),
              last_position = (SELECT max(position) FROM ledger.transfer WHERE ${within}) WHERE starts = '${starts}'`,
      `DELETE FROM ledger.entry WHERE ${within}`,
      `DELETE FROM ledger.transfer WHERE ${within}`,
    );
  }
});

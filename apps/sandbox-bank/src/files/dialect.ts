/**
 * Banking by ISO 20022 files ("host to host"): the company leaves files in a folder, or through SFTP; the bank leaves
 * its answers there. The only pages are those on which people sign direct-debit mandates.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { addDays, type Bank, calendarDate } from "../context.ts";
import type { SandboxDialect } from "../dialects.ts";
import { findAccounts } from "../ledger/accounts.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { isScriptToken } from "../script/routes.ts";
import { statementsXml } from "../statements/camt053.ts";
import { type Area, openArea } from "./area.ts";
import { takeIn, type Waiting } from "./intake.ts";
import { registerMandatePages } from "./mandate-pages.ts";
import { tellEndedMandates } from "./mandates.ts";
import { returnOrder, settleDueOrders } from "./orders.ts";
import { queueReport, statementReport } from "./reports.ts";
import { hostFingerprint, SFTP_USER, type Sftp, startSftp } from "./sftp.ts";

/** Files that a scripted fault keeps back for longer are not waited for. */
const PATIENCE_MS = 10_000;
const MOST_WAITS = 5;

export function isoFiles(): SandboxDialect {
  let area: Area | undefined;
  const waiting: Waiting = new Map();
  let last: Promise<void> = Promise.resolve();
  // One round at a time: a file is taken in once.
  const round = (bank: Bank) => {
    last = last
      .catch(() => undefined)
      .then(async () => {
        if (area === undefined) return;
        await takeIn(bank, area, waiting);
        await settleDueOrders(bank);
        await tellEndedMandates(bank);
        await tellClosedDays(bank);
        await putOutDue(bank, area);
      });
    return last;
  };
  return {
    async register(app, bank) {
      const { files } = bank;
      if (files === undefined)
        throw new Error("a bank of this kind needs a folder for its files (SANDBOX_BANK_FILES)");
      const sftp =
        files.sftpPort === undefined ? undefined : await startSftp(bank, files.folder, files.sftpPort);
      app.addHook("onClose", async () => sftp?.close());
      area = await openArea(files.folder);
      registerScript(app, bank, sftp);
    },
    async registerPages(scope, bank) {
      registerMandatePages(scope, bank);
    },
    returnPayment: returnOrder,
    tick: round,
    async catchUp(bank) {
      await round(bank);
      for (let waits = 0; waits < MOST_WAITS; waits += 1) {
        const dues = [...waiting.values()].filter((due) => due - bank.clock.now().getTime() <= PATIENCE_MS);
        if (dues.length === 0) return;
        await sleep(Math.max(Math.min(...dues) - bank.clock.now().getTime(), 0) + 1);
        await round(bank);
      }
    },
  };
}

/**
 * What a test or the launcher may ask. `POST /script/returns`: the other bank, or the debtor, takes a settled payment
 * back. `GET /script/sftp`: how a company reaches the folder from elsewhere. Not part of any standard.
 */
function registerScript(app: FastifyInstance, bank: Bank, sftp: Sftp | undefined): void {
  const guarded = (request: FastifyRequest) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    return isScriptToken(bank, token);
  };
  const refusal = { error: "The script token is missing or wrong." };
  app.get("/script/sftp", async (request, reply) => {
    if (!guarded(request)) return reply.code(401).send(refusal);
    if (sftp === undefined) return reply.code(404).send({ error: "This bank offers no SFTP." });
    return { port: sftp.port, username: SFTP_USER, fingerprint: await hostFingerprint(bank) };
  });
}

/** A camt.053 per closed day and account of a company. The first day told of is the one the account was opened on. */
async function tellClosedDays(bank: Bank): Promise<void> {
  const today = await businessDate(bank.db);
  const { rows } = await bank.db.query<{ id: string; told: string | null; last_change_at: Date }>(
    `SELECT a.id, a.last_change_at, (SELECT max(s.date) FROM file_statements s WHERE s.account_id = a.id) AS told
       FROM accounts a WHERE a.kind = 'custody'`,
  );
  for (const row of rows) {
    let told = row.told;
    if (told === null) {
      const opened = calendarDate(row.last_change_at, bank.timeZone);
      told = addDays(opened < today ? opened : today, -1);
      await markTold(bank.db, row.id, told);
    }
    for (let date = addDays(told, 1); date < today; date = addDays(date, 1)) {
      const [account] = await findAccounts(bank.db, [row.id]);
      if (account === undefined) break;
      const xml = await statementsXml(bank, account, date, date);
      await bank.db.transaction(async (tx) => {
        await markTold(tx, row.id, date);
        await queueReport(bank, tx, statementReport(bank, xml), null);
      });
    }
  }
}

async function markTold(db: Pick<Bank["db"], "query">, accountId: string, date: string): Promise<void> {
  await db.query("INSERT INTO file_statements (account_id, date) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
    accountId,
    date,
  ]);
}

/** Puts out what is due, in order. What was put out but not noted before a crash is put out again, the same. */
async function putOutDue(bank: Bank, area: Area): Promise<void> {
  const { rows } = await bank.db.query<{ id: bigint; name: string; content: string; partial: boolean }>(
    "SELECT id, name, content, partial FROM file_reports WHERE written_at IS NULL AND due_at <= $1 ORDER BY id LIMIT 200",
    [bank.clock.now()],
  );
  for (const { id, name, content, partial } of rows) {
    if (partial) {
      await area.putOutHalf(name, content);
      await bank.db.query("UPDATE file_reports SET partial = false, due_at = $2 WHERE id = $1", [
        id,
        new Date(bank.clock.now().getTime() + REST_AFTER_MS),
      ]);
      continue;
    }
    await area.putOut(name, content);
    await bank.db.query("UPDATE file_reports SET written_at = $2 WHERE id = $1", [id, bank.clock.now()]);
  }
}

/** How long the second half of a file takes under the fault `partial-notice`. */
const REST_AFTER_MS = 2_000;

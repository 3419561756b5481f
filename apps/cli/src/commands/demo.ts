import { randomBytes } from "node:crypto";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { demoLogins } from "@jinqiao/server/demo-logins";
import { SetupError, throwAwayDatabase } from "@jinqiao/server/embedded-postgres";
import { type Command, UsageError } from "../command.ts";
import { type DemoReport, isSound, runMainJob } from "../demo/main-job.ts";
import { type Instance, startInstance } from "../instance/instance.ts";
import { freePort } from "../instance/ports.ts";
import { harbourBank } from "../instance/sandbox-banks/index.ts";
import { createTerminal, type Terminal } from "../terminal.ts";

/** People who take part when the bank opens with real accounts, and when it opens with its invented ones. */
const realPeople = 50;
const inventedPeople = 3;

export const demo: Command = {
  name: "demo",
  summary: {
    en: "Walk the main job against a throw-away instance: link, top up, send, withdraw, close the day, reconcile.",
    zh: "在一次性环境中走完主流程：绑卡、充值、转账、提现、日终、对账。",
  },
  options: [
    {
      flags: "--bank-data DIR",
      summary: {
        en: "open the bank with the Berka accounts (account.asc, disp.asc, trans*.asc) in DIR",
        zh: "用 DIR 中的 Berka 数据（account.asc、disp.asc、trans*.asc）开立银行账户",
      },
    },
    { flags: "--json", summary: { en: "print the result as JSON alone", zh: "仅以 JSON 输出结果" } },
  ],
  environment: [
    {
      name: "DATABASE_URL",
      summary: {
        en: "PostgreSQL on which throw-away databases are made, instead of a throw-away PostgreSQL",
        zh: "在该 PostgreSQL 上创建一次性数据库，而不另起一次性 PostgreSQL",
      },
    },
  ],
  run: async (args) => {
    const { values } = parseArgs({
      args,
      options: { "bank-data": { type: "string" }, json: { type: "boolean" } },
      strict: true,
    });
    const bankData = values["bank-data"] === undefined ? undefined : await requireBerka(values["bank-data"]);
    const terminal = createTerminal(values.json ? process.stderr : process.stdout);
    const asked = new AbortController();
    const heed = () => asked.abort();
    for (const signal of stopSignals) process.on(signal, heed);
    try {
      const report = await withThrowAwayInstance({ bankData, terminal, signal: asked.signal }, (instance) =>
        Promise.race([
          runMainJob({
            instance,
            terminal,
            signal: asked.signal,
            staff: { email: demoLogins.staff[0].email, password: demoLogins.password },
            people: bankData === undefined ? inventedPeople : realPeople,
          }),
          instance.failed.then((failure): never => {
            throw failure;
          }),
        ]),
      );
      if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      else terminal.line(conclusion(report));
      return isSound(report) ? 0 : 1;
    } catch (error) {
      if (!asked.signal.aborted) throw error;
      terminal.line({ en: "Stopped; everything was removed.", zh: "已停止，所有临时数据均已删除。" });
      return 130;
    } finally {
      for (const signal of stopSignals) process.off(signal, heed);
    }
  },
};

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function requireBerka(folder: string): Promise<string> {
  if (folder === "") throw new UsageError("--bank-data needs a folder.");
  const path = resolve(folder);
  for (const file of ["account.asc", "disp.asc"]) {
    await access(join(path, file)).catch(() => {
      throw new SetupError({
        en: `${path} holds no ${file}: name a folder with the Berka files (PKDD'99) after --bank-data.`,
        zh: `${path} 中没有 ${file}：请在 --bank-data 后指定包含 Berka（PKDD'99）数据文件的目录。`,
      });
    });
  }
  return path;
}

/** Starts an instance in a folder and databases of its own, and removes every trace of it afterwards. */
async function withThrowAwayInstance<T>(
  options: { bankData: string | undefined; terminal: Terminal; signal: AbortSignal },
  use: (instance: Instance) => Promise<T>,
): Promise<T> {
  const { bankData, terminal, signal } = options;
  const dataDir = await mkdtemp(join(tmpdir(), "jinqiao-demo-"));
  const given = process.env.JINQIAO_TEST_DATABASE_URL || process.env.DATABASE_URL;
  const undo: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  try {
    const databases: { server?: string; bank?: string } = {};
    if (given) {
      const suffix = randomBytes(5).toString("hex");
      for (const part of ["server", "bank"] as const) {
        const database = await throwAwayDatabase(given, `jinqiao_demo_${part}_${suffix}`);
        undo.push(database.drop);
        databases[part] = database.url;
      }
    }
    const instance = await startInstance({
      dataDir,
      serverPort: await freePort(),
      bankPort: await freePort(),
      databaseUrl: databases.server,
      bankDatabaseUrl: databases.bank,
      terminal,
      signal,
      pages: false,
      throwAway: true,
      bankSeed: bankData === undefined ? "demo" : `berka:${bankData}`,
      serverSeed: "demo",
      banks: [bankData === undefined ? harbourBank : { ...harbourBank, currencies: ["CZK"] }],
      // Fifty people from one address are no attack here.
      serverEnv: { JINQIAO_RATE_LIMIT_FACTOR: "1000" },
      // The demo closes days itself, and does not wait for the bank's usual settlement time.
      bankEnv: { SANDBOX_BANK_AUTO_END_OF_DAY: "false", SANDBOX_BANK_SETTLE_AFTER_MS: "0" },
    });
    undo.push(instance.stop);
    return await use(instance);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

function conclusion(report: DemoReport): { en: string; zh: string } {
  const { linkedAccounts, topUps, transfers, withdrawals, statementLines, matched, breaks, seconds } = report;
  const balances = Object.entries(report.trialBalance)
    .map(([currency, difference]) => `${currency} ${difference}`)
    .join(", ");
  const sound = isSound(report);
  return {
    en: `
  Linked accounts   ${linkedAccounts}
  Top-ups           ${topUps}
  Transfers         ${transfers}
  Withdrawals       ${withdrawals}
  Statement lines   ${statementLines}, of which ${matched} matched and ${breaks} breaks
  Trial balance     ${balances}   (debits less credits)
  Time              ${seconds} s

${sound ? "The bank's statements and the ledger agree to the last cent." : "The bank's statements and the ledger DO NOT agree."}
`,
    zh: `
  绑定账户   ${linkedAccounts}
  充值       ${topUps}
  转账       ${transfers}
  提现       ${withdrawals}
  对账行     ${statementLines}，其中相符 ${matched}，差异 ${breaks}
  试算平衡   ${balances}（借方减贷方）
  用时       ${seconds} 秒

${sound ? "银行对账单与账本分毫不差。" : "银行对账单与账本不一致！"}
`,
  };
}

import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import { checks } from "../certify/checks/index.ts";
import { coverageText } from "../certify/coverage.ts";
import { reportPage } from "../certify/report-html.ts";
import { certifyBank, type Report } from "../certify/run.ts";
import { openRunningBank } from "../certify/running.ts";
import { startSandbox } from "../certify/sandbox.ts";
import type { BankUnderTest } from "../certify/subject.ts";
import { type Command, UsageError } from "../command.ts";
import { type SandboxBankPlan, sandboxBanks } from "../instance/sandbox-banks/index.ts";
import { readSettings } from "../instance/settings.ts";
import { createTerminal, finish, type Terminal } from "../terminal.ts";

export const certify: Command = {
  name: "certify",
  summary: {
    en: "Certify a bank before it may hold customers' money: contract, fault drills, load, a reconciled week.",
    zh: "银行接入认证：接口约定、故障演练、压力测试与一周对账，通过后方可存放客户资金。",
  },
  options: [
    {
      flags: "BANK",
      summary: { en: "the bank to certify, as --list names it", zh: "要认证的银行，名称见 --list" },
    },
    {
      flags: "--list",
      summary: { en: "print the banks, one a line with its dialect", zh: "列出各银行及其接口方言，每行一家" },
    },
    {
      flags: "--banks-file FILE",
      summary: {
        en: "a bank of this banks.json as it runs, also a real one's test environment; what needs a script is skipped",
        zh: "使用该 banks.json 中正在运行的银行，包括真实银行的测试环境；需要脚本的检查会跳过",
      },
    },
    {
      flags: "--only PREFIX",
      summary: {
        en: "run only the checks whose id begins so, for example fault.pay; that certifies nothing",
        zh: "仅运行编号以此开头的检查，例如 fault.pay；结果不构成认证",
      },
    },
    {
      flags: "--out DIR",
      summary: {
        en: "write certification-BANK.json and certification-BANK.html there",
        zh: "将 certification-BANK.json 与 certification-BANK.html 写入该目录",
      },
    },
    {
      flags: "--coverage",
      summary: {
        en: "also print a table: each step with each fault, what was not drilled and why",
        zh: "另外打印一张表：每个步骤对应每种故障，以及未演练的项目和原因",
      },
    },
    { flags: "--json", summary: { en: "print the report as JSON alone", zh: "仅以 JSON 输出报告" } },
  ],
  environment: [
    {
      name: "DATABASE_URL",
      summary: {
        en: "PostgreSQL on which a throw-away database is made, instead of a throw-away PostgreSQL",
        zh: "在该 PostgreSQL 上创建一次性数据库，而不另起一次性 PostgreSQL",
      },
    },
  ],
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        list: { type: "boolean" },
        only: { type: "string" },
        "banks-file": { type: "string" },
        out: { type: "string" },
        coverage: { type: "boolean" },
        json: { type: "boolean" },
      },
      strict: true,
    });
    if (values.list) return list(values.json ?? false);
    const target = bankNamed(positionals, values["banks-file"]);
    const { only } = values;
    if (only !== undefined && !checks.some(({ id }) => id.startsWith(only)))
      throw new UsageError(`No check's id begins with "${only}".`);
    if (only !== undefined && values.out !== undefined)
      throw new UsageError("A report of some checks certifies nothing: --out goes without --only.");
    const folder = values.out === undefined ? undefined : await writableFolder(values.out);
    const terminal = createTerminal(values.json ? process.stderr : process.stdout);
    const asked = new AbortController();
    const heed = () => asked.abort();
    for (const signal of stopSignals) process.on(signal, heed);
    try {
      const report = await certification(target, terminal, asked.signal, only);
      const files = folder === undefined ? [] : await writeReport(report, target, folder);
      if (values.coverage) terminal.line({ en: coverageText(report, "en"), zh: coverageText(report, "zh") });
      if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      else terminal.line(conclusion(report, files));
      return report.failed === 0 ? 0 : 1;
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

function list(json: boolean): number {
  const banks = sandboxBanks.map(({ id, dialect, name }) => ({ id, dialect, name }));
  const width = Math.max(...banks.map(({ id }) => id.length));
  process.stdout.write(
    json
      ? `${JSON.stringify(banks, null, 2)}\n`
      : banks.map(({ id, dialect }) => `${id.padEnd(width)}  ${dialect}\n`).join(""),
  );
  return 0;
}

/** What is certified: a sandbox bank of our own, or one of a `banks.json`, as it runs. */
type Target = { id: string; name: SandboxBankPlan["name"]; open(): Promise<BankUnderTest> };

/** The bank that the command names. @throws UsageError with those that there are */
function bankNamed(positionals: readonly string[], file: string | undefined): Target {
  const [id, ...more] = positionals;
  const known = sandboxBanks.map((plan) => plan.id).join(", ");
  if (id === undefined || more.length > 0) throw new UsageError(`Name one bank: ${known}.`);
  if (file !== undefined) {
    const serverUrl = process.env.JINQIAO_URL || `http://localhost:${readSettings().serverPort}`;
    const open = () => openRunningBank({ file: resolve(file), id, serverUrl, scriptToken: undefined });
    return { id, name: { en: id, zh: id }, open };
  }
  const plan = sandboxBanks.find((candidate) => candidate.id === id);
  if (plan === undefined) throw new UsageError(`There is no bank "${id}". The banks are: ${known}.`);
  return { id, name: plan.name, open: () => startSandbox(plan) };
}

async function certification(
  target: Target,
  terminal: Terminal,
  signal: AbortSignal,
  only: string | undefined,
): Promise<Report> {
  const starting = { en: `Opening ${target.name.en}`, zh: `正在打开${target.name.zh}` };
  const bank = await finish(terminal.step(starting), target.open);
  try {
    const step = terminal.step({ en: "Certifying", zh: "正在认证" });
    try {
      const report = await certifyBank(bank, {
        signal,
        ...(only === undefined ? {} : { only }),
        onCheck: ({ id, title }, index, total) =>
          step.update({
            en: `${index + 1}/${total}  ${id}: ${title.en}`,
            zh: `${index + 1}/${total}  ${id}：${title.zh}`,
          }),
        onResult: ({ id, outcome, detail }) => {
          if (outcome === "failed") terminal.line(`  ✗ ${id}\n    ${detail.replaceAll("\n", "\n    ")}`);
        },
      });
      const checked = report.passed + report.failed;
      step.done({ en: `${checked} checks run`, zh: `已完成 ${checked} 项检查` });
      return report;
    } catch (error) {
      step.failed();
      throw error;
    }
  } finally {
    await bank.close();
  }
}

async function writableFolder(given: string): Promise<string> {
  if (given === "") throw new UsageError("--out needs a folder.");
  const folder = resolve(given);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new SetupError(
      {
        en: `${folder} cannot be made (${(error as NodeJS.ErrnoException).code}): name another folder after --out.`,
        zh: `无法创建 ${folder}（${(error as NodeJS.ErrnoException).code}）：请在 --out 后指定其他目录。`,
      },
      { cause: error },
    );
  }
  return folder;
}

async function writeReport(report: Report, target: Target, folder: string): Promise<string[]> {
  const base = join(folder, `certification-${target.id}`);
  const files = [`${base}.json`, `${base}.html`];
  await writeFile(files[0] as string, `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(files[1] as string, reportPage(report, target.name, new Date()));
  return files;
}

/** A few ids stand for all; the report names each. */
function idsOf(checks: Report["checks"]): string {
  const shown = 3;
  const ids = checks.slice(0, shown).map(({ id }) => id);
  return `${ids.join(", ")}${checks.length > shown ? ` … (${checks.length})` : ""}`;
}

function conclusion(report: Report, files: readonly string[]): { en: string; zh: string } {
  const { passed, failed, skipped } = report;
  const verdict =
    failed > 0
      ? { en: "This bank may not hold customers' money yet.", zh: "该银行尚不得存放客户资金。" }
      : report.partial
        ? { en: "Only some checks were run: this certifies nothing.", zh: "仅运行了部分检查，不构成认证。" }
        : { en: "Every check that applies was passed.", zh: "适用的检查已全部通过。" };
  const skips = Map.groupBy(
    report.checks.filter(({ outcome }) => outcome === "skipped"),
    ({ detail }) => detail,
  );
  const skipLines = [...skips].map(([why, checks]) => `  – ${why}: ${idsOf(checks)}\n`).join("");
  const fileLines = files.map((file) => `  ${file}\n`).join("");
  return {
    en: `
${skipLines}  ${passed} passed, ${failed} failed, ${skipped} skipped
${fileLines}
${verdict.en}
`,
    zh: `
${skipLines}  通过 ${passed}，未通过 ${failed}，跳过 ${skipped}
${fileLines}
${verdict.zh}
`,
  };
}

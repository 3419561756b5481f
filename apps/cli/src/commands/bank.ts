import { join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { openRunningBank } from "../certify/running.ts";
import { startSandbox } from "../certify/sandbox.ts";
import { createShell, type Shell, ShellError } from "../certify/shell.ts";
import type { BankUnderTest } from "../certify/subject.ts";
import { type Command, UsageError } from "../command.ts";
import { sandboxBanks } from "../instance/sandbox-banks/index.ts";
import { readJson } from "../instance/secrets.ts";
import { readSettings } from "../instance/settings.ts";
import { createTerminal, finish, terminalLanguage } from "../terminal.ts";

export const bank: Command = {
  name: "bank",
  summary: {
    en: "Drive one bank's connector by hand, without the rest: bank shell NAME.",
    zh: "单独操作某一银行的连接器：bank shell NAME。",
  },
  options: [
    {
      flags: "shell NAME",
      summary: {
        en: "start that sandbox bank for oneself and take commands, one a line; help lists them",
        zh: "启动该沙盒银行并逐行接受命令，help 列出全部命令",
      },
    },
    {
      flags: "--command LINE",
      summary: {
        en: "run this line instead of asking; may be given several times",
        zh: "直接执行该行命令，可重复使用",
      },
    },
    {
      flags: "--running",
      summary: {
        en: "use the bank of the instance that npm start runs",
        zh: "使用 npm start 正在运行的银行",
      },
    },
    {
      flags: "--banks-file FILE",
      summary: {
        en: "use a bank of this banks.json, also a real one",
        zh: "使用该 banks.json 中的银行，包括真实银行",
      },
    },
  ],
  environment: [
    { name: "JINQIAO_DATA", summary: { en: "data folder, for --running", zh: "数据目录，用于 --running" } },
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
        command: { type: "string", multiple: true },
        running: { type: "boolean" },
        "banks-file": { type: "string" },
      },
      strict: true,
    });
    const [action, id, ...more] = positionals;
    if (action !== "shell" || id === undefined || more.length > 0)
      throw new UsageError(`Say "bank shell NAME". ${known()}`);
    if (values.running && values["banks-file"] !== undefined)
      throw new UsageError("--running and --banks-file do not go together.");

    let shell: Shell | undefined;
    const log = (line: string) => {
      if (shell?.raw) process.stderr.write(callLine(line));
    };
    const opened = await open(id, { running: values.running, file: values["banks-file"], log });
    try {
      shell = createShell(opened.bank, { scripted: opened.scripted, language: terminalLanguage() });
      return values.command === undefined ? await converse(shell, id) : await runAll(shell, values.command);
    } finally {
      await opened.bank.close();
    }
  },
};

/** A line of the connector's log for a person: which call, how it ended, how long it took. */
function callLine(line: string): string {
  const { level: _level, time: _time, pid: _pid, hostname: _host, msg, ...facts } = JSON.parse(line);
  const words = Object.entries(facts).map(([name, value]) => `${name}=${String(value)}`);
  return `  ${msg}: ${words.join(" ")}\n`;
}

function known(): string {
  return `The sandbox banks are: ${sandboxBanks.map(({ id }) => id).join(", ")}.`;
}

async function open(
  id: string,
  options: { running: boolean | undefined; file: string | undefined; log: (line: string) => void },
): Promise<{ bank: BankUnderTest; scripted: boolean }> {
  const { log } = options;
  if (options.running || options.file !== undefined) {
    const { dataDir, serverPort } = readSettings();
    const sandbox = options.running
      ? ((await readJson(join(dataDir, "sandbox-bank.json"))) as { scriptToken?: string } | undefined)
      : undefined;
    const bank = await openRunningBank({
      file: options.file === undefined ? join(dataDir, "banks.json") : resolve(options.file),
      id,
      serverUrl: process.env.JINQIAO_URL || `http://localhost:${serverPort}`,
      scriptToken: sandbox?.scriptToken,
      log,
    });
    return { bank, scripted: sandbox?.scriptToken !== undefined };
  }
  const plan = sandboxBanks.find((candidate) => candidate.id === id);
  if (plan === undefined) throw new UsageError(`There is no sandbox bank "${id}". ${known()}`);
  const step = createTerminal(process.stderr).step({
    en: `Starting ${plan.name.en}`,
    zh: `正在启动${plan.name.zh}`,
  });
  return { bank: await finish(step, () => startSandbox(plan, { log })), scripted: true };
}

/** Runs the lines one after the other and stops at the first that cannot be done. */
async function runAll(shell: Shell, lines: readonly string[]): Promise<number> {
  for (const line of lines) if (!(await runLine(shell, line))) return 1;
  return 0;
}

/** Asks for lines until the input ends. A script on standard input stops at the first line that cannot be done. */
async function converse(shell: Shell, id: string): Promise<number> {
  const person = process.stdin.isTTY === true;
  const reader = createInterface({
    input: process.stdin,
    ...(person ? { output: process.stdout } : {}),
    prompt: `${id}> `,
  });
  try {
    if (person) reader.prompt();
    for await (const line of reader) {
      if (["exit", "quit"].includes(line.trim())) return 0;
      if (!(await runLine(shell, line)) && !person) return 1;
      if (person) reader.prompt();
    }
    return 0;
  } finally {
    reader.close();
  }
}

async function runLine(shell: Shell, line: string): Promise<boolean> {
  try {
    const text = await shell.run(line);
    if (text !== "") process.stdout.write(`${text}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return false;
  }
}

import { randomBytes } from "node:crypto";
import { access, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatDecimal } from "@jinqiao/money";
import {
  checkDatabase,
  SetupError,
  type SetupText,
  startEmbeddedPostgres,
  throwAwayDatabase,
} from "@jinqiao/server/embedded-postgres";
import { openEngine } from "@jinqiao/server/engine";
import { type Command, UsageError } from "../command.ts";
import { type CheckedFile, checkBerkaFile, readAccountNumbers } from "../replay/berka-file.ts";
import { audit, createDayClock, type Finding, postAll } from "../replay/berka-replay.ts";
import { createTerminal, finish, type Step, type Terminal } from "../terminal.ts";

/** What the replay proved. Amounts are CZK. */
export type ReplayReport = {
  /** Rows of the file, and accounts that they belong to. */
  rows: number;
  accounts: number;
  /** Of these rows: the ledger's balance is the stated one; differs by at most 0.10 CZK; differs by more. */
  exact: number;
  withinTenHaleru: number;
  outside: number;
  /** Balance of the rounding account from these rows; negative when the bank gained. */
  roundingTotal: string;
  currency: "CZK";
  /** Rows posted now, and rows that an earlier replay on the same database had posted. */
  posted: number;
  alreadyPosted: number;
  /** The whole file sent once more: rows that were not simply answered as before. */
  changedByRepeat: number;
  /** The file ends within a row: that date was left out. */
  leftOut: { line: number; date: string; rows: number } | null;
  /** Broken invariants of the books. */
  violations: number;
  findings: Finding[];
  seconds: number;
};

export const replay: Command = {
  name: "replay",
  summary: {
    en: "Post a real bank's transactions through the ledger and hold every balance against the bank's own.",
    zh: "将真实银行的交易逐笔记入账本，并把每个余额与该银行的余额核对。",
  },
  options: [
    {
      flags: "berka DIR",
      summary: {
        en: "the Berka data set (PKDD'99): the folder with trans.asc, or one trans*.asc",
        zh: "Berka 数据集（PKDD'99）：含 trans.asc（或唯一的 trans*.asc）的目录",
      },
    },
    {
      flags: "--trans FILE",
      summary: { en: "this transaction file instead of the one in DIR", zh: "改用此交易文件" },
    },
    {
      flags: "--database-url URL",
      summary: {
        en: "post into this PostgreSQL database and keep it there, instead of a throw-away one",
        zh: "记入此 PostgreSQL 数据库并保留，而不使用一次性数据库",
      },
    },
    { flags: "--json", summary: { en: "print the result as JSON alone", zh: "仅以 JSON 输出结果" } },
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
        trans: { type: "string" },
        "database-url": { type: "string" },
        json: { type: "boolean" },
      },
      strict: true,
    });
    const [what, dir, ...more] = positionals;
    if (what !== "berka" || !dir || more.length > 0)
      throw new UsageError("Say what to replay and from where: npx jinqiao replay berka DIR");
    const terminal = createTerminal(process.stderr);
    const asked = new AbortController();
    const heed = () => asked.abort();
    for (const signal of stopSignals) process.on(signal, heed);
    try {
      const report = await replayBerka({
        dir,
        trans: values.trans,
        databaseUrl: values["database-url"],
        terminal,
        signal: asked.signal,
      });
      if (values.json) process.stdout.write(`${JSON.stringify(forMachines(report), null, 2)}\n`);
      else createTerminal(process.stdout).line(conclusion(report));
      return isSound(report) ? 0 : 1;
    } catch (error) {
      if (!asked.signal.aborted) throw error;
      terminal.line({ en: "Stopped.", zh: "已停止。" });
      return 130;
    } finally {
      for (const signal of stopSignals) process.off(signal, heed);
    }
  },
};

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const isSound = (report: ReplayReport): boolean =>
  report.outside === 0 &&
  report.changedByRepeat === 0 &&
  report.violations === 0 &&
  report.findings.length === 0 &&
  report.exact + report.withinTenHaleru === report.rows;

async function replayBerka(options: {
  dir: string;
  trans: string | undefined;
  databaseUrl: string | undefined;
  terminal: Terminal;
  signal: AbortSignal;
}): Promise<ReplayReport> {
  const { terminal, signal } = options;
  const began = performance.now();
  const folder = await requireFolder(options.dir);
  const path = await requireFile(folder, options.trans);
  const workFolder = await mkdtemp(join(tmpdir(), "jinqiao-replay-"));
  const undo: (() => Promise<void>)[] = [() => rm(workFolder, { recursive: true, force: true })];
  try {
    const file = await readAndCheck({ folder, path, workFolder, terminal, signal });
    const databaseUrl = await openDatabase(options.databaseUrl, terminal, undo);
    const clock = createDayClock();
    const engine = await openEngine({ databaseUrl, clock });
    undo.push(engine.close);

    const pass = (label: SetupText) => {
      const step = terminal.step(label);
      const onProgress = every(file.rows, step, label);
      return finish(step, () => postAll({ engine, file, clock, signal, onProgress }), label);
    };
    const first = await pass({ en: `Posting ${file.rows} rows`, zh: `记入 ${file.rows} 笔交易` });
    const again = await pass({ en: "Sending all of them again", zh: "全部重新发送一次" });

    const label = { en: "Reading every account back", zh: "逐户回读核对" };
    const step = terminal.step(label);
    const { audited, violations } = await finish(
      step,
      async () => ({
        audited: await audit({
          engine,
          expectation: first.expectation,
          signal,
          onProgress: every(file.accounts, step, label),
        }),
        violations: await engine.ledger.violations(),
      }),
      label,
    );
    const findings = [
      ...first.findings,
      ...audited.findings,
      ...violations.map(({ invariant, subject, detail }) => ({
        line: null,
        problem: { en: `${invariant}: ${subject}, ${detail}`, zh: `${invariant}：${subject}，${detail}` },
      })),
    ];
    return {
      rows: file.rows,
      accounts: file.accounts,
      exact: audited.exact,
      withinTenHaleru: audited.withinTolerance,
      outside: audited.outside,
      roundingTotal: formatDecimal(audited.roundingMinor, "CZK"),
      currency: "CZK",
      posted: first.posted,
      alreadyPosted: first.replayed,
      changedByRepeat: file.rows - again.replayed,
      leftOut: file.leftOut,
      violations: violations.length,
      findings: findings.slice(0, 20),
      seconds: Math.round((performance.now() - began) / 1000),
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** As it is printed with --json: one language. */
function forMachines(report: ReplayReport) {
  return { ...report, findings: report.findings.map(({ line, problem }) => ({ line, problem: problem.en })) };
}

/** Says how far a step has come, at about every tenth of the way. */
function every(total: number, step: Step, label: SetupText): (done: number) => void {
  let shown = 0;
  return (done) => {
    const percent = Math.floor((100 * done) / Math.max(total, 1));
    if (percent < shown + 10 || percent >= 100) return;
    shown = percent;
    step.update({ en: `${label.en}: ${percent} %`, zh: `${label.zh}：${percent}%` });
  };
}

async function readAndCheck(options: {
  folder: string;
  path: string;
  workFolder: string;
  terminal: Terminal;
  signal: AbortSignal;
}): Promise<CheckedFile> {
  const { folder, path, workFolder, terminal, signal } = options;
  const step = terminal.step({ en: `Reading ${path}`, zh: `读取 ${path}` });
  return finish(step, async () => {
    const file = await checkBerkaFile({
      file: path,
      workFolder,
      knownAccounts: await readAccountNumbers(folder),
      signal,
    });
    if (file.badRows > 0) throw badRows(path, file);
    if (file.rows === 0)
      throw new SetupError({ en: `${path} holds no rows.`, zh: `${path} 中没有任何交易。` });
    const { leftOut } = file;
    if (leftOut !== null) {
      terminal.line({
        en: `  ! Line ${leftOut.line} is cut off, so ${leftOut.date} is incomplete: its ${leftOut.rows} rows are left out.`,
        zh: `  ! 第 ${leftOut.line} 行不完整，${leftOut.date} 当日数据不全，已略去该日 ${leftOut.rows} 行。`,
      });
    }
    return file;
  });
}

/** Nothing is posted while a row cannot be read: a missing movement would make every later balance wrong. */
function badRows(path: string, { badRows: count, bad }: CheckedFile): SetupError {
  const shown = bad.slice(0, 20);
  const more = count - shown.length;
  const list = (language: keyof SetupText, rest: string) =>
    [
      ...shown.map(({ line, problem }) => `  ${lineOf(line)[language]}${problem[language]}`),
      ...(more > 0 ? [rest] : []),
    ].join("\n");
  return new SetupError({
    en: `${path} has ${count} row(s) that cannot be read, so nothing was posted:\n${list("en", `  … and ${more} more`)}`,
    zh: `${path} 中有 ${count} 行无法读取，因此未记入任何交易：\n${list("zh", `  …… 另有 ${more} 行`)}`,
  });
}

async function requireFolder(dir: string): Promise<string> {
  const folder = resolve(dir);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return folder;
  throw new SetupError({
    en: `${folder} is no folder: name the one that holds the Berka files (PKDD'99).`,
    zh: `${folder} 不是目录：请指定包含 Berka（PKDD'99）数据文件的目录。`,
  });
}

async function requireFile(folder: string, given: string | undefined): Promise<string> {
  if (given !== undefined) {
    const file = resolve(given);
    if ((await stat(file).catch(() => undefined))?.isFile()) return file;
    throw new SetupError({
      en: `There is no file ${file}: name a Berka transaction file after --trans.`,
      zh: `没有文件 ${file}：请在 --trans 后指定 Berka 交易文件。`,
    });
  }
  const names = (await readdir(folder)).filter((name) => /^trans.*\.asc$/.test(name)).sort();
  const [only] = names.includes("trans.asc") ? ["trans.asc"] : names;
  if (only !== undefined && (names.length === 1 || only === "trans.asc")) {
    await access(join(folder, only));
    return join(folder, only);
  }
  throw new SetupError(
    names.length === 0
      ? {
          en: `${folder} holds no trans.asc: name a folder with the Berka files (PKDD'99), or the file itself with --trans.`,
          zh: `${folder} 中没有 trans.asc：请指定包含 Berka（PKDD'99）数据文件的目录，或用 --trans 指定文件。`,
        }
      : {
          en: `${folder} holds several transaction files (${names.join(", ")}): choose one with --trans.`,
          zh: `${folder} 中有多个交易文件（${names.join("、")}）：请用 --trans 选择其一。`,
        },
  );
}

/** The database to post into; what is made for this run alone is removed by `undo`. */
async function openDatabase(
  given: string | undefined,
  terminal: Terminal,
  undo: (() => Promise<void>)[],
): Promise<string> {
  if (given !== undefined) {
    if (!URL.canParse(given) || !/^postgres(ql)?:$/.test(new URL(given).protocol))
      throw new UsageError("--database-url is written postgres://user:password@host:5432/database");
    await checkDatabase(given, "--database-url");
    return given;
  }
  const server = process.env.JINQIAO_TEST_DATABASE_URL || process.env.DATABASE_URL;
  if (server) {
    const database = await throwAwayDatabase(server, `jinqiao_replay_${randomBytes(5).toString("hex")}`);
    undo.push(database.drop);
    return database.url;
  }
  const step = terminal.step({ en: "Starting a throw-away PostgreSQL", zh: "启动一次性 PostgreSQL" });
  return finish(step, async () => {
    // A folder of its own, because PostgreSQL's user must be able to enter it.
    const dataDir = await mkdtemp(join(tmpdir(), "jinqiao-replay-postgres-"));
    undo.push(() => rm(dataDir, { recursive: true, force: true }));
    const postgres = await startEmbeddedPostgres({ dataDir });
    undo.push(postgres.stop);
    await postgres.ensureDatabase("jinqiao");
    return postgres.url("jinqiao");
  });
}

/** Where in the file a finding stands, as the beginning of a sentence. */
const lineOf = (line: number | null): SetupText =>
  line === null ? { en: "", zh: "" } : { en: `line ${line}: `, zh: `第 ${line} 行：` };

function conclusion(report: ReplayReport): SetupText {
  const { rows, accounts, exact, withinTenHaleru, outside, roundingTotal, changedByRepeat, findings } =
    report;
  const share = `${Math.floor((1000 * exact) / rows) / 10}%`;
  const list = (language: keyof SetupText) =>
    findings.map(({ line, problem }) => `\n  ! ${lineOf(line)[language]}${problem[language]}`).join("");
  return {
    en: `
  Rows                ${rows} of ${accounts} accounts
  Balance exact       ${exact} (${share})
  Within 0.10 CZK     ${withinTenHaleru}
  Outside             ${outside}
  Rounding account    ${roundingTotal} CZK
  Changed by repeat   ${changedByRepeat}
  Time                ${report.seconds} s
${list("en") && `${list("en")}\n`}
${isSound(report) ? "The ledger's balances are the bank's." : "The ledger's balances are NOT the bank's."}
`,
    zh: `
  交易                 ${rows} 笔，账户 ${accounts} 个
  余额完全一致         ${exact}（${share}）
  相差 0.10 克朗以内   ${withinTenHaleru}
  相差超过 0.10 克朗   ${outside}
  舍入账户             ${roundingTotal} 克朗
  重发后变动           ${changedByRepeat}
  用时                 ${report.seconds} 秒
${list("zh") && `${list("zh")}\n`}
${isSound(report) ? "账本余额与银行余额相符。" : "账本余额与银行余额不符！"}
`,
  };
}

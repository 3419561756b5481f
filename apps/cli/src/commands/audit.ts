import { open } from "node:fs/promises";
import { parseArgs } from "node:util";
import {
  type AuditReport,
  auditDatabase,
  auditText,
  type DatabaseAudit,
  NoBooks,
  type TrailReport,
  trailText,
} from "@jinqiao/server/audit";
import {
  checkDatabase,
  runningDatabaseUrl,
  SetupError,
  type SetupText,
} from "@jinqiao/server/embedded-postgres";
import { parseVerifierKey, TransparencyError, type VerifierKey } from "@jinqiao/transparency";
import { type Command, UsageError } from "../command.ts";
import { postgresFolder } from "../instance/data-folder.ts";
import { readSettings } from "../instance/settings.ts";
import { createTerminal, finish, inLanguage, type Step } from "../terminal.ts";

/** Longest file that could be a checkpoint, in bytes. */
const longestCheckpoint = 65_536;

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export const audit: Command = {
  name: "audit",
  summary: {
    en: "Walk the books against the transparency log and name the first difference. Nothing is changed; payments may go on.",
    zh: "将账本与透明日志逐笔核对，并指出第一处不符。不作任何改动，期间可照常支付。",
  },
  options: [
    {
      flags: "--database-url URL",
      summary: {
        en: "the server's database; otherwise DATABASE_URL, or the PostgreSQL that runs in the data folder",
        zh: "服务端数据库；默认使用 DATABASE_URL，或数据目录中正在运行的 PostgreSQL",
      },
    },
    {
      flags: "--key VKEY",
      summary: {
        en: "the log's verifier key as you keep it; otherwise the one in the same database is believed",
        zh: "您自行保存的日志验证密钥；否则采信同一数据库中的密钥",
      },
    },
    {
      flags: "--checkpoint FILE",
      summary: {
        en: "a checkpoint that you keep: the books must still contain all that it was signed over",
        zh: "您自行保存的检查点：账本必须仍包含其签署时的全部内容",
      },
    },
    { flags: "--json", summary: { en: "print the result as JSON alone", zh: "仅以 JSON 输出结果" } },
  ],
  environment: [
    { name: "DATABASE_URL", summary: { en: "the server's database", zh: "服务端数据库" } },
    { name: "JINQIAO_DATA", summary: { en: "data folder", zh: "数据目录" } },
    {
      name: "JINQIAO_LOG_KEY",
      summary: { en: "the log's verifier key, instead of --key", zh: "日志的验证密钥，代替 --key" },
    },
  ],
  run: async (args) => {
    const { values } = parseArgs({
      args,
      options: {
        "database-url": { type: "string" },
        key: { type: "string" },
        checkpoint: { type: "string" },
        json: { type: "boolean" },
      },
      strict: true,
    });
    const key = keyGiven(values.key ?? (process.env.JINQIAO_LOG_KEY || undefined));
    const checkpoint = values.checkpoint === undefined ? undefined : await readCheckpoint(values.checkpoint);
    const databaseUrl = await findDatabase(values["database-url"]);

    const terminal = createTerminal(process.stderr);
    const asked = new AbortController();
    const heed = () => asked.abort();
    for (const signal of stopSignals) process.on(signal, heed);
    try {
      const step = terminal.step({ en: "Walking the books", zh: "正在逐笔核对账本" });
      const report = await finish(step, () =>
        auditDatabase({
          databaseUrl,
          ...(key ? { key } : {}),
          ...(checkpoint === undefined ? {} : { checkpoint }),
          onProgress: teller(step),
          signal: asked.signal,
        }),
      );
      process.stdout.write(
        values.json
          ? `${JSON.stringify(jsonOf(report), null, 2)}\n`
          : `\n${inLanguage(conclusion(report.books))}\n${inLanguage(trailConclusion(report.trail))}\n`,
      );
      return report.ok ? 0 : 1;
    } catch (error) {
      if (error instanceof NoBooks) throw noBooks(error);
      if (!asked.signal.aborted) throw error;
      terminal.line({ en: "Stopped.", zh: "已停止。" });
      return 130;
    } finally {
      for (const signal of stopSignals) process.off(signal, heed);
    }
  },
};

function keyGiven(text: string | undefined): VerifierKey | undefined {
  if (text === undefined) return undefined;
  try {
    return parseVerifierKey(text.trim());
  } catch (error) {
    if (!(error instanceof TransparencyError)) throw error;
    throw new UsageError(
      inLanguage({
        en: "The key is not a verifier key: give it as the log shows it, name+id+base64.",
        zh: "该密钥不是有效的验证密钥：请按日志给出的形式填写（名称+编号+base64）。",
      }),
    );
  }
}

async function readCheckpoint(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(longestCheckpoint + 1) });
      if (bytesRead <= longestCheckpoint) return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SetupError(
      {
        en: `The file ${path} cannot be read (${code}): name a checkpoint as /log/checkpoint gave it.`,
        zh: `无法读取文件 ${path}（${code}）：请指定从 /log/checkpoint 保存的检查点文件。`,
      },
      { cause: error },
    );
  }
  throw new SetupError({
    en: `The file ${path} is too long for a checkpoint: name one as /log/checkpoint gave it.`,
    zh: `文件 ${path} 过长，不是检查点：请指定从 /log/checkpoint 保存的检查点文件。`,
  });
}

async function findDatabase(given: string | undefined): Promise<string> {
  const { dataDir, databaseUrl } = readSettings();
  const url = given ?? databaseUrl ?? (await runningDatabaseUrl(postgresFolder(dataDir), "jinqiao"));
  if (url === undefined)
    throw new SetupError({
      en: `No PostgreSQL runs in ${dataDir}: start Jinqiao with "npm start", or name the server's database with --database-url.`,
      zh: `${dataDir} 中没有正在运行的 PostgreSQL：请用 npm start 启动金桥，或用 --database-url 指定服务端数据库。`,
    });
  await checkDatabase(url, given === undefined ? "DATABASE_URL" : "--database-url");
  return url;
}

const noBooks = (cause: unknown): SetupError =>
  new SetupError(
    {
      en: "This database holds no books with a transparency log: name the server's database, or start this version of the server on it once.",
      zh: "该数据库中没有带透明日志的账本：请指定服务端数据库，或先用本版本的服务端在其上启动一次。",
    },
    { cause },
  );

/** Says how far the walk is, each time another twentieth is done. */
function teller(step: Step): (progress: { done: bigint; total: bigint }) => void {
  let told = 0n;
  return ({ done, total }) => {
    const twentieths = (20n * done) / total;
    if (twentieths === told || done === total) return;
    told = twentieths;
    step.update({
      en: `Walking the books: ${done} of ${total} transfers`,
      zh: `正在逐笔核对账本：${done} / ${total} 笔`,
    });
  };
}

/** The result for other programs; counts as numbers, places in the log as text. */
function jsonOf({ books: report, trail, ok }: DatabaseAudit): Record<string, unknown> {
  const { difference, ...facts } = report;
  return {
    ...facts,
    ok,
    auditTrail: {
      ok: trail.ok,
      entries: Number(trail.entries),
      heads: Number(trail.heads),
      problem: trail.problem && { ...trail.problem, text: trailText(trail.problem) },
    },
    transfers: Number(report.transfers),
    movedAway: Number(report.movedAway),
    entries: Number(report.entries),
    accounts: Number(report.accounts),
    checkpoints: Number(report.checkpoints),
    size: String(report.size),
    difference: difference && {
      position: difference.position === null ? null : String(difference.position),
      transferId: difference.transferId,
      problems: difference.problems.map((problem) => ({ ...problem, text: auditText(problem) })),
    },
  };
}

/** What was found of the record of who did what. */
function trailConclusion({ entries, heads, problem }: TrailReport): SetupText {
  if (problem !== null) {
    const { en, zh } = trailText(problem);
    return { en: `The audit trail is NOT what was written. ${en}`, zh: `审计记录与当时写下的不符！${zh}` };
  }
  return {
    en: `The audit trail is what was written: ${entries} entries, found again in the log ${heads} times.`,
    zh: `审计记录与当时写下的一致：共 ${entries} 条，在日志中核对 ${heads} 次。`,
  };
}

function conclusion(report: AuditReport): SetupText {
  const { difference, origin, key, keyFrom, transfers, movedAway, entries, accounts, checkpoints, size } =
    report;
  if (difference !== null) {
    const { position, transferId, problems } = difference;
    const where = (words: { at: string; transfer: string; nowhere: string }): string =>
      [
        ...(position === null ? [] : [`${words.at} ${position}`]),
        ...(transferId === null ? [] : [`${words.transfer} ${transferId}`]),
      ].join(", ") || words.nowhere;
    const list = (language: "en" | "zh") =>
      problems.map((problem) => `  - ${auditText(problem)[language]}`).join("\n");
    return {
      en: `The books do NOT agree with the log. First difference: ${where({ at: "position", transfer: "transfer", nowhere: "accounts" })}\n${list("en")}`,
      zh: `账本与日志不一致！第一处不符：${where({ at: "位置", transfer: "账务转移", nowhere: "账户" })}\n${list("zh")}`,
    };
  }
  const nothingSigned = checkpoints === 0n;
  return {
    en: `
  Log            ${origin ?? "none yet"}
  Transfers      ${transfers}${movedAway > 0n ? `, and ${movedAway} of months that were moved away` : ""}
  Entries        ${entries}
  Accounts       ${accounts}
  Checkpoints    ${checkpoints}, the newest over ${size} transfers
  Key            ${key ?? "none yet"}${keyFrom === "database" && key !== null ? "\n                 read from the same database: give --key to check with one that you keep" : ""}

${nothingSigned ? "The books agree with themselves; nothing was signed yet." : "The books are what was signed: nothing was altered, removed or put in another order."}`,
    zh: `
  日志       ${origin ?? "尚无"}
  账务转移   ${transfers} 笔${movedAway > 0n ? `，另有已移走月份的 ${movedAway} 笔` : ""}
  分录       ${entries} 条
  账户       ${accounts} 个
  检查点     ${checkpoints} 个，最新的覆盖 ${size} 笔
  密钥       ${key ?? "尚无"}${keyFrom === "database" && key !== null ? "\n             读自同一数据库：可用 --key 给出您自行保存的密钥" : ""}

${nothingSigned ? "账本自身一致，尚未签署任何检查点。" : "账本与签署时一致：无一处被改动、删除或调换次序。"}`,
  };
}

import { parseArgs } from "node:util";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import {
  createDb,
  createMonths,
  type Month,
  MonthError,
  type Months,
  usualKeepMonths,
} from "@jinqiao/server/engine";
import { type Command, UsageError } from "../command.ts";
import { findDatabase } from "../instance/find-database.ts";
import { createTerminal, finish, inLanguage } from "../terminal.ts";

export const ledger: Command = {
  name: "ledger",
  summary: {
    en: "See the months of the books, take old ones out to be moved away, and put them back.",
    zh: "查看账本的各个月份，将旧月份移出归档，或恢复。",
  },
  options: [
    { flags: "months", summary: { en: "list the months with their size", zh: "列出各月及其大小" } },
    {
      flags: "archive YYYY-MM",
      summary: {
        en: "take the oldest month out of the books, into the schema ledger_archive",
        zh: "将最早的月份移出账本，放入 ledger_archive",
      },
    },
    {
      flags: "restore YYYY-MM",
      summary: { en: "put the month that was archived last back", zh: "恢复最近归档的月份" },
    },
    {
      flags: "--keep-months N",
      summary: {
        en: `archive only months older than the last N (at least 1; default ${usualKeepMonths})`,
        zh: `仅归档最近 N 个月之前的月份（至少 1，默认 ${usualKeepMonths}）`,
      },
    },
    {
      flags: "--database-url URL",
      summary: {
        en: "the server's PostgreSQL database, instead of the one that npm start runs",
        zh: "指定服务所用的 PostgreSQL 数据库，而非 npm start 自带的",
      },
    },
    { flags: "--json", summary: { en: "print the result as JSON alone", zh: "仅以 JSON 输出结果" } },
  ],
  environment: [
    { name: "DATABASE_URL", summary: { en: "the server's database", zh: "服务所用的数据库" } },
    { name: "JINQIAO_DATA", summary: { en: "data folder", zh: "数据目录" } },
  ],
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        "keep-months": { type: "string" },
        "database-url": { type: "string" },
        json: { type: "boolean" },
      },
      strict: true,
    });
    const [action = "", month, ...more] = positionals;
    const takesMonth = action === "archive" || action === "restore";
    if ((action !== "months" && !takesMonth) || takesMonth !== (month !== undefined) || more.length > 0)
      throw new UsageError('Say "ledger months", "ledger archive YYYY-MM" or "ledger restore YYYY-MM".');
    const keepMonths = keepMonthsOf(values["keep-months"], action);

    const db = createDb({
      url: await findDatabase(values["database-url"]),
      maxConnections: 2,
      applicationName: "jinqiao-ledger",
    });
    try {
      const months = createMonths({ db, clock: { now: () => new Date() } });
      const result =
        month === undefined ? await months.list() : await move(months, action, month, keepMonths);
      process.stdout.write(values.json ? `${toJson(result)}\n` : tableOf([result].flat()));
      return 0;
    } catch (error) {
      if (error instanceof MonthError) throw new SetupError(error.text, { cause: error });
      // Undefined table, undefined schema: PostgreSQL's table of error codes.
      if (["42P01", "3F000"].includes((error as { code?: string }).code ?? ""))
        throw new SetupError(
          {
            en: "This database has no books of this version: start Jinqiao on it once first.",
            zh: "该数据库中没有本版本的账本：请先在其上启动一次金桥。",
          },
          { cause: error },
        );
      throw error;
    } finally {
      await db.close();
    }
  },
};

function move(months: Months, action: string, month: string, keepMonths: number): Promise<Month> {
  const terminal = createTerminal(process.stderr);
  return action === "archive"
    ? finish(
        terminal.step({ en: `Taking ${month} out of the books`, zh: `正在将 ${month} 移出账本` }),
        () => months.archive(month, { keepMonths }),
        {
          en: `${month} is out of the books. Its tables are in the schema ledger_archive: save them with pg_dump before you drop them.`,
          zh: `${month} 已移出账本，数据表位于 ledger_archive。删除之前请先用 pg_dump 保存。`,
        },
      )
    : finish(
        terminal.step({ en: `Putting ${month} back`, zh: `正在恢复 ${month}` }),
        () => months.restore(month),
        {
          en: `${month} is in the books again. The watch reads it anew.`,
          zh: `${month} 已恢复到账本，账务监视将重新核验。`,
        },
      );
}

function keepMonthsOf(text: string | undefined, action: string): number {
  if (text === undefined) return usualKeepMonths;
  if (action !== "archive") throw new UsageError("--keep-months goes with ledger archive.");
  const value = Number(text);
  if (/^\d{1,4}$/.test(text) && value >= 1) return value;
  throw new UsageError(`--keep-months is "${text}": give a whole number from 1.`);
}

const toJson = (result: Month | Month[]): string =>
  JSON.stringify(result, (_key, value) => (typeof value === "bigint" ? Number(value) : value), 2);

const statusWords: Record<Month["status"], { en: string; zh: string }> = {
  kept: { en: "in the books", zh: "在账本中" },
  archived: { en: "archived", zh: "已归档" },
  moved_away: { en: "moved away", zh: "已移走" },
};

function tableOf(months: readonly Month[]): string {
  const head = [
    inLanguage({ en: "month", zh: "月份" }),
    inLanguage({ en: "status", zh: "状态" }),
    inLanguage({ en: "transfers", zh: "账务转移" }),
    inLanguage({ en: "entries", zh: "分录" }),
    inLanguage({ en: "on disk", zh: "占用" }),
  ];
  const rows = months.map((month) => [
    month.month,
    inLanguage(statusWords[month.status]),
    month.transfers.toString(),
    month.entries.toString(),
    month.bytes === 0n ? "–" : `${(month.bytes + 524_288n) / 1_048_576n} MB`,
  ]);
  const width = (text: string) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => width(row[column] ?? ""))));
  const lineOf = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const gap = " ".repeat((widths[column] ?? 0) - width(cell));
        return column < 2 ? cell + gap : gap + cell;
      })
      .join("  ");
  return `${[head, ...rows].map((row) => `  ${lineOf(row)}`.trimEnd()).join("\n")}\n`;
}

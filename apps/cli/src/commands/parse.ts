import { open } from "node:fs/promises";
import { parseArgs } from "node:util";
import { isCurrency } from "@jinqiao/money";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import {
  addsUp,
  type Balance,
  type DateOrder,
  decimalText,
  readStatement,
  type Statement,
  StatementError,
  type StatementFile,
  type StatementLine,
  statementFormats,
  toJson,
} from "@jinqiao/statements";
import { type Command, UsageError } from "../command.ts";
import { inLanguage } from "../terminal.ts";

/** Most bytes of a file that the command reads. */
const maxBytes = 256 * 1024 * 1024;

export const parse: Command = {
  name: "parse",
  summary: {
    en: "Read a statement (parse FILE): MT940, MT942, OFX, camt.052/053/054, bills of Alipay, WeChat Pay and JD, tables.",
    zh: "读取账单（parse FILE）：MT940、MT942、OFX、camt.052/053/054，支付宝、微信支付、京东账单及表格。",
  },
  options: [
    { flags: "--json", summary: { en: "print the normal form as JSON alone", zh: "仅以 JSON 输出标准格式" } },
    {
      flags: "--currency CODE",
      summary: {
        en: "the currency, for a file that names none (ISO 4217)",
        zh: "文件未注明币种时使用的币种（ISO 4217）",
      },
    },
    {
      flags: "--dates dmy|mdy",
      summary: {
        en: "whether 03/04/2026 is in April or in March, for a file that leaves it open",
        zh: "文件未能说明时，03/04/2026 按日月年（dmy）还是月日年（mdy）读取",
      },
    },
  ],
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      options: { json: { type: "boolean" }, currency: { type: "string" }, dates: { type: "string" } },
      allowPositionals: true,
      strict: true,
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) {
      throw new UsageError(
        inLanguage({
          en: 'Name one file: "parse FILE", or "-" to read it from standard input.',
          zh: "请指定一个文件：“parse FILE”，或用“-”从标准输入读取。",
        }),
      );
    }
    const currency = values.currency?.toUpperCase();
    if (currency !== undefined && !isCurrency(currency)) {
      throw new UsageError(
        inLanguage({
          en: `--currency: ${values.currency} is not a currency of ISO 4217.`,
          zh: `--currency：${values.currency} 不是 ISO 4217 币种。`,
        }),
      );
    }
    const dateOrder = dateOrderOf(values.dates);
    try {
      const file = await readStatement(await bytesOf(path), { maxBytes, currency, dateOrder });
      process.stdout.write(values.json ? `${JSON.stringify(toJson(file), null, 2)}\n` : tableOf(file));
      return 0;
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      process.stderr.write(values.json ? `${JSON.stringify(errorJson(error), null, 2)}\n` : errorText(error));
      return 1;
    }
  },
};

function dateOrderOf(text: string | undefined): DateOrder | undefined {
  if (text === undefined || text === "dmy" || text === "mdy") return text;
  throw new UsageError(inLanguage({ en: "--dates takes dmy or mdy.", zh: "--dates 只接受 dmy 或 mdy。" }));
}

const errorJson = ({ problem, line, text }: StatementError) => ({ error: { code: problem, line, ...text } });

function errorText({ line, text }: StatementError): string {
  const where = line === null ? "" : inLanguage({ en: `line ${line}: `, zh: `第 ${line} 行：` });
  return `${where}${inLanguage(text)}\n`;
}

/** The file's bytes, at most one more than may be read. */
async function bytesOf(path: string): Promise<Uint8Array> {
  if (path === "-") return readAll(process.stdin);
  try {
    const file = await open(path);
    try {
      return await readAll(file.createReadStream({ autoClose: false }));
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SetupError(
      {
        en: `The file ${path} cannot be read (${code}).`,
        zh: `无法读取文件 ${path}（${code}）。`,
      },
      { cause: error },
    );
  }
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length > maxBytes) break;
  }
  return Buffer.concat(parts);
}

/** The statements for a person: the head of each, then its lines, oldest or newest first as the file has them. */
function tableOf(file: StatementFile): string {
  const blocks = file.statements.map((statement) =>
    [...headOf(statement), "", ...linesOf(statement)].join("\n"),
  );
  const remarks = file.remarks.map(({ line, text }) => {
    const where = line === null ? "" : inLanguage({ en: `line ${line}: `, zh: `第 ${line} 行：` });
    return `! ${where}${inLanguage(text)}`;
  });
  return `${[inLanguage(statementFormats[file.format]), ...blocks, ...remarks].join("\n\n")}\n`;
}

function headOf(statement: Statement): string[] {
  const { account, opening, closing, available, from, to, number, page } = statement;
  const adds = addsUp(statement);
  const rows: [{ en: string; zh: string }, string | null][] = [
    [
      { en: "Account", zh: "账户" },
      [account.number, account.name, account.owner].filter(Boolean).join(" · ") || null,
    ],
    [{ en: "Bank", zh: "银行" }, account.bank],
    [{ en: "Currency", zh: "币种" }, statement.currency],
    [{ en: "Period", zh: "期间" }, from === null && to === null ? null : `${from ?? "…"} – ${to ?? "…"}`],
    [{ en: "Number", zh: "编号" }, [number, page].filter(Boolean).join("/") || null],
    [{ en: "Opening", zh: "期初余额" }, balanceText(opening)],
    [{ en: "Closing", zh: "期末余额" }, balanceText(closing)],
    [{ en: "Available", zh: "可用余额" }, balanceText(available)],
    [
      { en: "Adds up", zh: "收支相符" },
      adds === null
        ? null
        : adds
          ? inLanguage({ en: "yes", zh: "是" })
          : inLanguage({
              en: "no: opening and lines do not give the closing balance",
              zh: "否：期初余额加明细不等于期末余额",
            }),
    ],
    [{ en: "Lines", zh: "明细" }, String(statement.lines.length)],
  ];
  return rows.flatMap(([label, value]) => (value === null ? [] : [`${pad(inLanguage(label), 10)} ${value}`]));
}

const balanceText = (balance: Balance | null): string | null =>
  balance === null
    ? null
    : `${decimalText(balance.amountMinor, balance.currency)} ${balance.currency}${balance.date === null ? "" : ` (${balance.date})`}`;

function linesOf({ lines }: Statement): string[] {
  const rows = lines.map((line) => [line.bookingDate, amountText(line), whatOf(line)] as const);
  const width = Math.max(0, ...rows.map(([, amount]) => amount.length));
  return rows.map(([date, amount, what]) => `${date}  ${amount.padStart(width)}  ${what}`);
}

const signs = { credit: "+", debit: "-", none: "" } as const;

function amountText(line: StatementLine): string {
  return `${signs[line.direction]}${decimalText(line.amountMinor, line.currency)} ${line.currency}`;
}

const states = {
  booked: null,
  pending: { en: "(pending)", zh: "（待入账）" },
  cancelled: { en: "(cancelled, no money moved)", zh: "（已取消，未动账）" },
} as const;

function whatOf(line: StatementLine): string {
  const state = states[line.state];
  return [
    line.counterparty.name,
    line.description?.replace(/\s+/g, " "),
    line.counterparty.name === null && line.description === null ? line.code : null,
    state === null ? null : inLanguage(state),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Pads by the width on a terminal, where Chinese signs are twice as wide. */
function pad(text: string, width: number): string {
  const taken = [...text].reduce((sum, sign) => sum + (/[\u2e80-\uffef]/.test(sign) ? 2 : 1), 0);
  return text + " ".repeat(Math.max(0, width - taken));
}

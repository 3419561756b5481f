import { type BillLayout, billLayouts, type Column, guessColumn } from "./bill-layouts.ts";
import type { Row, Sheet } from "./rows.ts";
import {
  type Direction,
  emptyStatement,
  plainLine,
  type Remark,
  type Statement,
  type StatementFile,
  type StatementLine,
  signedMinor,
  type Tag,
} from "./statement.ts";
import { StatementError } from "./statement-error.ts";
import {
  currencyOf,
  type DateOrder,
  dateOrderOf,
  looksLikeDate,
  looseAmount,
  looseDate,
  looseTime,
} from "./values.ts";

export type TableOptions = { currency?: string | undefined; dateOrder?: DateOrder | undefined };

/** Where the table begins and what its columns are. */
type Table = { layout: BillLayout; header: Row; headerIndex: number; columns: (Column | undefined)[] };

/** Longest cell that may be an amount, with a remark behind it. */
const maxAmountLength = 100;
/** Headings are looked for in the first rows only. */
const headerRows = 100;

/**
 * Reads a table of transactions: a bill or an account export whose headings are known, or any table with a date and an
 * amount. Dates and times are the provider's own (for bills of China, Asia/Shanghai) and stay plain.
 * @returns undefined when no sheet holds such a table
 * @throws StatementError with the line
 */
export function readTable(sheets: readonly Sheet[], options: TableOptions = {}): StatementFile | undefined {
  const remarks: Remark[] = [];
  const found = sheets.flatMap((sheet) => {
    const table = knownTable(sheet);
    return table === undefined ? [] : [{ sheet, table }];
  });
  const tables = found.length > 0 ? found : sheets.flatMap((sheet) => guessed(sheet));
  const [first] = tables;
  if (first === undefined) return undefined;
  const statements: Statement[] = [];
  const seen = new Set<string>();
  for (const { sheet, table } of tables) {
    const read = statementsOf(sheet, table, options, remarks);
    const key = JSON.stringify(read.map(({ lines }) => lines.map(lineKey)));
    if (seen.has(key)) {
      remarks.push({
        line: null,
        text: {
          en: "A second sheet lists the same transactions again; it was left out.",
          zh: "另一张工作表重复列出了同样的交易，已忽略。",
        },
      });
    } else statements.push(...read);
    seen.add(key);
  }
  return { format: first.table.layout.format, statements, remarks };
}

const lineKey = (line: StatementLine) => [
  line.bookingDate,
  line.time,
  line.amountMinor.toString(),
  line.currency,
  line.bankId,
];

const withoutBlanks = (text: string) => text.replace(/\s/g, "").replaceAll("（", "(").replaceAll("）", ")");

function knownTable(sheet: Sheet): Table | undefined {
  for (const [headerIndex, header] of sheet.slice(0, headerRows).entries()) {
    const names = header.cells.map(withoutBlanks);
    for (const layout of billLayouts) {
      const wanted = Object.keys(layout.columns).filter((name) => !name.endsWith("?"));
      if (!wanted.every((name) => names.includes(name))) continue;
      const columns = names.map((name) => layout.columns[name] ?? layout.columns[`${name}?`]);
      return { layout, header, headerIndex, columns };
    }
  }
  return undefined;
}

/** A table of unknown origin: headings that name a date, and an amount or two columns for in and out. */
function guessed(sheet: Sheet): { sheet: Sheet; table: Table }[] {
  for (const [headerIndex, header] of sheet.slice(0, headerRows).entries()) {
    const columns: (Column | undefined)[] = [];
    for (const cell of header.cells) {
      const column = guessColumn(cell);
      // The first of two equal columns counts, the other is kept as a tag.
      columns.push(column !== undefined && columns.includes(column) ? undefined : column);
    }
    const has = (column: Column) => columns.includes(column);
    if (!has("date") || !(has("amount") || has("credit") || has("debit"))) continue;
    const named = header.cells
      .filter((_, index) => ["amount", "credit", "debit"].includes(columns[index] ?? ""))
      .flatMap((cell) => /[(（]\s*([A-Za-z]{3}|元)\s*[)）]$/.exec(cell)?.[1] ?? []);
    const layout: BillLayout = {
      format: "csv",
      bank: null,
      columns: {},
      ...(named[0] === undefined ? {} : { currency: currencyOf(named[0], header.line) }),
    };
    return [{ sheet, table: { layout, header, headerIndex, columns } }];
  }
  return [];
}

function statementsOf(sheet: Sheet, table: Table, options: TableOptions, remarks: Remark[]): Statement[] {
  const { layout, columns, headerIndex } = table;
  const above = sheet.slice(0, headerIndex);
  const preamble = above.map(({ cells }) => cells.filter((cell) => cell !== "").join(" ")).join("\n");
  const tags = above.flatMap(preambleTags);
  const dateCells = sheet
    .slice(headerIndex + 1)
    .flatMap(({ cells }) => cells[columns.indexOf("date")] ?? [])
    .filter(looksLikeDate);
  const order = options.dateOrder ?? dateOrderOf(dateCells);
  const byCurrency = new Map<string, StatementLine[]>();
  let ownAccount: string | null = null;
  const footer: Tag[] = [];
  for (const row of sheet.slice(headerIndex + 1)) {
    const cell = reader(row, columns);
    const dated = cell("date") ?? cell("happened");
    if (dated === null || !looksLikeDate(dated)) {
      if (!isFooter(row, dated))
        throw new StatementError(dated === null ? "date_missing" : "date_invalid", row.line, dated ?? "");
      footer.push(...footerTags(row));
      continue;
    }
    const line = lineOf(row, table, cell, { order, currency: options.currency, preamble, remarks });
    ownAccount ??= cell("ownAccount");
    const lines = byCurrency.get(line.currency) ?? [];
    lines.push(line);
    byCurrency.set(line.currency, lines);
  }
  const group = (pattern: RegExp | undefined) =>
    pattern === undefined ? null : (pattern.exec(preamble)?.[1] ?? null);
  const base = {
    account: {
      number: group(layout.account) ?? ownAccount,
      bank: layout.bank,
      name: null,
      owner: group(layout.owner),
    },
    from: group(layout.from),
    to: group(layout.to),
  };
  if (byCurrency.size === 0)
    return [{ ...emptyStatement(), ...base, currency: layout.currency ?? null, tags: [...tags, ...footer] }];
  return [...byCurrency].map(([currency, lines], index) => ({
    ...emptyStatement(),
    ...base,
    currency,
    ...balancesOf(lines, currency),
    lines,
    tags: index === 0 ? [...tags, ...footer] : [],
  }));
}

/** What stands in a column; blanks, dashes and slashes stand for nothing. */
function reader({ cells }: Row, columns: readonly (Column | undefined)[]) {
  return (column: Column): string | null => {
    const index = columns.indexOf(column);
    const text = index < 0 ? undefined : cells[index];
    return text === undefined || /^[-－—/\\\s]*$/.test(text) ? null : text;
  };
}
type Reader = ReturnType<typeof reader>;

type Circumstances = {
  order: DateOrder | undefined;
  currency: string | undefined;
  preamble: string;
  remarks: Remark[];
};

function lineOf(row: Row, table: Table, cell: Reader, around: Circumstances): StatementLine {
  const { layout, columns, header } = table;
  const named = cell("currency") ?? layout.currency ?? around.currency;
  if (named === undefined) throw new StatementError("currency_missing", row.line);
  const currency = currencyOf(named, row.line);
  const happened = cell("happened");
  const first = looseDate(cell("date") ?? happened ?? "", around.order, row.line);
  const valueDate = cell("valueDate");
  const tags = tagsOf(row, header, columns);
  if (happened !== null && cell("date") !== null)
    tags.push({ name: headingOf(table, "happened"), value: happened });
  const status = cell("status");
  if (status !== null) tags.push({ name: headingOf(table, "status"), value: status });
  const { minor, direction } = movementOf(row, table, cell, currency, tags);
  return plainLine({
    line: row.line,
    bookingDate: first.date,
    valueDate: valueDate === null ? null : looseDate(valueDate, around.order, row.line).date,
    time: first.time ?? looseTime(cell("time") ?? ""),
    amountMinor: minor,
    currency,
    direction,
    state: stateOf(status, direction),
    counterparty: { name: cell("name"), account: cell("account"), bank: cell("bank") },
    description: cell("description"),
    references: {
      ...(cell("customer") === null ? {} : { customer: cell("customer") as string }),
      ...(cell("merchantOrder") === null ? {} : { merchantOrder: cell("merchantOrder") as string }),
    },
    code: cell("code"),
    bankId: cell("id"),
    balanceMinor: balanceOf(cell("balance"), currency, table, tags),
    tags,
  });
}

/** The amount and which way it went. @throws StatementError */
function movementOf(
  row: Row,
  table: Table,
  cell: Reader,
  currency: string,
  tags: Tag[],
): { minor: bigint; direction: Direction } {
  const { line } = row;
  const single = cell("amount");
  if (single !== null && single.length > maxAmountLength)
    throw new StatementError("amount_invalid", line, single);
  if (single === null) {
    const sides = (["credit", "debit"] as const).flatMap((side) => {
      const text = cell(side);
      const minor = text === null ? 0n : looseAmount(text, currency, line);
      return minor === 0n ? [] : [{ minor, side }];
    });
    const [only, other] = sides;
    if (only === undefined && cell("credit") === null && cell("debit") === null)
      throw new StatementError("amount_missing", line);
    if (other !== undefined) throw new StatementError("direction_missing", line, row.cells.join(", "));
    if (only === undefined) return { minor: 0n, direction: "none" };
    // Some banks write money out with a minus in its own column.
    const turned = only.side === "credit" && only.minor < 0n;
    return { minor: only.minor < 0n ? -only.minor : only.minor, direction: turned ? "debit" : only.side };
  }
  // 京东: `131.77(已退款89.84)`: the amount paid, and what came back in a line of its own.
  const [, plain = single, remark] =
    /^([^(（]*\d)\s*[(（]([^)）]*[^\d.,)）][^)）]*)[)）]$/.exec(single) ?? [];
  if (remark !== undefined) tags.push({ name: headingOf(table, "amount"), value: single });
  const signed = looseAmount(plain, currency, line);
  const minor = signed < 0n ? -signed : signed;
  if (!table.columns.includes("direction")) return { minor, direction: signed < 0n ? "debit" : "credit" };
  const raw = row.cells[table.columns.indexOf("direction")] ?? "";
  const direction = directionOf(raw, cell("status"));
  if (direction === undefined) {
    if (signed < 0n) return { minor, direction: "debit" };
    throw new StatementError("direction_missing", line, raw);
  }
  return { minor, direction };
}

/** 收入 came, 支出 went; 不计收支 did neither, unless it is a refund. */
function directionOf(text: string, status: string | null): Direction | undefined {
  const word = text.trim().toLowerCase();
  if (/^(?:收入|收|贷|credit|cr|c|in|h|haben|\+)$/.test(word)) return "credit";
  if (/^(?:支出|支|付|借|debit|dbit|dr|d|out|s|soll|-)$/.test(word) && text !== "") return "debit";
  if (/^(?:crdt)$/.test(word)) return "credit";
  if (/^(?:不计收支|不计|中性交易|其他|\/|)$/.test(word))
    return /退款成功/.test(status ?? "") ? "credit" : "none";
  return undefined;
}

function stateOf(status: string | null, direction: Direction): StatementLine["state"] {
  if (status === null) return "booked";
  if (/^(?:等待付款|待付款|待支付|处理中|提现中|pending|authori[sz]ed)$/i.test(status)) return "pending";
  if (/失败|已取消|已撤销|^(?:failed|declined|cancell?ed|reverted|rejected)$/i.test(status))
    return "cancelled";
  // A closed order that was paid is refunded in a line of its own; one that never was is neither in nor out.
  return /关闭/.test(status) && direction === "none" ? "cancelled" : "booked";
}

function balanceOf(text: string | null, currency: string, table: Table, tags: Tag[]): bigint | null {
  if (text === null) return null;
  try {
    return looseAmount(text, currency, null);
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    // A balance that was made unreadable on purpose says nothing, and the line says what it says without it.
    tags.push({ name: headingOf(table, "balance"), value: text });
    return null;
  }
}

function headingOf({ header, columns }: Table, column: Column): string {
  return withoutBlanks(header.cells[columns.indexOf(column)] ?? column);
}

function tagsOf(row: Row, header: Row, columns: readonly (Column | undefined)[]): Tag[] {
  return row.cells.flatMap((value, index) =>
    columns[index] !== undefined || /^[-－—/\\\s]*$/.test(value)
      ? []
      : [{ name: withoutBlanks(header.cells[index] ?? "") || `column ${index + 1}`, value }],
  );
}

/** `姓名：张三` becomes a tag of that name; other lines above the table are kept as they are. */
function preambleTags({ cells }: Row): Tag[] {
  return cells
    .filter((cell) => cell !== "" && !/^Column\d+$/.test(cell))
    .map((cell) => {
      const [, name, value] = /^([^：:[\]\s]{1,20})\s*[：:]\s*(.+)$/.exec(cell) ?? [];
      return name === undefined || value === undefined ? { name: "header", value: cell } : { name, value };
    });
}

/** Sums and remarks below the table. */
function isFooter({ cells }: Row, dated: string | null): boolean {
  const filled = cells.filter((cell) => cell !== "");
  if (filled.length <= 1) return true;
  return /合计|总计|小计|总额|以上数据|^注|^说明|^total|^sum|^-+$/i.test(dated ?? filled[0] ?? "");
}

const footerTags = ({ cells }: Row): Tag[] => {
  const value = cells.filter((cell) => cell !== "").join(" ");
  return value === "" ? [] : [{ name: "footer", value }];
};

/**
 * Opening and closing balance from the running one, oldest or newest first, whichever fits line by line. Where neither
 * does (balances left out or made up), there is none.
 */
function balancesOf(
  lines: readonly StatementLine[],
  currency: string,
): Pick<Statement, "opening" | "closing"> {
  for (const ordered of [lines, [...lines].reverse()]) {
    const fits = ordered.every((line, index) => {
      const before = ordered[index - 1]?.balanceMinor;
      return line.balanceMinor !== null && (index === 0 || before === line.balanceMinor - signedMinor(line));
    });
    const [first] = ordered;
    const last = ordered.at(-1);
    if (!fits || first === undefined || last === undefined) continue;
    if (first.balanceMinor === null || last.balanceMinor === null) continue;
    return {
      opening: { amountMinor: first.balanceMinor - signedMinor(first), currency, date: first.bookingDate },
      closing: { amountMinor: last.balanceMinor, currency, date: last.bookingDate },
    };
  }
  return { opening: null, closing: null };
}

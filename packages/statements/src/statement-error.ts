/** Why a file was refused. One name per refusal. */
export type StatementProblem = keyof typeof texts;

const texts = {
  empty: { en: "The file is empty.", zh: "文件是空的。" },
  too_large: {
    en: "The file is too large: {value} is the most that can be read.",
    zh: "文件过大，最多可读取 {value}。",
  },
  not_recognised: {
    en: "This is not a statement that Jinqiao can read. It reads MT940, MT942, OFX, camt.052/053/054, bills of Alipay, WeChat Pay and JD, and tables (CSV, XLSX, XLS) with a date and an amount.",
    zh: "无法识别这份账单。可读取的格式有：MT940、MT942、OFX、camt.052/053/054，支付宝、微信支付、京东账单，以及含有日期和金额的表格（CSV、XLSX、XLS）。",
  },
  no_statement: {
    en: "The file is well formed, but no statement is in it: {value}.",
    zh: "文件格式正确，但其中没有账单内容：{value}。",
  },
  tag_malformed: { en: "{value} cannot be read.", zh: "无法读取 {value}。" },
  date_invalid: { en: "“{value}” is not a date.", zh: "“{value}”不是有效日期。" },
  date_missing: { en: "The date is missing.", zh: "缺少日期。" },
  date_order_unknown: {
    en: "“{value}” may mean two days: whether the day or the month comes first cannot be told from this file. Say which.",
    zh: "“{value}”可能表示两个日期：无法从文件判断日在前还是月在前，请指明。",
  },
  amount_invalid: { en: "“{value}” is not an amount.", zh: "“{value}”不是有效金额。" },
  amount_missing: { en: "The amount is missing.", zh: "缺少金额。" },
  currency_missing: {
    en: "The file does not say in which currency these amounts are. Say which.",
    zh: "文件没有说明金额的币种，请指明。",
  },
  currency_unknown: { en: "“{value}” is not a currency of ISO 4217.", zh: "“{value}”不是 ISO 4217 币种。" },
  direction_missing: {
    en: "Whether money came in or went out cannot be told: “{value}”.",
    zh: "无法判断是收入还是支出：“{value}”。",
  },
  markup_forbidden: {
    en: "The file declares document types or entities, which a statement never needs. It was refused for safety.",
    zh: "文件中含有文档类型或实体声明，账单不需要这些内容。为安全起见已拒绝。",
  },
  markup_malformed: { en: "The file is damaged: {value}.", zh: "文件已损坏：{value}。" },
  archive_malformed: {
    en: "The spreadsheet is damaged or too large inside: {value}.",
    zh: "表格文件已损坏或内容过大：{value}。",
  },
  camt_invalid: { en: "{value}", zh: "{value}" },
} as const;

/** A file that was refused, with the line where it went wrong and a sentence in both languages. */
export class StatementError extends Error {
  readonly problem: StatementProblem;
  /** Line of the file, from 1; null where the whole file is meant. */
  readonly line: number | null;
  readonly text: { en: string; zh: string };
  /** @param value what stood there, or in each language what it is about */
  constructor(
    problem: StatementProblem,
    line: number | null,
    value: string | { en: string; zh: string } = "",
  ) {
    const fill = (language: "en" | "zh") => {
      const told = typeof value === "string" ? value : value[language];
      const shown = told.length > 400 ? `${told.slice(0, 400)}…` : told;
      return texts[problem][language].replace("{value}", () => shown);
    };
    const en = fill("en");
    super(line === null ? en : `line ${line}: ${en}`);
    this.name = "StatementError";
    this.problem = problem;
    this.line = line;
    this.text = { en, zh: fill("zh") };
  }
}

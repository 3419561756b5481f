/** An amount of money as a statement shows it: whole minor units. May be negative for a balance that is owed. */
export type Balance = { amountMinor: bigint; currency: string; date: string | null };

/** Something the file said that has no place of its own in the normal form. Kept as it came, never dropped. */
export type Tag = { name: string; value: string };

/** Money came in, money went out, or it neither came nor went (moved between one's own pockets, or only mentioned). */
export type Direction = "credit" | "debit" | "none";

export type Counterparty = { name: string | null; account: string | null; bank: string | null };

/** References by what they are. The names are those of ISO 20022 where it has one. */
export type References = {
  endToEnd?: string;
  customer?: string;
  mandate?: string;
  creditor?: string;
  merchantOrder?: string;
};

/** One booking of a statement. */
export type StatementLine = {
  /** Line of the file on which it stands, from 1; of a spreadsheet, the row. */
  line: number;
  /** Plain date of the bank's calendar, `2026-03-01`. */
  bookingDate: string;
  valueDate: string | null;
  /** Time of day at the bank, `21:32:14`, where the file has one. */
  time: string | null;
  /** Minor units of `currency`, never negative; `direction` says which way. */
  amountMinor: bigint;
  currency: string;
  direction: Direction;
  /** True when this booking takes back an earlier one. */
  reversal: boolean;
  /** `cancelled`: listed, but no money moved. */
  state: "booked" | "pending" | "cancelled";
  counterparty: Counterparty;
  description: string | null;
  references: References;
  /** The bank's own word for the kind of booking: a transaction type, a GVC, a category. */
  code: string | null;
  /** The bank's own id of the booking. */
  bankId: string | null;
  /** Balance after this booking, where the file gives it. */
  balanceMinor: bigint | null;
  tags: Tag[];
};

/** One account over one period. */
export type Statement = {
  account: { number: string | null; bank: string | null; name: string | null; owner: string | null };
  /** ISO 4217; null only where the file holds no amount at all. */
  currency: string | null;
  opening: Balance | null;
  closing: Balance | null;
  available: Balance | null;
  /** First and last day that the statement itself claims to cover. */
  from: string | null;
  to: string | null;
  /** Number, and page within it. */
  number: string | null;
  page: string | null;
  reference: string | null;
  lines: StatementLine[];
  tags: Tag[];
};

/** What was noticed while reading that a person should know. */
export type Remark = { line: number | null; text: { en: string; zh: string } };

/** What a file was read as. */
export type StatementFile = {
  format: StatementFormat;
  statements: Statement[];
  remarks: Remark[];
};

export const statementFormats = {
  mt940: { en: "MT940", zh: "MT940 对账单" },
  mt942: { en: "MT942", zh: "MT942 日间对账单" },
  ofx: { en: "OFX", zh: "OFX 账单" },
  "camt.052": { en: "ISO 20022 camt.052", zh: "ISO 20022 camt.052" },
  "camt.053": { en: "ISO 20022 camt.053", zh: "ISO 20022 camt.053" },
  "camt.054": { en: "ISO 20022 camt.054", zh: "ISO 20022 camt.054" },
  alipay: { en: "Alipay bill", zh: "支付宝账单" },
  wechat: { en: "WeChat Pay bill", zh: "微信支付账单" },
  jd: { en: "JD bill", zh: "京东账单" },
  icbc: { en: "ICBC account export", zh: "工商银行明细" },
  boc_debit: { en: "Bank of China account export", zh: "中国银行交易流水" },
  boc_credit: { en: "Bank of China credit card bill", zh: "中国银行信用卡账单" },
  ccb: { en: "China Construction Bank export", zh: "建设银行交易明细" },
  abc: { en: "Agricultural Bank of China export", zh: "农业银行交易明细" },
  csv: { en: "Table of transactions", zh: "交易明细表" },
} as const;
export type StatementFormat = keyof typeof statementFormats;

/** A statement without lines, to be filled by a reader. */
export function emptyStatement(): Statement {
  return {
    account: { number: null, bank: null, name: null, owner: null },
    currency: null,
    opening: null,
    closing: null,
    available: null,
    from: null,
    to: null,
    number: null,
    page: null,
    reference: null,
    lines: [],
    tags: [],
  };
}

/** A booking with nothing but what every booking has. */
export function plainLine(
  known: Pick<StatementLine, "line" | "bookingDate" | "amountMinor" | "currency" | "direction"> &
    Partial<StatementLine>,
): StatementLine {
  return {
    valueDate: null,
    time: null,
    reversal: false,
    state: "booked",
    counterparty: { name: null, account: null, bank: null },
    description: null,
    references: {},
    code: null,
    bankId: null,
    balanceMinor: null,
    tags: [],
    ...known,
  };
}

/** The amount with its sign as seen from the account: minus when money went out, zero when it neither came nor went. */
export function signedMinor(line: StatementLine): bigint {
  if (line.direction === "none" || line.state !== "booked") return 0n;
  return line.direction === "debit" ? -line.amountMinor : line.amountMinor;
}

/** Whether opening + lines = closing, to the minor unit; null where the file does not give both. */
export function addsUp(statement: Statement): boolean | null {
  const { opening, closing, lines, currency } = statement;
  if (opening === null || closing === null) return null;
  if (opening.currency !== currency || closing.currency !== currency) return null;
  if (lines.some((line) => line.currency !== currency)) return null;
  const moved = lines.reduce((sum, line) => sum + signedMinor(line), 0n);
  return opening.amountMinor + moved === closing.amountMinor;
}

import type { StatementFormat } from "./statement.ts";

/** What a column of a table holds. Columns that are none of these are kept as tags. */
export type Column =
  | "date"
  | "happened"
  | "time"
  | "valueDate"
  | "amount"
  | "credit"
  | "debit"
  | "direction"
  | "currency"
  | "balance"
  | "name"
  | "account"
  | "bank"
  | "description"
  | "code"
  | "status"
  | "id"
  | "customer"
  | "merchantOrder"
  | "ownAccount";

export type BillLayout = {
  format: StatementFormat;
  /** Column by heading, blanks taken out. A heading that ends with `?` may be absent. */
  columns: Readonly<Record<string, Column>>;
  /** Text that stands above the table, where headings alone could be another's. */
  title?: RegExp;
  /** Where the file names no currency. */
  currency?: string;
  bank: string | null;
  /** What the lines above the table say about the account and the period. */
  account?: RegExp;
  owner?: RegExp;
  from?: RegExp;
  to?: RegExp;
};

const period = { from: /起始时间：\[?(\d{4}-\d{2}-\d{2})/, to: /终止时间：\[?(\d{4}-\d{2}-\d{2})/ };

/** Exports whose headings are known. Sources: the samples in deb-sig/double-entry-generator, folder `example`. */
export const billLayouts: readonly BillLayout[] = [
  {
    format: "alipay",
    bank: "支付宝",
    currency: "CNY",
    account: /支付宝账户：(\S+)/,
    owner: /姓名：(\S+)/,
    ...period,
    columns: {
      交易时间: "date",
      交易分类: "code",
      交易对方: "name",
      对方账号: "account",
      商品说明: "description",
      "收/支": "direction",
      金额: "amount",
      交易状态: "status",
      交易订单号: "id",
      商家订单号: "merchantOrder",
    },
  },
  {
    format: "wechat",
    bank: "微信支付",
    currency: "CNY",
    account: /微信昵称：\[?([^\]]+?)\]?$/m,
    ...period,
    columns: {
      交易时间: "date",
      交易类型: "code",
      交易对方: "name",
      商品: "description",
      "收/支": "direction",
      "金额(元)": "amount",
      当前状态: "status",
      交易单号: "id",
      商户单号: "merchantOrder",
    },
  },
  {
    format: "jd",
    bank: "京东",
    currency: "CNY",
    account: /京东账号名：(\S+)/,
    from: /日期区间：(\d{4}-\d{2}-\d{2})/,
    to: /日期区间：\S+ 至 (\d{4}-\d{2}-\d{2})/,
    columns: {
      交易时间: "date",
      商户名称: "name",
      交易说明: "description",
      金额: "amount",
      交易状态: "status",
      "收/支": "direction",
      交易分类: "code",
      交易订单号: "id",
      商家订单号: "merchantOrder",
    },
  },
  {
    format: "icbc",
    bank: "中国工商银行",
    account: /卡号: ?([\d*]+)/,
    columns: {
      交易日期: "happened",
      "记账日期?": "date",
      摘要: "code",
      交易场所: "description",
      "记账金额(收入)": "credit",
      "记账金额(支出)": "debit",
      记账币种: "currency",
      余额: "balance",
      对方户名: "name",
      "对方账户?": "account",
    },
  },
  {
    format: "boc_debit",
    bank: "中国银行",
    columns: {
      记账日期: "date",
      记账时间: "time",
      币别: "currency",
      金额: "amount",
      余额: "balance",
      交易名称: "code",
      附言: "description",
      对方账户名: "name",
      "对方卡号/账号": "account",
      对方开户行: "bank",
      借记卡号: "ownAccount",
    },
  },
  {
    format: "boc_credit",
    bank: "中国银行",
    columns: {
      交易日: "happened",
      银行记账日: "date",
      交易描述: "description",
      存入: "credit",
      支出: "debit",
      币种: "currency",
    },
  },
  {
    format: "ccb",
    bank: "中国建设银行",
    account: /账\s*号：\s*([\d*x]+)/,
    columns: {
      记账日: "date",
      交易日期: "happened",
      交易时间: "time",
      支出: "debit",
      收入: "credit",
      账户余额: "balance",
      币种: "currency",
      摘要: "code",
      对方账号: "account",
      对方户名: "name",
      交易地点: "description",
    },
  },
  {
    format: "abc",
    bank: "中国农业银行",
    currency: "CNY",
    columns: {
      交易日期: "date",
      交易时间: "time",
      交易摘要: "code",
      交易金额: "amount",
      本次余额: "balance",
      对手信息: "name",
      日志号: "id",
      交易附言: "description",
    },
  },
];

/** Headings by which a table of unknown origin is understood; lower case, without blanks and marks. */
const headings: Readonly<Record<Column, string>> = {
  date: "date bookingdate posteddate postingdate dateposted transactiondate completeddate entrydate buchungstag buchungsdatum datum 日期 交易日期 交易日 记账日期 记账日 入账日期 交易时间 时间 发生日期",
  happened: "starteddate createddate purchasedate",
  time: "time transactiontime uhrzeit 记账时间",
  valueDate: "valuedate valutadate valuta wertstellung 起息日 起息日期",
  amount: "amount transactionamount betrag value sum 金额 交易金额 发生额 金额元",
  credit:
    "credit creditamount moneyin paidin deposit deposits in 收入 收入金额 贷方 贷方金额 贷方发生额 存入 存入金额",
  debit:
    "debit debitamount moneyout paidout withdrawal withdrawals out 支出 支出金额 借方 借方金额 借方发生额 支取",
  direction: "direction debitcredit creditdebit dc drcr sollhaben 收支 收付 借贷 借贷标志 收支类型",
  currency: "currency currencycode ccy waehrung währung 币种 币别 货币",
  balance: "balance runningbalance accountbalance saldo 余额 账户余额 本次余额 交易后余额",
  name: "payee counterparty counterpartyname merchant merchantname beneficiary payer name empfänger begünstigterzahlungspflichtiger 对方户名 交易对方 对方账户名 对方名称 商户名称 收款人 付款人",
  account:
    "counterpartyaccount counterpartyiban beneficiaryaccount kontonummeriban 对方账号 对方账户 对方卡号",
  bank: "counterpartybank counterpartybic bic bankleitzahl 对方开户行 对方银行",
  description:
    "description details memo narrative particulars note notes verwendungszweck 备注 附言 用途 商品说明 交易说明 说明 商品",
  code: "type transactiontype category buchungstext 摘要 交易类型 交易分类 类型 分类 业务类型",
  status: "status state 状态 交易状态 当前状态",
  id: "id transactionid bankreference fitid 流水号 交易流水号 交易单号 订单号 交易订单号 日志号 交易号",
  customer: "reference customerreference paymentreference endtoendid kundenreferenz",
  merchantOrder: "orderid merchantorder 商户单号 商家订单号",
  ownAccount: "account accountnumber iban 账号 卡号 本方账号",
};

const columnByHeading: ReadonlyMap<string, Column> = new Map(
  (Object.entries(headings) as [Column, string][]).flatMap(([column, words]) =>
    words.split(" ").map((word) => [word, column] as const),
  ),
);

/** What a heading of a table of unknown origin means; undefined when nothing is known of it. */
export function guessColumn(heading: string): Column | undefined {
  const plain = heading
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\((?:[a-z]{3}|元)\)$/, "");
  return columnByHeading.get(plain.replace(/[\s_\-./()&]/g, ""));
}

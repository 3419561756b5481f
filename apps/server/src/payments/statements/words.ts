/** The words of a statement, beside those of its lines. */
export type Language = "zh" | "en";

const words = {
  en: {
    title: "Account statement",
    brand: "Jinqiao",
    holder: "Account holder",
    account: "Account",
    currency: "Currency",
    period: "Period",
    timeZone: "Time zone",
    asOf: "Made at",
    opening: "Opening balance",
    moneyIn: "Money in",
    moneyOut: "Money out",
    closing: "Closing balance",
    date: "Date",
    time: "Time",
    offset: "UTC offset",
    description: "Description",
    counterparty: "Other side",
    note: "Note",
    reference: "Reference",
    transfer: "Transfer",
    balance: "Balance",
    none: "No money moved in this period.",
    goesOn: "The period has not ended yet. This statement shows it up to the moment it was made.",
    equation: "Opening balance + money in − money out = closing balance.",
  },
  zh: {
    title: "账户对账单",
    brand: "金桥",
    holder: "户名",
    account: "账户",
    currency: "币种",
    period: "期间",
    timeZone: "时区",
    asOf: "制单时间",
    opening: "期初余额",
    moneyIn: "收入",
    moneyOut: "支出",
    closing: "期末余额",
    date: "日期",
    time: "时间",
    offset: "UTC 时差",
    description: "摘要",
    counterparty: "对方",
    note: "备注",
    reference: "流水号",
    transfer: "记账号",
    balance: "余额",
    none: "该期间没有资金变动。",
    goesOn: "该期间尚未结束，本对账单截至制单时间。",
    equation: "期初余额 + 收入 − 支出 = 期末余额。",
  },
} as const satisfies Record<Language, Record<string, string>>;

export type Words = Record<keyof (typeof words)["en"], string>;

export function wordsIn(language: Language): Words {
  return words[language];
}

/** Whom a payment was with. */
export type Party = { bank: { en: string; zh: string } | null; name: string };

/**
 * What a line was, for the account's owner. `kind` is the transfer's kind in the ledger; a kind that has no words
 * here is still a line of the statement and is called a correction, because only corrections are booked otherwise.
 */
export function descriptionOf(
  line: { kind: string; incoming: boolean },
  party: Party | undefined,
  language: Language,
): string {
  const zh = language === "zh";
  const bank = party?.bank?.[language] ?? (zh ? "银行" : "the bank");
  const name = party?.name ?? (zh ? "他人" : "somebody");
  switch (line.kind) {
    case "transfer":
      if (line.incoming) return zh ? `收到${name}的转账` : `Received from ${name}`;
      return zh ? `转账给${name}` : `Sent to ${name}`;
    case "top_up.instant_credit":
    case "top_up.settle":
      return zh ? `从${bank}充值` : `Top-up from ${bank}`;
    case "top_up.reverse":
      return zh ? `充值撤回：${bank}未执行` : `Top-up undone: refused by ${bank}`;
    case "withdrawal.capture":
    case "withdrawal.settle":
      return zh ? `提现至${bank}` : `Withdrawal to ${bank}`;
    case "withdrawal.reverse":
      return zh ? `提现退回：${bank}未执行` : `Withdrawal undone: refused by ${bank}`;
    case "purchase":
      return zh ? `在${name}消费` : `Paid to ${name}`;
    case "refund":
      return zh ? `${name}退款` : `Refund from ${name}`;
    case "return.withdrawal":
      return zh ? `${bank}退回提现` : `Withdrawal sent back by ${bank}`;
    case "return.top_up":
      return zh ? `${bank}撤回充值` : `Top-up taken back by ${bank}`;
    case "debt.collect":
      return zh ? `扣回${bank}撤回充值的欠款` : "Settled: what was owed for a top-up taken back";
    case "break.credit_payment_customer":
      return zh ? `${bank}来款入账` : `Money from ${bank} added after a check`;
    default:
      return zh ? "账务更正" : "Correction";
  }
}

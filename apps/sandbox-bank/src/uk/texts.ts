/** What the pages of the UK dialect say beside the bank's common words, in Chinese and English. */
import type { Language } from "../pages/texts.ts";

const english = {
  permissions: {
    ReadAccountsBasic: "Account name",
    ReadAccountsDetail: "Account name, sort code, account number and IBAN",
    ReadBalances: "Balance",
    ReadTransactionsBasic: "Transactions: dates and amounts",
    ReadTransactionsDetail: "Transactions with payees and messages",
    ReadStatementsBasic: "Which statements there are",
    ReadStatementsDetail: "Statements",
    ReadParty: "Your name as account holder",
  } as Record<string, string>,
  noEnd: "No end date. You can end it at any time, here at the bank or in the app.",
  vrpTitle: (tpp: string) => `Allow top-ups to ${tpp}?`,
  vrpLead: (tpp: string) =>
    `${tpp} may then move money from this account to your own balance there without asking you each time, within these limits.`,
  mostEach: "At most each time",
  mostPer: {
    Day: "At most per day",
    Week: "At most per week",
    Fortnight: "At most per two weeks",
    Month: "At most per month",
    "Half-year": "At most per half year",
    Year: "At most per year",
  } as Record<string, string>,
  chooseDebtor: "Pay from which account?",
  allow: "Allow",
  smsVrp: (bank: string, tpp: string) => `${bank}: allow top-ups to ${tpp}. Never tell anyone this code:`,
  scheduledTitle: "Confirm this payment for a later day",
  executionDay: "Paid on",
  standingTitle: "Confirm this standing order",
  howOften: "How often",
  frequencies: {
    DAIL: "Every day",
    WEEK: "Every week",
    FRTN: "Every two weeks",
    MNTH: "Every month",
    TWMH: "Every two months",
    QURT: "Every three months",
    MIAN: "Twice a year",
    YEAR: "Once a year",
  } as Record<string, string>,
  onDay: (day: number) => `on day ${day} of the month`,
  firstPayment: "First payment",
  furtherPayments: "Then each",
  lastPayment: "Last payment",
  lastDay: "Until",
  numberOfPayments: (count: string) => `After ${count} ${count === "1" ? "payment" : "payments"}`,
  noLastDay: "Until you stop it, here at the bank",
  standingConfirm: "Confirm standing order",
  smsStanding: (bank: string, amount: string, payee: string) =>
    `${bank}: standing order to ${payee}, first payment ${amount}. Never tell anyone this code:`,
  fundsTitle: (tpp: string) => `Let ${tpp} ask whether an amount is there?`,
  fundsWhat: "Whether an amount is there",
  fundsLead: (tpp: string) =>
    `${tpp} may then ask whether a certain amount is on this account. We answer yes or no, and never tell your balance.`,
  smsFunds: (bank: string, tpp: string) =>
    `${bank}: let ${tpp} ask whether an amount is on your account. Never tell anyone this code:`,
  accountsWhat: "Sees your accounts",
  ordersTitle: "Payments to come",
  paidOn: (date: string) => `Paid on ${date}`,
  nextOn: (date: string) => `Next on ${date}`,
  cancelOrder: "Stop",
};

type UkTexts = typeof english;

const chinese: UkTexts = {
  permissions: {
    ReadAccountsBasic: "账户名称",
    ReadAccountsDetail: "账户名称、银行代码、账号和 IBAN",
    ReadBalances: "余额",
    ReadTransactionsBasic: "交易日期和金额",
    ReadTransactionsDetail: "交易明细，包括对方和附言",
    ReadStatementsBasic: "有哪些对账单",
    ReadStatementsDetail: "对账单",
    ReadParty: "您的户名",
  },
  noEnd: "长期有效。您可随时在本行或应用中终止。",
  vrpTitle: (tpp) => `允许向 ${tpp} 充值？`,
  vrpLead: (tpp) => `允许后，${tpp} 可在下列限额内，把这个账户的钱转入您自己在那里的余额，不再逐笔询问。`,
  mostEach: "每次最多",
  mostPer: {
    Day: "每天最多",
    Week: "每周最多",
    Fortnight: "每两周最多",
    Month: "每月最多",
    "Half-year": "每半年最多",
    Year: "每年最多",
  },
  chooseDebtor: "从哪个账户付款？",
  allow: "允许",
  smsVrp: (bank, tpp) => `【${bank}】您正在允许向 ${tpp} 充值。请勿将验证码告诉任何人：`,
  scheduledTitle: "确认这笔预约付款",
  executionDay: "付款日期",
  standingTitle: "确认这项定期付款",
  howOften: "付款频率",
  frequencies: {
    DAIL: "每天",
    WEEK: "每周",
    FRTN: "每两周",
    MNTH: "每月",
    TWMH: "每两个月",
    QURT: "每三个月",
    MIAN: "每半年",
    YEAR: "每年",
  },
  onDay: (day) => `${day} 日`,
  firstPayment: "首次付款",
  furtherPayments: "以后每次",
  lastPayment: "末次付款",
  lastDay: "截止",
  numberOfPayments: (count) => `共付 ${count} 次`,
  noLastDay: "直到您在本行停止",
  standingConfirm: "确认定期付款",
  smsStanding: (bank, amount, payee) =>
    `【${bank}】您正在设置向 ${payee} 的定期付款，首次 ${amount}。请勿将验证码告诉任何人：`,
  fundsTitle: (tpp) => `允许 ${tpp} 查询余额是否足够？`,
  fundsWhat: "余额是否足够",
  fundsLead: (tpp) =>
    `允许后，${tpp} 可询问这个账户里是否有某一金额。本行只回答“有”或“没有”，不会透露您的余额。`,
  smsFunds: (bank, tpp) => `【${bank}】您正在允许 ${tpp} 查询余额是否足够。请勿将验证码告诉任何人：`,
  accountsWhat: "查看账户",
  ordersTitle: "待执行的付款",
  paidOn: (date) => `将于 ${date} 付款`,
  nextOn: (date) => `下次付款 ${date}`,
  cancelOrder: "停止",
};

export function ukTexts(language: Language): UkTexts {
  return language === "zh" ? chinese : english;
}

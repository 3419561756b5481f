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
};

export function ukTexts(language: Language): UkTexts {
  return language === "zh" ? chinese : english;
}

import type {
  Account,
  Agent,
  DateAndTime,
  Direction,
  Extra,
  Finding,
  GenericId,
  MessageDefinition,
  Money,
  Party,
  Reason,
  Remittance,
} from "../types.ts";

/** The head of a camt.052, camt.053 or camt.054 file. */
export type StatementMessage = {
  definition: MessageDefinition;
  messageId: string | null;
  /** ISO 8601, as written. */
  createdAt: string | null;
  page: Page | null;
  recipient: Party | null;
  additionalInformation: string | null;
  extra: Extra[];
};

export type Page = { number: string; last: boolean };

/** One `Stmt`, `Rpt` or `Ntfctn`: an account over a period. */
export type Statement = {
  /** `report` is camt.052 (within the day), `statement` camt.053 (booked), `notification` camt.054 (advice). */
  kind: "report" | "statement" | "notification";
  id: string;
  electronicSequence: string | null;
  legalSequence: string | null;
  page: Page | null;
  createdAt: string | null;
  from: DateAndTime | null;
  to: DateAndTime | null;
  /** `DUPL`: sent before; `COPY`: for somebody else; `CODU`: both. */
  copyDuplicate: "CODU" | "COPY" | "DUPL" | null;
  account: StatementAccount;
  balances: Balance[];
  summary: Summary | null;
  additionalInformation: string | null;
  extra: Extra[];
};

export type StatementAccount = Account & {
  type: string | null;
  owner: Party | null;
  servicer: Agent | null;
};

export type Balance = {
  /** `OPBD`, `CLBD`, `OPAV`, `CLAV`, `ITBD`, `ITAV`, `PRCD`, `FWAV`, `INFO`, …, or the bank's own. */
  code: string;
  /** Negative when the account is overdrawn. */
  amount: Money;
  date: DateAndTime;
  /** Credit lines, availability and the like. */
  extra: Extra[];
};

/** The bank's own counts and totals of the entries. Sums are decimals of the account's currency, as written. */
export type Summary = {
  entries: { count: number | null; sum: string | null };
  credits: { count: number | null; sum: string | null };
  debits: { count: number | null; sum: string | null };
  extra: Extra[];
};

/** One `Ntry`: what the account shows as one line. */
export type Entry = {
  /** Place in its statement, from 0. */
  index: number;
  /** Line of the file where it starts, from 1. */
  line: number;
  reference: string | null;
  /** Zero or more; `direction` says which way. */
  amount: Money;
  direction: Direction;
  /** The entry takes back an earlier one; `direction` is that of this entry. */
  reversal: boolean;
  /** `BOOK` is booked; `PDNG`, `INFO` and `FUTR` are not. */
  status: string;
  bookingDate: DateAndTime | null;
  valueDate: DateAndTime | null;
  /** The bank's own id of the entry (`AcctSvcrRef`). */
  accountServicerReference: string | null;
  transactionCode: BankTransactionCode | null;
  charges: Charges | null;
  /** In most files one or none. */
  details: EntryDetails[];
  additionalInformation: string | null;
  extra: Extra[];
};

/** `BkTxCd`: ISO's domain, family and subfamily (`PMNT`, `RCDT`, `ESCT`) and the bank's own code. */
export type BankTransactionCode = {
  domain: string | null;
  family: string | null;
  subfamily: string | null;
  proprietary: { code: string; issuer: string | null } | null;
};

export type EntryDetails = { batch: Batch | null; transactions: Transaction[]; extra: Extra[] };

export type Batch = {
  messageId: string | null;
  paymentInformationId: string | null;
  count: number | null;
  total: Money | null;
  direction: Direction | null;
};

/** One `TxDtls`: a single payment within an entry. */
export type Transaction = {
  line: number;
  references: References;
  amount: Money | null;
  direction: Direction | null;
  instructed: AmountAndExchange | null;
  transactionAmount: AmountAndExchange | null;
  counterValue: AmountAndExchange | null;
  transactionCode: BankTransactionCode | null;
  charges: Charges | null;
  debtor: Party | null;
  debtorAccount: Account | null;
  ultimateDebtor: Party | null;
  debtorAgent: Agent | null;
  creditor: Party | null;
  creditorAccount: Account | null;
  ultimateCreditor: Party | null;
  creditorAgent: Agent | null;
  /** ExternalPurpose1Code or the bank's own. */
  purpose: string | null;
  remittance: Remittance;
  /** Why a payment came back (`RtrInf`). */
  returned: (Reason & { originalCode: BankTransactionCode | null }) | null;
  additionalInformation: string | null;
  extra: Extra[];
};

export type References = {
  messageId: string | null;
  accountServicerReference: string | null;
  paymentInformationId: string | null;
  instructionId: string | null;
  /** Null for `NOTPROVIDED`. */
  endToEndId: string | null;
  uetr: string | null;
  transactionId: string | null;
  mandateId: string | null;
  chequeNumber: string | null;
  clearingSystemReference: string | null;
  other: { type: string | null; reference: string }[];
};

export type AmountAndExchange = { amount: Money; exchange: CurrencyExchange | null };

/** `rate` is a decimal as written: so many units of `quoted` for one unit of `unit`, as the bank states it. */
export type CurrencyExchange = {
  source: string;
  target: string | null;
  unit: string | null;
  rate: string;
  contract: string | null;
};

export type Charges = {
  total: Money | null;
  records: { amount: Money; direction: Direction | null; included: boolean; type: string | null }[];
};

/**
 * What `readStatements` hands on, in the order of the file. `statement` comes before its entries with everything the
 * file says ahead of them; `statementEnd` repeats it whole, with what stood behind the entries.
 */
export type StatementEvent =
  | { type: "message"; message: StatementMessage; findings: Finding[] }
  | { type: "statement"; statement: Statement }
  | { type: "entry"; entry: Entry; statement: Statement }
  | { type: "statementEnd"; statement: Statement; totals: Totals; findings: Finding[] }
  /** The file is complete and was read to its end. `extra`: what stood around the statements. */
  | { type: "end"; extra: Extra[] };

/** What was read: all entries, and the booked ones by currency (credits less debits, minor units). */
export type Totals = { entries: number; booked: Map<string, bigint> };

/** A whole file in memory. */
export type StatementFile = {
  message: StatementMessage;
  statements: (Statement & { entries: Entry[]; findings: Finding[] })[];
  findings: Finding[];
};

/** How an account is named in the data of a payment; used to tell which side is the account's owner. */
export type AccountName = { iban: string | null; other: GenericId | null };

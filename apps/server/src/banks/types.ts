import type { Bank, BankMessage, BankTransaction, Consent, LinkedAccount } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { z } from "zod";
import type { BankCapabilities, PaymentAnswer, PaymentOrder, RecallAnswer, Sighting } from "./connector.ts";
import type { DialectSettings } from "./connectors/index.ts";
import type { OwnCertificate, TlsSettings } from "./connectors/shared/tls.ts";
import type { Availability, HealthFigures } from "./health.ts";
import type { MaintenanceWindow } from "./maintenance.ts";
import type { PayeeVerification } from "./payee-verification.ts";
import type { Rail, RailSettings } from "./rails.ts";

export type LocalText = { en: string; zh: string };

/** One bank as the operator configured it (`banks.json`), whatever its dialect. */
export type CommonBankConfig = {
  id: string;
  name: LocalText;
  /** Whose calendar booking dates and closed days follow. */
  timeZone: string;
  /** What the bank promises about `BankCapabilities.executionWindowMs`; default 60,000. */
  executionWindowMs?: number;
  /** Our certificate and the bank's authority, for dialects over HTTP. */
  tls?: TlsSettings | undefined;
  /** When the bank takes no orders, in its own time. */
  maintenance?: readonly MaintenanceWindow[];
  /** What the bank allows: calls a second, and how many at once after a rest (`burst`, by default the same). */
  limits?: { callsPerSecond: number; burst?: number };
  /** By which ways it moves money for us and at what price; by default as its dialect declares, free, within the bank. */
  rails?: readonly RailSettings[] | undefined;
  /** Plain dates on which the bank books nothing, beside Saturdays and Sundays. */
  holidays?: readonly string[] | undefined;
  /** Business days after which a difference of reconciliation is overdue; default 5. */
  breakLimitDays?: number | undefined;
  custodyAccounts: readonly {
    currency: string;
    /** IBAN, or the bank's own number of the account where it has none. */
    iban: string;
    resourceId: string;
    /** Consent-ID under which the bank lets us read our own account; by contract `contract-<clientId>` when absent. */
    consentId?: string;
  }[];
};
/** The same with what its dialect needs: addresses, credentials, folders (`connectors/index.ts`). */
export type BankConfig = CommonBankConfig & DialectSettings;

/** How banks are called. */
export type HttpOptions = {
  /** Longest wait for an answer, in milliseconds; default 10,000. */
  timeoutMs?: number;
  /** This server's own IPv4 address, named to the bank where no customer is present; default 127.0.0.1. */
  ownAddress?: string;
};

/** What payments need to know of a linked account. */
export type LinkedAccountRecord = {
  id: Id<"lac">;
  customerId: Id<"cus">;
  consentId: Id<"cns">;
  /** The card by which it was linked; null where it was linked at the bank. */
  bindingId: Id<"cns"> | null;
  bankId: string;
  iban: string;
  maskedNumber: string;
  name: string;
  ownerName: string | null;
  currency: string;
  status: "active" | "expired" | "revoked";
};

/** One line of a custody statement in the house's own form. */
export type StatementEntry = {
  sequence: number;
  direction: "credit" | "debit";
  amountMinor: bigint;
  bookingDate: string;
  valueDate: string | null;
  endToEndId: string | null;
  bankReference: string | null;
  counterpartyName: string | null;
  remittance: string | null;
  /** The line takes an earlier payment back (R-transaction): with the ISO 20022 return reason, where the bank gives one. */
  returned?: { code: string | null };
  /** The line stands for several payments and does not say how much each of them is. */
  batch?: {
    /** Our references of them, where the bank lists them. */
    references: string[];
    /** The bank's or our id of the batch: `PmtInfId`, else `MsgId`. */
    id: string | null;
    /** How many payments the bank says there are. */
    count: number | null;
  };
};
export type CustodyStatement = {
  iban: string;
  currency: string;
  date: string;
  openingMinor: bigint;
  closingMinor: bigint;
  entries: StatementEntry[];
  /** SHA-256 (hex) of the file as received; the file itself is kept by banks. */
  sha256: string;
};

/** The banks module: everything about banks except the decision to move money. */
export type Banks = {
  list(): Bank[];
  config(bankId: string): BankConfig | undefined;
  capabilities(bankId: string): BankCapabilities;
  /** Banks with a custody account in the currency. */
  custody(bankId: string, currency: string): { iban: string; resourceId: string } | undefined;

  /** Ways in which the bank moves money for us, with what each costs and how far it reaches. */
  rails(bankId: string): readonly Rail[];
  /** How the bank is now, as far as this process knows. */
  availability(bankId: string): Availability;
  healthFigures(bankId: string): HealthFigures;
  /** Our own certificates at the bank, the one that ends first before the others. */
  certificates(bankId: string): (OwnCertificate & { state: "valid" | "ending" | "ended" })[];
  /** Runs a job that calls the bank. @throws Postponed when the bank is not to be called now or has enough jobs */
  job<T>(bankId: string, work: () => Promise<T>): Promise<T>;

  /** Whether the bank can be asked for a payment back. */
  offersRecall(bankId: string): boolean;
  /** Whether a name fits a linked account, before money goes there. Never throws for a bank that cannot tell. */
  verifyPayee(account: LinkedAccountRecord, name: string): Promise<PayeeVerification>;
  /**
   * The same of an account that nobody has linked, asked of the bank that will pay to it. `holderName` is what a bank has
   * told of the holder, where one has: it is compared with when the bank itself cannot be asked.
   */
  verifyAccount(
    bankId: string,
    account: { iban: string; currency: string; holderName: string | null },
    name: string,
  ): Promise<PayeeVerification>;

  linkedAccount(customerId: string, accountId: string): Promise<LinkedAccountRecord | undefined>;
  /** All accounts that a customer has linked, also those whose permission is over. */
  linkedAccountsOf(customerId: string): Promise<LinkedAccountRecord[]>;
  /** Linked accounts by id whatever their owner, for staff and for joining payments with names. */
  linkedAccountsById(accountIds: readonly string[]): Promise<Map<string, LinkedAccountRecord>>;

  payments: {
    /** Records the attempt, calls the bank, records the answer. `consentId` names whose money it is; null = from custody. */
    initiate(
      bankId: string,
      order: PaymentOrder & { paymentId: string; consentId: string | null },
    ): Promise<PaymentAnswer>;
    status(
      bankId: string,
      payment: { paymentId: string; bankPaymentId: string; currency: string },
    ): Promise<PaymentAnswer>;
    cancel(
      bankId: string,
      payment: { paymentId: string; bankPaymentId: string; currency: string },
    ): Promise<"cancelled" | "too_late" | "unknown">;
    /** Asks the bank for a payment back, or how that stands; `first` writes the question down as well. */
    recall(
      bankId: string,
      payment: { paymentId: string; bankPaymentId: string; currency: string; reason: string; first: boolean },
    ): Promise<RecallAnswer>;
    /** Asks by our reference. `sentOn` is the plain date of the first try in the bank's zone. */
    find(
      bankId: string,
      payment: { paymentId: string; reference: string; currency: string; sentOn: string },
    ): Promise<Sighting>;
  };
  /** Messages exchanged about a payment, oldest first, without secrets and with account numbers masked. */
  messagesOf(paymentId: string): Promise<z.input<typeof BankMessage>[]>;
  /** The closed day's custody statement, or null while the bank's day is open. Keeps the raw file. */
  custodyStatement(bankId: string, currency: string, date: string): Promise<CustodyStatement | null>;
  /** Refreshes balance and entries of an account soon, e.g. after a payment touched it. */
  refreshSoon(accountId: string): Promise<void>;
};

export type { Bank, BankTransaction, Consent, LinkedAccount };

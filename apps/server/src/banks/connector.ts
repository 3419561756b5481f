import type { BankServices, ScaApproach, ScaStep, ScaWish } from "./connector-services.ts";
import type { CustodyStatement, LocalText } from "./types.ts";

/** What a bank's interface can do; callers ask this instead of knowing dialects. */
export type BankCapabilities = {
  /** Balances and entries of the customer's account. */
  accounts: boolean;
  /**
   * Where the customer agrees: `redirect` on the bank's own pages (`startConsent`), `form` by a form of ours and a code
   * from the bank (`bind`). Default `redirect`.
   */
  linking?: "redirect" | "form";
  /** First digits of the bank's own cards, where it is linked by form; empty or absent: any. */
  cardPrefixes?: readonly string[];
  payments: boolean;
  /** A payment the customer allowed beforehand at the bank needs no bank page (RTS (EU) 2018/389 art. 13). */
  oneTapTopUp: boolean;
  /**
   * An accepted top-up may still come back, e.g. a collection that the customer's bank returns: the wallet is credited
   * when the money stands on the custody statement, never before. Default false.
   */
  creditsOnlyWhenSettled?: boolean;
  /** Custody statements of closed days. */
  statements: boolean;
  notices: boolean;
  /**
   * How long after sending the bank may still show a payment for the first time, in milliseconds. When our reference
   * is absent from the custody account's entries after that time, the bank never took the payment.
   */
  executionWindowMs: number;
  /** Ways in which the bank lets the customer authenticate. Default: redirect. */
  scaApproaches?: readonly ScaApproach[];
  /** A faster product beside the usual one, by currency (`PaymentOrder.urgency`). */
  instantCurrencies?: readonly string[];
  /** Our requests carry an electronic seal. */
  signedRequests?: boolean;
};

/** What a permission lets us see or do. */
export type ConsentData =
  | "accounts"
  | "owner_name"
  | "balances"
  | "transactions"
  | "trusted_beneficiaries"
  | "collections";

/** What is asked of the customer at this bank, and nothing more; told on the page of permissions. */
export function consentDataOf(
  connector: Pick<BankConnector, "capabilities" | "consentData">,
): readonly ConsentData[] {
  if (connector.consentData) return connector.consentData;
  return connector.capabilities.accounts
    ? ["accounts", "owner_name", "balances", "transactions"]
    : ["accounts", "collections"];
}

/** Tokens and whatever else a dialect needs to act for a customer. Stored only in the vault. */
export type ConsentAccess = {
  bankConsentId: string;
  accessToken: string;
  refreshToken: string | null;
  expiresAt: string;
  /** Permissions to pay without the customer, by the number of the account that pays. */
  standing?: Record<string, StandingPermission>;
};
/** A permission to pay within limits, given at the bank with tokens of its own (e.g. UK Open Banking, VRP). */
export type StandingPermission = {
  consentId: string;
  accessToken: string;
  refreshToken: string | null;
  expiresAt: string;
  /** What was agreed, in the bank's own words, to be repeated with each payment. */
  terms: { initiation: Record<string, unknown>; risk: Record<string, unknown> };
};

export type BankAccount = {
  resourceId: string;
  iban: string;
  currency: string;
  name: string;
  ownerName: string | null;
};
export type BankBalance = { booked: bigint; available: bigint | null };
export type BankEntry = {
  status: "booked" | "pending";
  /** The bank's id of this entry; it may change between pending and booked. */
  bankId: string | null;
  endToEndId: string | null;
  bookingDate: string | null;
  valueDate: string | null;
  /** Minor units, signed: negative left the account. */
  amountMinor: bigint;
  currency: string;
  counterpartyName: string | null;
  counterpartyIban: string | null;
  remittance: string | null;
};

export type PaymentOrder = {
  /** Our reference: the end-to-end id, at most 35 characters of the SEPA set. Never two payments under one, never one under two. */
  reference: string;
  /** Same for every try of this order, so that the bank recognises a repeat. */
  requestId: string;
  debtorIban: string;
  creditorIban: string;
  creditorName: string;
  amountMinor: bigint;
  currency: string;
  remittance: string;
  returnUrl: string;
  noticeUrl: string;
  /** `instant` where the bank has a faster product for the currency; it may cost more. Default: the usual one. */
  urgency?: "instant" | "usual";
  /** How the customer would rather authenticate. Default: on the bank's page. The bank decides. */
  sca?: ScaWish;
};

/** A part of a payment that goes back to the customer's account at the bank. */
export type RefundOrder = {
  /** Our reference of this part, under the same rules as a payment's. */
  reference: string;
  requestId: string;
  /** Our reference of the payment. */
  originalReference: string;
  amountMinor: bigint;
  currency: string;
  reason: string;
  noticeUrl: string;
};

/** What is known after a call about a payment. `unknown` is not `failed`: the bank may have done it. */
export type PaymentAnswer = PaymentOutcome & {
  /** Status of the bank's HTTP answer, where there was one; for the record. */
  httpStatus?: number;
};
export type PaymentOutcome =
  | { outcome: "accepted"; bankPaymentId: string; bankStatus: string }
  | {
      outcome: "action_required";
      bankPaymentId: string;
      bankStatus: string;
      /** The bank's page; empty where the bank asks the customer otherwise, e.g. in its own app. */
      actionUrl: string;
      /** How the bank asks where it is no page. `message`: its words to the customer, to be shown as they are. */
      approval?: { approach: ScaApproach; resource: string; step: ScaStep | null; message: string | null };
    }
  | {
      outcome: "rejected";
      bankPaymentId: string | null;
      bankStatus: string | null;
      reason: { code: string; text: LocalText };
      /** All that the bank said, for staff. */
      bankMessages?: readonly { code: string; path: string | null; text: string | null }[];
    }
  | {
      outcome: "unknown";
      why: string;
      /** The bank works and did answer; what it says, or has not been asked to do yet, leaves the outcome open. */
      answered?: true;
    }
  /** Certain that nothing reached the bank (e.g. connection refused): the same order may be sent again. */
  | { outcome: "not_sent"; why: string };

/** The bank's answer to a recall. `code` of a refusal: ISO 20022 ExternalPaymentCancellationRejection1Code. */
export type RecallAnswer =
  | { outcome: "asked" }
  | { outcome: "granted" }
  | { outcome: "refused"; code: string }
  /** Whether the bank has the recall is not known, or it certainly has not: it may be asked again. */
  | { outcome: "unknown" | "not_sent"; why: string; answered?: true };

/** The bank has the payment and has done nothing yet. */
export type PaymentWaiting = {
  outcome: "waiting";
  bankPaymentId: string;
  bankStatus: string;
  httpStatus?: number;
};

/** What a bank's notice is about. */
export type NoticeSubject = { bankPaymentId: string | null; bankConsentId: string | null };

/** Looking for our reference among the custody account's entries. */
export type Sighting =
  /** With the bank's id where it is known, so that the payment's status can be asked for from now on. */
  | { found: true; status: "booked" | "pending"; bankPaymentId?: string }
  | { found: false }
  | { found: "unknown"; why: string };

/**
 * A refusal of the access itself, not of what was asked with it. `token_refused`: refresh the access and try once
 * more. `frequency_exceeded`: no more reading today unless the customer is present.
 */
export class AccessError extends Error {
  readonly problem: "token_refused" | "frequency_exceeded";
  constructor(problem: AccessError["problem"], options?: { cause?: unknown }) {
    super(`bank access: ${problem}`, options);
    this.name = "AccessError";
    this.problem = problem;
  }
}

/** `why` of a payment that was not sent because the bank no longer takes the customer's access token. */
export const tokenRefused = "the bank refused the access token";

/**
 * One bank's interface in one dialect. Methods do network calls and nothing else: no database, no decisions.
 * A method that moves no money throws `Refusal("bank.unavailable")` when the bank fails,
 * `Refusal("bank.consent_ended")` when it says that the consent is over, and `AccessError`.
 */
export type BankConnector = {
  readonly capabilities: BankCapabilities;
  /** What `startConsent` asks for, where it is not what `consentDataOf` takes it to be. */
  readonly consentData?: readonly ConsentData[];
  /** Asks for access to accounts, balances and transactions. `secrets` come back to `completeConsent`. */
  startConsent(input: {
    /** Same for every try, so that the bank recognises a repeat. */
    requestId: string;
    state: string;
    redirectUri: string;
    noticeUrl: string;
    validUntil: string;
    frequencyPerDay: number;
    customerIp: string;
  }): Promise<{ bankConsentId: string; authorisationUrl: string; secrets: Record<string, string> }>;
  /** Exchanges the callback for tokens and reads what the customer really agreed to. */
  completeConsent(input: {
    bankConsentId: string;
    redirectUri: string;
    callbackUrl: string;
    secrets: Record<string, string>;
    customerIp: string;
  }): Promise<{
    access: ConsentAccess;
    validUntil: string | null;
    frequencyPerDay: number | null;
    accounts: BankAccount[];
  }>;
  consentStatus(
    bankConsentId: string,
  ): Promise<"awaiting_customer" | "valid" | "expired" | "revoked" | "rejected">;
  revokeConsent(bankConsentId: string): Promise<void>;
  /** A usable access: refreshed when it is about to end, or in any case with `force`. Throws `Refusal("bank.consent_ended")` when the bank says it is over. */
  refreshAccess(access: ConsentAccess, options?: { force?: boolean }): Promise<ConsentAccess>;
  /** With `iban` an account whose `resourceId` the bank has changed is found again. */
  balance(
    access: ConsentAccess,
    account: { resourceId: string; currency: string; iban?: string },
    customerIp: string | null,
  ): Promise<BankBalance>;
  /** All pages of the entries in a range of booking dates, booked and pending. */
  entries(
    access: ConsentAccess,
    account: { resourceId: string; currency?: string; iban?: string },
    range: { from: string; to?: string },
    customerIp: string | null,
  ): Promise<BankEntry[]>;
  /** `access` of the customer who pays, or null when the operator pays from custody. */
  initiatePayment(order: PaymentOrder, access: ConsentAccess | null): Promise<PaymentAnswer>;
  /**
   * Where a bank takes a payment only after the customer came back to us from its pages: which payment a callback's
   * `state` is about; undefined when it is about none.
   */
  paymentReturn?(state: string): { reference: string } | undefined;
  /**
   * Hands the payment over that the customer has just authorised; its code in `callbackUrl` is good for one time. With
   * `standing` the customer has also given a permission to be kept. Never throws for what the bank does.
   */
  completePayment?(input: {
    callbackUrl: string;
    state: string;
    /** Of the order, so that the bank recognises a repeat. */
    requestId: string;
  }): Promise<{ answer: PaymentAnswer; standing?: StandingPermission & { debtorIban: string } }>;
  /** Ends a standing permission (`ConsentAccess.standing`) at the bank; one that is over is fine. */
  endStanding?(consentId: string): Promise<void>;
  /** `waiting`: the bank still waits; whether for the customer tells the answer to the initiation. */
  paymentStatus(bankPaymentId: string, currency: string): Promise<PaymentAnswer | PaymentWaiting>;
  cancelPayment(bankPaymentId: string, currency: string): Promise<"cancelled" | "too_late" | "unknown">;
  /** Asks by our reference, among the custody account's entries since a date. */
  findPayment(
    reference: string,
    custody: { resourceId: string; currency: string },
    since: string,
  ): Promise<Sighting>;
  /** The closed day's statement file as the bank gave it, or null while the day is open at the bank. */
  custodyStatement(custody: { resourceId: string; currency: string }, date: string): Promise<string | null>;
  /**
   * Reads what `custodyStatement` answered, where the bank has a file of its own. Default: camt.053 XML.
   * @throws StatementError when the file is not a consistent statement of that account and day
   */
  readCustodyStatement?(
    file: string,
    wanted: { iban: string; currency: string; date: string },
  ): Promise<Omit<CustodyStatement, "sha256">>;
  /**
   * Gives a booked payment back to where it came from, whole or in parts; each part has a reference of its own, and
   * all parts together are never more than the payment. How it stands tells `paymentStatus`.
   */
  refundPayment?(refund: RefundOrder): Promise<PaymentAnswer>;
  /**
   * Asks the bank to get a payment back that it has taken (recall), or, asked again, how that stands. The same payment
   * is asked back once, however often this is called; a grant moves nothing, the money comes as a return on the
   * statement. Without this member the bank offers none. Never throws for what the bank does.
   * @param reason ISO 20022 ExternalCancellationReason1Code
   */
  recallPayment?(bankPaymentId: string, reason: string): Promise<RecallAnswer>;
  /**
   * What a notice is about, where the bank signs its notices (a JWT comes as `token`). Null: it is not the bank's.
   * Without this member the ids `paymentId` and `consentId` of the body count.
   */
  readNotice?(body: Record<string, unknown>): NoticeSubject | null | Promise<NoticeSubject | null>;
  /** Linking by a form and a code, where `capabilities.linking` is `form`. */
  bind?: CardBinding;
  /**
   * Asks the payee's bank whether the name fits the account (EPC Verification of Payee, Confirmation of Payee), where the
   * bank offers it. `bankSpelling` with `close_match` only. Without this member names are compared here.
   */
  verifyPayee?(payee: { name: string; iban: string; currency: string }): Promise<{
    result: "match" | "close_match" | "no_match" | "not_possible";
    bankSpelling: string | null;
  }>;
  /** What else the bank offers. */
  services?: BankServices;
  /** Ends idle connections. */
  close(): Promise<void>;
};

/** What the customer tells the bank about the card (the four elements). Passed on enciphered; never kept, never logged. */
export type CardHolder = {
  holderName: string;
  /** A mainland resident identity card (GB 11643), or a passport. */
  idType: "resident_identity_card" | "passport";
  idNumber: string;
  /** Digits only. */
  cardNumber: string;
  /** As registered at the bank, digits only with an optional `+`. */
  phone: string;
};

/** Signing an agreement (快捷支付签约) by the four elements and the bank's SMS code. */
export type CardBinding = {
  /**
   * Checks the four elements; the bank then sends a code to the phone.
   * @throws Refusal `bank.details_mismatch`, `bank.card_not_supported`, `bank.too_many_tries`, `bank.unavailable`
   */
  start(input: CardHolder & { requestId: string; noticeUrl: string }): Promise<{
    bankConsentId: string;
    /** Where the code went, masked by the bank. */
    phoneMasked: string;
    codeExpiresAt: string;
  }>;
  /** Safe to repeat with the right code: an agreement that was signed by a lost answer is answered again. */
  confirm(input: { bankConsentId: string; code: string }): Promise<
    | { outcome: "linked"; access: ConsentAccess; validUntil: string | null; accounts: BankAccount[] }
    | { outcome: "code_wrong"; attemptsLeft: number }
    /** The code is too old, or was wrong too often: it begins anew with `start`. */
    | { outcome: "ended" }
  >;
};

/**
 * What some banks offer beside accounts and single payments. A connector has a member where its bank offers the
 * service; what holds for `BankConnector` about errors holds here.
 */
import type { BankAccount, BankBalance, BankEntry, ConsentAccess, PaymentAnswer } from "./connector.ts";

/** How the customer authenticates: on the bank's page, in the bank's own app, or by a code given to us. */
export type ScaApproach = "redirect" | "decoupled" | "embedded";

/** What is known of the customer at the bank, for approaches in which the bank shows no page of its own. */
export type ScaWish = {
  approach: ScaApproach;
  /** The customer's id at the bank; decoupled and embedded need it. Never logged. */
  bankCustomerId?: string;
  /** In which the bank writes to the customer. */
  language?: "zh" | "en";
};

/** One authentication at the bank. `resource` and `authorisationId` are the bank's words and opaque to callers. */
export type ScaStep = {
  resource: string;
  authorisationId: string;
  approach: ScaApproach;
  status: "waiting" | "finalised" | "failed";
  /** What the customer does next: go to `actionUrl`, open the bank's app, give a password, choose a method, type a code. */
  next: "page" | "app" | "password" | "method" | "code" | "none";
  actionUrl: string | null;
  /** The bank's own words to the customer, to be shown as they are. */
  message: string | null;
  methods: { id: string; name: string }[];
};

/** A refusal of a step that the customer can mend, kept apart from failures: nothing has ended yet. */
export type ScaAnswer =
  | ScaStep
  | { refused: "credentials" | "code" | "method"; step: ScaStep }
  /** The bank no longer waits for it: finished, failed or cancelled meanwhile; ask `status`. */
  | { refused: "over"; step: ScaStep };

export type BankServices = {
  /** The customer's authentication as steps, where it is no redirect. */
  sca?: {
    /** Opens an authentication of something that waits (`resource` of an answer). */
    start(resource: string, wish: ScaWish & { returnUrl: string }): Promise<ScaStep>;
    /** Embedded only: a licensed operator passes the customer's password and code on and keeps neither. */
    password(step: ScaStep, input: { bankCustomerId: string; password: string }): Promise<ScaAnswer>;
    chooseMethod(step: ScaStep, methodId: string): Promise<ScaAnswer>;
    code(step: ScaStep, code: string): Promise<ScaAnswer>;
    status(step: ScaStep): Promise<ScaStep>;
  };
  /** A permission without a redirect: asked for, authenticated in steps, then read. */
  consentBySteps?: {
    start(input: {
      requestId: string;
      wish: ScaWish;
      returnUrl: string;
      noticeUrl: string;
      validUntil: string;
      frequencyPerDay: number;
      customerIp: string;
    }): Promise<{ bankConsentId: string; step: ScaStep | null; resource: string }>;
    /** @throws Refusal `bank.link_failed` while the customer has not agreed */
    complete(input: { bankConsentId: string; customerIp: string }): Promise<{
      access: ConsentAccess;
      validUntil: string | null;
      frequencyPerDay: number | null;
      accounts: BankAccount[];
    }>;
  };
  /** Stops a payment that the customer confirmed before: the customer confirms the stop as well. */
  cancelWithCustomer?(
    payment: { bankPaymentId: string; currency: string; service?: PaymentService },
    wish: ScaWish & { returnUrl: string },
  ): Promise<{ outcome: "cancelled" | "too_late" | "unknown" } | { outcome: "waiting"; step: ScaStep }>;
  /** Whether an amount is there: yes or no, never the balance (PSD2 art. 65). */
  funds?: {
    /** Asks the customer for a lasting permission for one account. */
    askConsent(input: {
      requestId: string;
      iban: string;
      currency: string;
      wish: ScaWish;
      returnUrl: string;
      customerIp: string;
    }): Promise<{ bankConsentId: string; step: ScaStep | null; resource: string }>;
    consentStatus(
      bankConsentId: string,
    ): Promise<"awaiting_customer" | "valid" | "expired" | "revoked" | "rejected">;
    revokeConsent(bankConsentId: string): Promise<void>;
    /**
     * Where the bank gives tokens of their own for these questions: exchanges the callback, whose `state` the bank has
     * repeated. `access` then comes along with each question.
     * @throws Refusal `bank.link_failed` when the customer has not agreed
     */
    completeConsent?(input: { callbackUrl: string; state: string }): Promise<{
      bankConsentId: string;
      access: ConsentAccess;
    }>;
    available(input: {
      bankConsentId: string;
      iban: string;
      amountMinor: bigint;
      currency: string;
      access?: ConsentAccess;
    }): Promise<boolean>;
  };
  /** One payment on a day to come, which the bank carries out by itself. */
  scheduledPayments?: {
    initiate(order: ScheduledOrder, access: ConsentAccess | null): Promise<PaymentAnswer>;
    status(bankPaymentId: string, currency: string): Promise<GroupAnswer>;
  };
  /** Payments that the bank repeats by itself until they end or are cancelled. */
  periodicPayments?: {
    initiate(order: PeriodicOrder, access: ConsentAccess | null): Promise<PaymentAnswer>;
    status(bankPaymentId: string, currency: string): Promise<GroupAnswer>;
  };
  /** Several payments from one account under one confirmation. */
  bulkPayments?: {
    initiate(order: BulkOrder, access: ConsentAccess | null): Promise<PaymentAnswer>;
    status(bankPaymentId: string, currency: string): Promise<GroupAnswer>;
  };
  /** Several waiting payments, confirmed by the customer together. */
  signingBaskets?: {
    open(input: {
      requestId: string;
      bankPaymentIds: readonly string[];
      wish: ScaWish;
      returnUrl: string;
      customerIp: string;
    }): Promise<{ basketId: string; step: ScaStep | null; resource: string }>;
    status(basketId: string): Promise<"waiting" | "confirmed" | "refused" | "cancelled">;
    dissolve(basketId: string): Promise<void>;
  };
  cards?: {
    accounts(access: ConsentAccess, customerIp: string | null): Promise<CardAccount[]>;
    /** What is not invoiced yet. */
    balance(access: ConsentAccess, card: CardAccount, customerIp: string | null): Promise<BankBalance>;
    entries(
      access: ConsentAccess,
      card: CardAccount,
      range: { from: string; to?: string },
      customerIp: string | null,
    ): Promise<BankEntry[]>;
  };
  /** Whom the customer pays from an account without being asked each time. */
  trustedBeneficiaries?(
    access: ConsentAccess,
    account: { resourceId: string },
    customerIp: string | null,
  ): Promise<{ id: string; name: string; iban: string | null; currency: string | null }[]>;
  /** The accounts of a permission once more: ids may have changed, accounts may have been closed. */
  accounts?(access: ConsentAccess, customerIp: string | null): Promise<BankAccount[]>;
};

export type PaymentService = "payments" | "periodic-payments" | "bulk-payments";

type GroupOrder = {
  requestId: string;
  debtorIban: string;
  currency: string;
  returnUrl: string;
  noticeUrl: string;
  sca?: ScaWish;
};
type LaterOrder = GroupOrder & {
  reference: string;
  creditorIban: string;
  creditorName: string;
  amountMinor: bigint;
  remittance: string;
};
export type ScheduledOrder = LaterOrder & {
  /** In the bank's time zone; after today. */
  executionDate: string;
};
export type PeriodicOrder = LaterOrder & {
  startDate: string;
  endDate: string | null;
  frequency:
    | "daily"
    | "weekly"
    | "every_two_weeks"
    | "monthly"
    | "every_two_months"
    | "quarterly"
    | "semi_annual"
    | "annual";
  /** Day of the month, 31 for its last day. */
  dayOfExecution?: number;
  /** What happens on a day on which banks do not work. */
  executionRule?: "following" | "preceding";
};
export type BulkOrder = GroupOrder & {
  payments: readonly {
    reference: string;
    creditorIban: string;
    creditorName: string;
    amountMinor: bigint;
    remittance: string;
  }[];
};
/**
 * How a scheduled, periodic or bulk payment stands: `waiting` for the customer, `accepted` and going on, `finished`;
 * `partly` means that some of its payments were rejected.
 */
export type GroupAnswer =
  | { outcome: "waiting" | "accepted" | "partly" | "finished" | "cancelled"; bankStatus: string }
  | Extract<PaymentAnswer, { outcome: "rejected" | "unknown" }>;

export type CardAccount = {
  resourceId: string;
  maskedPan: string;
  currency: string;
  name: string;
  ownerName: string | null;
};

import type {
  Account,
  Address,
  Agent,
  DateAndTime,
  Extra,
  Finding,
  GenericId,
  MessageDefinition,
  Money,
  Party,
  Reason,
  Remittance,
} from "../types.ts";

/** Somebody in a message that we write. */
export type WrittenParty = {
  name: string;
  address?: Partial<Address>;
  bic?: string;
  lei?: string;
  ids?: GenericId[];
  /** The ids are a person's, not an organisation's. */
  person?: boolean;
};

export type WrittenAccount = ({ iban: string } | { other: GenericId }) & { currency?: string };

export type WrittenAgent = { bic: string } | { clearing: { system: string; id: string }; name?: string };

export type WrittenRemittance = {
  /** Up to 140 characters. */
  unstructured?: string;
  /** A creditor reference, written as ISO 11649 (`SCOR`) unless told otherwise. */
  reference?: { value: string; type?: string; issuer?: string };
};

/** A pain.001 CustomerCreditTransferInitiation to be written. */
export type CreditTransferInitiation = {
  /** Unique per bank for ever: banks refuse a file under a known one as a duplicate. Up to 35 characters. */
  messageId: string;
  /** ISO 8601 with offset or `Z`. */
  createdAt: string;
  initiatingParty: WrittenParty;
  groups: CreditTransferGroup[];
};

export type CreditTransferGroup = {
  /** `PmtInfId`, unique in the message. */
  id: string;
  /** One booking for all (true), one each (false), or as agreed with the bank (left out). */
  batchBooking?: boolean;
  /** ExternalServiceLevel1Code: `SEPA`, `URGP`, … */
  serviceLevel?: string;
  /** ExternalLocalInstrument1Code: `INST` for SEPA Instant. */
  localInstrument?: string;
  categoryPurpose?: string;
  /** YYYY-MM-DD, of the bank's calendar. */
  executionDate: string;
  debtor: WrittenParty;
  debtorAccount: WrittenAccount;
  /** Left out (`NOTPROVIDED` is written) where the IBAN says it. */
  debtorAgent?: WrittenAgent;
  chargeBearer?: "DEBT" | "CRED" | "SHAR" | "SLEV";
  transfers: CreditTransfer[];
};

export type CreditTransfer = {
  instructionId?: string;
  /** Unique in the message; comes back on every report and statement. */
  endToEndId: string;
  /** A UUID version 4; carried from pain.001.001.09 on. */
  uetr?: string;
  amount: Money;
  creditor: WrittenParty;
  creditorAccount: WrittenAccount;
  creditorAgent?: WrittenAgent;
  ultimateCreditor?: WrittenParty;
  /** ExternalPurpose1Code. */
  purpose?: string;
  remittance?: WrittenRemittance;
};

/** A pain.008 CustomerDirectDebitInitiation to be written. */
export type DirectDebitInitiation = {
  messageId: string;
  createdAt: string;
  initiatingParty: WrittenParty;
  groups: DirectDebitGroup[];
};

export type DirectDebitGroup = {
  id: string;
  batchBooking?: boolean;
  serviceLevel?: string;
  /** `CORE` or `B2B` in SEPA. */
  localInstrument?: string;
  sequenceType: "FRST" | "RCUR" | "OOFF" | "FNAL" | "RPRE";
  categoryPurpose?: string;
  /** YYYY-MM-DD. */
  collectionDate: string;
  creditor: WrittenParty;
  creditorAccount: WrittenAccount;
  creditorAgent?: WrittenAgent;
  chargeBearer?: "DEBT" | "CRED" | "SHAR" | "SLEV";
  /** The creditor's identification in the scheme, e.g. a SEPA Creditor Identifier. */
  creditorSchemeId: string;
  debits: DirectDebit[];
};

export type DirectDebit = {
  instructionId?: string;
  endToEndId: string;
  amount: Money;
  mandate: { id: string; signedOn: string };
  debtor: WrittenParty;
  debtorAccount: WrittenAccount;
  debtorAgent?: WrittenAgent;
  purpose?: string;
  remittance?: WrittenRemittance;
};

/** A pain.001 as read back, from us or from others. */
export type ReadCreditTransfers = {
  definition: MessageDefinition;
  messageId: string;
  createdAt: string | null;
  initiatingParty: Party | null;
  count: number | null;
  /** Decimal as written; a plain sum over currencies. */
  controlSum: string | null;
  groups: ReadCreditTransferGroup[];
  findings: Finding[];
  extra: Extra[];
};

export type ReadCreditTransferGroup = {
  id: string;
  /** `PmtMtd`: `TRF` and `DD` are what we write; others ask for a cheque (`CHK`) or an advice (`TRA`). */
  method: string | null;
  batchBooking: boolean | null;
  serviceLevel: string | null;
  localInstrument: string | null;
  categoryPurpose: string | null;
  executionDate: DateAndTime | null;
  debtor: Party | null;
  debtorAccount: Account | null;
  debtorAgent: Agent | null;
  chargeBearer: string | null;
  transfers: ReadCreditTransfer[];
  extra: Extra[];
};

export type ReadCreditTransfer = {
  line: number;
  instructionId: string | null;
  endToEndId: string | null;
  uetr: string | null;
  amount: Money;
  creditor: Party | null;
  creditorAccount: Account | null;
  creditorAgent: Agent | null;
  ultimateCreditor: Party | null;
  purpose: string | null;
  remittance: Remittance;
  extra: Extra[];
};

/** A pain.008 as read back. */
export type ReadDirectDebits = {
  definition: MessageDefinition;
  messageId: string;
  createdAt: string | null;
  initiatingParty: Party | null;
  count: number | null;
  controlSum: string | null;
  groups: ReadDirectDebitGroup[];
  findings: Finding[];
  extra: Extra[];
};

export type ReadDirectDebitGroup = {
  id: string;
  /** `PmtMtd`: `TRF` and `DD` are what we write; others ask for a cheque (`CHK`) or an advice (`TRA`). */
  method: string | null;
  batchBooking: boolean | null;
  serviceLevel: string | null;
  localInstrument: string | null;
  sequenceType: string | null;
  categoryPurpose: string | null;
  collectionDate: DateAndTime | null;
  creditor: Party | null;
  creditorAccount: Account | null;
  creditorAgent: Agent | null;
  creditorSchemeId: string | null;
  chargeBearer: string | null;
  debits: ReadDirectDebit[];
  extra: Extra[];
};

export type ReadDirectDebit = {
  line: number;
  instructionId: string | null;
  endToEndId: string | null;
  amount: Money;
  mandate: { id: string; signedOn: string | null } | null;
  debtor: Party | null;
  debtorAccount: Account | null;
  debtorAgent: Agent | null;
  purpose: string | null;
  remittance: Remittance;
  extra: Extra[];
};

/**
 * A pain.002 CustomerPaymentStatusReport. Banks answer at three levels; the lower level, where it is there, is what
 * holds for its payments. `statusOf` finds it.
 */
export type PaymentStatusReport = {
  definition: MessageDefinition;
  messageId: string;
  createdAt: string | null;
  /** The message that this answers. */
  original: { messageId: string; definition: string | null };
  /** ExternalPaymentGroupStatus1Code: `ACTC`, `ACCP`, `ACSP`, `ACSC`, `PART`, `PDNG`, `RCVD`, `RJCT`, … */
  status: string | null;
  reasons: Reason[];
  groups: GroupStatus[];
  findings: Finding[];
  extra: Extra[];
};

export type GroupStatus = {
  originalId: string;
  status: string | null;
  reasons: Reason[];
  transactions: TransactionStatus[];
  extra: Extra[];
};

export type TransactionStatus = {
  line: number;
  statusId: string | null;
  originalInstructionId: string | null;
  originalEndToEndId: string | null;
  originalUetr: string | null;
  /** ExternalPaymentTransactionStatus1Code. */
  status: string | null;
  reasons: Reason[];
  accountServicerReference: string | null;
  clearingSystemReference: string | null;
  acceptedAt: string | null;
  amount: Money | null;
  extra: Extra[];
};

/** A camt.056 FIToFIPaymentCancellationRequest to be written: please give back what was sent. */
export type CancellationRequest = {
  /** Identification of the assignment, unique per bank. */
  id: string;
  createdAt: string;
  /** Who asks, and who is asked. */
  assigner: WrittenAgent;
  assignee: WrittenAgent;
  caseId?: string;
  transactions: CancelledTransaction[];
};

export type CancelledTransaction = {
  /** Unique; comes back in the camt.029. */
  cancellationId: string;
  original: {
    messageId: string;
    /** e.g. `pain.001.001.09` or `pacs.008.001.08`. */
    messageName: string;
    instructionId?: string;
    endToEndId?: string;
    transactionId?: string;
    uetr?: string;
    amount: Money;
    settlementDate?: string;
  };
  /** ExternalCancellationReason1Code: `DUPL`, `TECH`, `FRAD`, `CUST`, `AM09`, … */
  reason: string;
  /** Up to 105 characters each. */
  information?: string[];
};

/** How a recall, its answer or a return names the payment that it is about. */
export type OriginalPayment = {
  line: number;
  originalMessageId: string | null;
  originalMessageName: string | null;
  originalInstructionId: string | null;
  originalEndToEndId: string | null;
  originalTransactionId: string | null;
  originalUetr: string | null;
  originalAmount: Money | null;
};

export type ReadCancellationRequest = {
  definition: MessageDefinition;
  id: string;
  createdAt: string | null;
  caseId: string | null;
  transactions: (OriginalPayment & {
    cancellationId: string | null;
    originalSettlementDate: string | null;
    reasons: Reason[];
    extra: Extra[];
  })[];
  findings: Finding[];
  extra: Extra[];
};

/** A camt.029 ResolutionOfInvestigation: the answer to a recall. */
export type Resolution = {
  definition: MessageDefinition;
  id: string;
  createdAt: string | null;
  caseId: string | null;
  /** ExternalInvestigationExecutionConfirmation1Code: `CNCL` given back, `RJCR` refused, `PDCR` pending, … */
  confirmation: string | null;
  transactions: (OriginalPayment & {
    cancellationStatusId: string | null;
    /** Version 03 only; later answers name the payment by its own references. */
    originalCancellationId: string | null;
    /** `ACCR`, `RJCR` or `PDCR`. */
    status: string | null;
    reasons: Reason[];
    extra: Extra[];
  })[];
  findings: Finding[];
  extra: Extra[];
};

/** A pacs.004 PaymentReturn: money that comes back after settlement. */
export type PaymentReturn = {
  definition: MessageDefinition;
  messageId: string;
  createdAt: string | null;
  transactions: (OriginalPayment & {
    returnId: string | null;
    /** What comes back; may be less than the original by charges. */
    returned: Money;
    settlementDate: string | null;
    reasons: Reason[];
    extra: Extra[];
  })[];
  findings: Finding[];
  extra: Extra[];
};

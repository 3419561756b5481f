/**
 * What several ISO 20022 messages have in common. Names follow the standard's message components, written out:
 * `DbtrAgt` is `debtorAgent`. An absent element is `null`; an absent list is empty.
 */

/** Bytes as they come from a file or a connection, or a text that is already decoded. */
export type Source = AsyncIterable<Uint8Array> | Uint8Array | string;

/** Minor units of an ISO 4217 currency: `{ minor: 16588n, currency: "GBP" }` is 165.88 pounds. */
export type Money = { minor: bigint; currency: string };

export type Direction = "credit" | "debit";

/** A text for people in both languages of the product. */
export type Text = { en: string; zh: string };

/** A value the reader has no place of its own for: kept with its path, as `RltdDts/TradDt` or `Chrgs/Rcrd/Amt@Ccy`. */
export type Extra = { path: string; value: string };

/** Which message a file holds, from its namespace: `camt.053.001.08` is `name` camt.053, `version` 8. */
export type MessageDefinition = {
  /** Business area and number, e.g. `pain.002`. */
  name: string;
  /** Null if the file names no version. */
  version: number | null;
  /** As in the namespace, e.g. `camt.053.001.08`, or `name` alone. */
  identifier: string;
};

/**
 * A date of the bank's calendar. If the file holds an instant, `date` is the day in the zone the bank wrote it in and
 * `dateTime` is the instant as written (ISO 8601; without an offset the bank's local time).
 */
export type DateAndTime = { date: string; dateTime: string | null };

export type GenericId = { id: string; scheme: string | null; issuer: string | null };

export type Address = {
  street: string | null;
  buildingNumber: string | null;
  postCode: string | null;
  town: string | null;
  subdivision: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  lines: string[];
};

export type Party = {
  name: string | null;
  address: Address | null;
  /** The organisation's own BIC. */
  bic: string | null;
  lei: string | null;
  /** Identifications of an organisation or a person under other schemes. */
  ids: GenericId[];
};

/** A bank. */
export type Agent = {
  bic: string | null;
  lei: string | null;
  name: string | null;
  /** Member number in a clearing system, e.g. `{ system: "CNAPS", id: "102100099996" }` or a sort code. */
  clearing: { system: string | null; id: string } | null;
  other: GenericId | null;
};

/** At least one of `iban` and `other` is there. */
export type Account = {
  iban: string | null;
  other: GenericId | null;
  currency: string | null;
  name: string | null;
};

export type Remittance = {
  unstructured: string[];
  structured: StructuredRemittance[];
};

export type StructuredRemittance = {
  /** The creditor's reference: an ISO 11649 `RF…`, a Swiss QR reference, an invoice number. */
  reference: string | null;
  /** `SCOR`, `QRR`, … */
  referenceType: string | null;
  referenceIssuer: string | null;
  /** Invoices, credit notes and the like that the payment is for; `type` as `CINV`, `date` as YYYY-MM-DD. */
  documents: { type: string | null; number: string | null; date: string | null }[];
  additional: string[];
};

/** A reason: a code of an external code set, or the bank's own words. See `reasonText`. */
export type Reason = {
  code: string | null;
  proprietary: string | null;
  /** `AddtlInf`, the bank's free text. */
  information: string[];
  /** Who gave the reason. */
  originator: string | null;
};

/** Something the reader of a file should know that did not stop it from being read. */
export type Finding = {
  code:
    | "unknownVersion"
    | "noNamespace"
    /** Opening balance and booked entries do not give the closing balance. */
    | "doesNotAdd"
    /** The statement's own count or total (`TxsSummry`) differs from its entries. */
    | "summaryDiffers"
    /** A batch's count or total differs from the transactions listed in it. */
    | "batchDiffers"
    /** Balances or entries are in several currencies, so their sum cannot be checked. */
    | "mixedCurrencies"
    /** A secondary amount cannot be read exactly and stands in `extra` as written. */
    | "unreadableAmount"
    /** The message's own count or control sum differs from its content. */
    | "controlSumDiffers";
  /** Line of the file, from 1. */
  line: number;
  text: Text;
};

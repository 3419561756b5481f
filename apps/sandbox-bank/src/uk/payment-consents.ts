/** Consents of the payment interfaces (v4.0, pisp): how one is asked for, shown, and used for its payment. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { findAccounts } from "../ledger/accounts.ts";
import { type ConsentKind, findConsent, type Initiation, insertConsent, type UkConsent } from "./consents.ts";
import { UkError } from "./errors.ts";
import { accountOf, ibanOf, identifiersOf } from "./identifiers.ts";
import type { UkAnswer, UkCall } from "./pipeline.ts";

export const PISP = "/open-banking/v4.0/pisp";
export type PaymentKind = Exclude<ConsentKind, "account" | "funds">;

/**
 * Takes a consent in. One for the company's own account is authorised at once, where its kind allows that.
 * Throws UkError for accounts that the bank does not read or know.
 */
export async function createPaymentConsent(
  bank: Bank,
  call: UkCall,
  tx: Queryable,
  kind: PaymentKind,
): Promise<UkAnswer> {
  const request = call.body as UkConsent["request"];
  const initiation = request.Data.Initiation as Initiation;
  const path = "Data.Initiation";
  const creditor = initiation.CreditorAccount;
  if (creditor !== undefined) ibanOf(creditor, `${path}.CreditorAccount`);
  const debtor =
    initiation.DebtorAccount === undefined
      ? undefined
      : await accountOf(tx, initiation.DebtorAccount, `${path}.DebtorAccount`);
  const isOwn = debtor?.kind === "custody" && debtor.ownerClient === call.caller.clientId;
  // Another company's account and the bank's own are as unknown as one that does not exist.
  if (initiation.DebtorAccount !== undefined && debtor?.kind !== "customer" && !isOwn)
    throw new UkError(
      400,
      "Unsupported.AccountIdentifier",
      "The bank knows no such debtor account.",
      `${path}.DebtorAccount`,
    );
  const validTo = request.Data.ControlParameters?.ValidToDateTime;
  const consent = await insertConsent(bank, tx, {
    clientId: call.caller.clientId,
    kind,
    request,
    debtorAccount: debtor?.id ?? null,
    expiresAt: validTo === undefined ? null : new Date(validTo),
    // RTS art. 17 (dedicated corporate process): payments from the company's own account need no customer.
    ...(isOwn && kind !== "domestic-vrp" ? { status: "AUTH" as const } : {}),
  });
  return { ...(await consentAnswer(bank, consent)), status: 201 };
}

/** The consent that an address names. Throws UkError when it is not this company's, or of another kind. */
export async function ownConsent(
  bank: Bank,
  db: Queryable,
  call: UkCall,
  kind: ConsentKind,
): Promise<UkConsent> {
  const consent = await findConsent(bank, db, call.path.ConsentId ?? "");
  if (consent?.clientId !== call.caller.clientId || consent.kind !== kind)
    throw new UkError(
      400,
      "Resource.NotFound",
      "The bank knows no such consent of this company.",
      "ConsentId",
    );
  return consent;
}

export async function consentAnswer(bank: Bank, consent: UkConsent): Promise<UkAnswer> {
  const { request } = consent;
  const [debtor] = consent.debtorAccount === null ? [] : await findAccounts(bank.db, [consent.debtorAccount]);
  const isVrp = consent.kind === "domestic-vrp";
  return {
    status: 200,
    body: {
      Data: {
        ...request.Data,
        ConsentId: consent.id,
        CreationDateTime: consent.createdAt.toISOString(),
        Status: consent.status,
        StatusUpdateDateTime: consent.updatedAt.toISOString(),
        ...(isVrp && consent.status === "AUTH" && debtor ? { DebtorAccount: identifiersOf(debtor)[0] } : {}),
      },
      Risk: request.Risk ?? {},
      Links: { Self: `${bank.apiUrl}${PISP}/${consent.kind}-consents/${consent.id}` },
      Meta: {},
    },
  };
}

/**
 * The consent that a payment is ordered under, its row locked. Throws UkError unless it is authorised, the token is the
 * one given for it, and the order repeats what was agreed.
 */
export async function useConsent(
  bank: Bank,
  call: UkCall,
  tx: Queryable,
  kind: PaymentKind,
): Promise<UkConsent> {
  const { ConsentId: id, Initiation: initiation } = call.body.Data as {
    ConsentId: string;
    Initiation: Initiation;
  };
  const consent = await findConsent(bank, tx, id, { lock: true });
  if (consent?.clientId !== call.caller.clientId || consent.kind !== kind)
    throw new UkError(
      400,
      "Resource.NotFound",
      "The bank knows no such consent of this company.",
      "Data.ConsentId",
    );
  if (consent.status !== "AUTH")
    throw new UkError(
      400,
      "Resource.InvalidConsentStatus",
      `The consent is ${consent.status}.`,
      "Data.ConsentId",
    );
  // A customer's consent is used with the customer's token; a company's own account with the company's.
  if ((call.consent?.id ?? null) !== (consent.oidcGrantId === null ? null : consent.id))
    throw new UkError(403, "Resource.ConsentMismatch", "The token was given for another consent.");
  if (!isSame(initiation, consent.request.Data.Initiation))
    throw new UkError(
      400,
      "Resource.ConsentMismatch",
      "Initiation differs from the consent.",
      "Data.Initiation",
    );
  if (!isSame(call.body.Risk, consent.request.Risk))
    throw new UkError(400, "Resource.ConsentMismatch", "Risk differs from the consent.", "Risk");
  return consent;
}

/** Equality of JSON values; the order in which a client writes its members does not matter. */
function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** Domestic payments and variable recurring payments (v4.0, pisp): consent first, then the payment under it. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { clearingAccount, findAccounts } from "../ledger/accounts.ts";
import { holdAccounts, holdBusinessDate } from "../ledger/postings.ts";
import { executePayment, setStatus, settleDuePayments } from "../payments/execution.ts";
import { findPayment, insertPayment, type Payment } from "../payments/store.ts";
import { type ControlParameters, type Initiation, setConsentStatus, type UkConsent } from "./consents.ts";
import { UkError } from "./errors.ts";
import { tellPayment } from "./events.ts";
import { accountOf, ibanOf, identifiersOf, minorOf } from "./identifiers.ts";
import {
  PISP as BASE,
  consentAnswer,
  createPaymentConsent,
  ownConsent as own,
  useConsent,
} from "./payment-consents.ts";
import { periodStart } from "./periods.ts";
import type { UkAnswer, UkCall, UkEndpoint } from "./pipeline.ts";

type PaymentKind = "domestic-payment" | "domestic-vrp";

export function paymentEndpoints(bank: Bank): UkEndpoint[] {
  const shared = { scope: "payments", signed: true } as const;
  return [
    {
      ...shared,
      operationId: "CreateDomesticPaymentConsents",
      method: "POST",
      url: `${BASE}/domestic-payment-consents`,
      fault: "createConsent",
      handleOnce: (call, tx) => createConsent(bank, call, tx, "domestic-payment"),
    },
    {
      ...shared,
      operationId: "GetDomesticPaymentConsentsConsentId",
      method: "GET",
      url: `${BASE}/domestic-payment-consents/:consentId`,
      fault: "paymentStatus",
      handle: async (call) => consentAnswer(bank, await own(bank, bank.db, call, "domestic-payment")),
    },
    {
      ...shared,
      operationId: "CreateDomesticPayments",
      method: "POST",
      url: `${BASE}/domestic-payments`,
      fault: "initiatePayment",
      handleOnce: (call, tx) => pay(bank, call, tx, "domestic-payment"),
    },
    {
      ...shared,
      operationId: "GetDomesticPaymentsDomesticPaymentId",
      method: "GET",
      url: `${BASE}/domestic-payments/:paymentId`,
      fault: "paymentStatus",
      handle: async (call) => paymentAnswer(bank, await ownPayment(bank, call, "DomesticPaymentId"), 200),
    },
    {
      ...shared,
      operationId: "domesticVrpConsentsPost",
      method: "POST",
      url: `${BASE}/domestic-vrp-consents`,
      fault: "createConsent",
      handleOnce: (call, tx) => createConsent(bank, call, tx, "domestic-vrp"),
    },
    {
      ...shared,
      operationId: "domesticVrpConsentsGet",
      method: "GET",
      url: `${BASE}/domestic-vrp-consents/:consentId`,
      fault: "paymentStatus",
      handle: async (call) => consentAnswer(bank, await own(bank, bank.db, call, "domestic-vrp")),
    },
    {
      ...shared,
      operationId: "domesticVrpConsentsDelete",
      method: "DELETE",
      url: `${BASE}/domestic-vrp-consents/:consentId`,
      fault: "deleteConsent",
      handle: async (call) => {
        const consent = await own(bank, bank.db, call, "domestic-vrp");
        if (consent.status === "AWAU" || consent.status === "AUTH")
          await setConsentStatus(bank, bank.db, consent, "CANC");
        return { status: 204 };
      },
    },
    {
      ...shared,
      operationId: "domesticVrpPost",
      method: "POST",
      url: `${BASE}/domestic-vrps`,
      fault: "initiatePayment",
      handleOnce: (call, tx) => pay(bank, call, tx, "domestic-vrp"),
    },
    {
      ...shared,
      operationId: "domesticVrpGet",
      method: "GET",
      url: `${BASE}/domestic-vrps/:paymentId`,
      fault: "paymentStatus",
      handle: async (call) => paymentAnswer(bank, await ownPayment(bank, call, "DomesticVRPId"), 200),
    },
  ];
}

async function createConsent(bank: Bank, call: UkCall, tx: Queryable, kind: PaymentKind): Promise<UkAnswer> {
  const { Data: data } = call.body as UkConsent["request"];
  if (kind === "domestic-vrp") checkControls(bank, data.ControlParameters as ControlParameters);
  else minorOf(data.Initiation?.InstructedAmount as never, "Data.Initiation.InstructedAmount");
  return createPaymentConsent(bank, call, tx, kind);
}

function checkControls(bank: Bank, controls: ControlParameters): void {
  const path = "Data.ControlParameters";
  const most = minorOf(controls.MaximumIndividualAmount, `${path}.MaximumIndividualAmount`);
  for (const limit of controls.PeriodicLimits) {
    if (limit.Currency !== controls.MaximumIndividualAmount.Currency)
      throw new UkError(
        400,
        "Unsupported.Currency",
        "All limits are in one currency.",
        `${path}.PeriodicLimits`,
      );
    if (minorOf(limit, `${path}.PeriodicLimits`) < most)
      throw new UkError(400, "Field.Invalid", "A single payment may not exceed a period's limit.", path);
  }
  // This bank offers sweeping between accounts of the same person only.
  if (!controls.VRPType.includes("UK.OBIE.VRPType.Sweeping"))
    throw new UkError(400, "Field.Invalid", "The bank offers sweeping only.", `${path}.VRPType`);
  if (controls.ValidToDateTime !== undefined && new Date(controls.ValidToDateTime) <= bank.clock.now())
    throw new UkError(400, "Field.InvalidDate", "The end lies in the past.", `${path}.ValidToDateTime`);
}

async function pay(bank: Bank, call: UkCall, tx: Queryable, kind: PaymentKind): Promise<UkAnswer> {
  const { Initiation: initiation, Instruction: instruction } = call.body.Data as {
    Initiation: Initiation;
    /** What is ordered under a standing permission; else the consent's own initiation is. */
    Instruction?: Initiation;
  };
  const businessDate = await holdBusinessDate(tx);
  const consent = await useConsent(bank, call, tx, kind);
  const payment = await paymentOf(bank, tx, call, consent, instruction ?? initiation);
  await holdAccounts(tx, [
    payment.debtorAccount,
    payment.creditorAccount ?? (await clearingAccount(bank, tx, payment.currency)),
  ]);
  if (kind === "domestic-vrp") await checkLimits(tx, consent, payment, businessDate);
  await insertPayment(tx, payment, bank.clock.now());
  if (kind === "domestic-payment") await setConsentStatus(bank, tx, consent, "COND");
  const refusal = call.refuse
    ? "NARR: the bank refuses this payment (scripted fault)"
    : await creditorRefusal(tx, payment);
  if (refusal !== undefined) await setStatus(bank, tx, payment, "RJCT", refusal);
  else await executePayment(bank, tx, payment);
  await tellPayment(bank, tx, payment);
  return paymentAnswer(bank, payment, 201);
}

/** The payment that an instruction asks for, checked against its consent and the bank's accounts. Throws UkError. */
export async function paymentOf(
  bank: Bank,
  tx: Queryable,
  call: UkCall,
  consent: UkConsent,
  instruction: Initiation,
): Promise<Payment> {
  const path = consent.kind === "domestic-vrp" ? "Data.Instruction" : "Data.Initiation";
  const amount = instruction.InstructedAmount as { Amount: string; Currency: string };
  const creditorAccount = instruction.CreditorAccount as NonNullable<Initiation["CreditorAccount"]>;
  const agreed = consent.request.Data.Initiation?.CreditorAccount;
  if (agreed !== undefined && ibanOf(agreed, path) !== ibanOf(creditorAccount, path))
    throw new UkError(
      400,
      "Resource.ConsentMismatch",
      "The payee differs from the consent.",
      `${path}.CreditorAccount`,
    );
  const [debtor] = await findAccounts(
    tx,
    [consent.debtorAccount ?? ""].filter((id) => id !== ""),
  );
  if (debtor === undefined) throw new Error("an authorised consent without a debtor account");
  if (amount.Currency !== debtor.currency)
    throw new UkError(
      400,
      "Unsupported.Currency",
      "The amount is not in the currency of the account.",
      `${path}.InstructedAmount`,
    );
  const creditor = await accountOf(tx, creditorAccount, `${path}.CreditorAccount`);
  if (creditor?.id === debtor.id)
    throw new UkError(
      400,
      "Field.Invalid",
      "Debtor and creditor are the same account.",
      `${path}.CreditorAccount`,
    );
  const remittance = instruction.RemittanceInformation?.Unstructured?.[0];
  return {
    id: bank.random.uuid(),
    clientId: consent.clientId,
    product: `${consent.kind}s`,
    body: call.body as Record<string, unknown>,
    debtorAccount: debtor.id,
    creditorAccount: creditor?.id ?? null,
    creditorIban: ibanOf(creditorAccount, path),
    creditorName: creditorAccount.Name,
    amountMinor: minorOf(amount, `${path}.InstructedAmount`),
    currency: debtor.currency,
    endToEndId: instruction.EndToEndIdentification ?? null,
    remittance: remittance ?? null,
    status: "RCVD",
    reason: null,
    exemption:
      consent.kind === "domestic-vrp"
        ? "trustedBeneficiary"
        : debtor.kind === "custody"
          ? "corporateProcess"
          : null,
    redirectUri: null,
    nokRedirectUri: null,
    notificationUri: null,
    transferId: null,
    requestedExecutionDate: null,
  };
}

/** The limits that the customer agreed to. The consent's row is locked, so no two payments use the same remainder. */
async function checkLimits(
  tx: Queryable,
  consent: UkConsent,
  payment: Payment,
  businessDate: string,
): Promise<void> {
  const controls = consent.request.Data.ControlParameters as ControlParameters;
  const exceeds = (field: string) =>
    new UkError(
      400,
      "Rules.FailsControlParameters",
      `The payment exceeds ${field} of the consent.`,
      `Data.ControlParameters.${field}`,
    );
  if (payment.amountMinor > minorOf(controls.MaximumIndividualAmount, ""))
    throw exceeds("MaximumIndividualAmount");
  for (const limit of controls.PeriodicLimits) {
    const since = periodStart(limit, consent.createdAt, businessDate);
    const { rows } = await tx.query<{ used: bigint }>(
      `SELECT coalesce(sum(amount_minor), 0) AS used FROM payments
        WHERE product = 'domestic-vrps' AND body -> 'Data' ->> 'ConsentId' = $1
          AND status NOT IN ('RJCT', 'CANC') AND executed_on >= $2`,
      [consent.id, since],
    );
    if ((rows[0]?.used ?? 0n) + payment.amountMinor > minorOf(limit, "")) throw exceeds("PeriodicLimits");
  }
}

/** ISO 20022 external status reason codes AC01 (incorrect account number) and AC09 (invalid account currency). */
export async function creditorRefusal(tx: Queryable, payment: Payment): Promise<string | undefined> {
  if (payment.creditorAccount === null)
    return payment.creditorIban.includes("ALBN")
      ? "AC01: the bank knows no such creditor account"
      : undefined;
  const [creditor] = await findAccounts(tx, [payment.creditorAccount]);
  if (creditor?.kind === "internal") return "AC01: the bank knows no such creditor account";
  return creditor?.currency === payment.currency
    ? undefined
    : "AC09: the creditor account is kept in another currency";
}

async function ownPayment(bank: Bank, call: UkCall, name: string): Promise<Payment> {
  await settleDuePayments(bank);
  const payment = await findPayment(bank.db, call.path[name] ?? "");
  const product = name === "DomesticVRPId" ? "domestic-vrps" : "domestic-payments";
  if (payment?.clientId !== call.caller.clientId || payment.product !== product)
    throw new UkError(400, "Resource.NotFound", "The bank knows no such payment of this company.", name);
  return payment;
}

async function paymentAnswer(bank: Bank, payment: Payment, status: number): Promise<UkAnswer> {
  const { Data, Risk } = payment.body as { Data: Record<string, unknown>; Risk: unknown };
  const isVrp = payment.product === "domestic-vrps";
  const { PSUAuthenticationMethod: _method, PSUInteractionType: _type, VRPType: _vrp, ...ordered } = Data;
  const now = bank.clock.now().toISOString();
  const [code = "", text = ""] = (payment.reason ?? "").split(/: (.*)/);
  const [debtor] = await findAccounts(bank.db, [payment.debtorAccount]);
  return {
    status,
    body: {
      Data: {
        ...ordered,
        [isVrp ? "DomesticVRPId" : "DomesticPaymentId"]: payment.id,
        CreationDateTime: now,
        Status: payment.status,
        StatusUpdateDateTime: now,
        ...(payment.reason === null
          ? {}
          : { StatusReason: [{ StatusReasonCode: code, StatusReasonDescription: text }] }),
        ...(isVrp && debtor ? { DebtorAccount: identifiersOf(debtor)[0] } : {}),
      },
      ...(isVrp ? { Risk } : {}),
      Links: { Self: `${bank.apiUrl}${BASE}/${payment.product}/${payment.id}` },
      Meta: {},
    },
  };
}

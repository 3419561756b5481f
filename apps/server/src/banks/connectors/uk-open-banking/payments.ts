import { parseDecimal } from "@jinqiao/money";
import {
  type ConsentAccess,
  type PaymentAnswer,
  type PaymentOrder,
  type StandingPermission,
  tokenRefused,
} from "../../connector.ts";
import { identificationOf, readAccounts } from "./accounts.ts";
import { asking, consentStates, pathOf, paymentStatus } from "./answers.ts";
import { consentResponse } from "./messages.ts";
import type { UkOAuth } from "./oauth.ts";
import type { UkOpenBankingConfig } from "./settings.ts";
import type { ReturnState } from "./state.ts";
import {
  creditorOf,
  type Json,
  obieAmount,
  orderUnderConsent,
  type PaymentDeps,
  post,
  risk,
  sendToBank,
  shorten,
  submit,
} from "./submission.ts";

type PaymentReturn = ReturnState & { kind: Exclude<ReturnState["kind"], "funds"> };

const sweepingType = "UK.OBIE.VRPType.Sweeping";

/**
 * Orders a payment. From custody: consent and payment at once, as agreed by contract. From a customer: under the standing
 * permission where there is one (VRP); else a consent, for which the customer goes to the bank's pages. Never throws for
 * what the bank does.
 */
export async function initiatePayment(
  deps: PaymentDeps,
  order: PaymentOrder,
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  const mandate = access?.standing?.[order.debtorIban];
  if (access !== null && isWithinSweeping(deps.config, order)) {
    if (mandate !== undefined) return payUnder(deps, mandate, order, order.requestId);
    return asking(() => askForStanding(deps, order, access));
  }
  const initiation = {
    InstructionIdentification: order.reference,
    EndToEndIdentification: order.reference,
    InstructedAmount: obieAmount(order),
    DebtorAccount: identificationOf(order.debtorIban),
    CreditorAccount: creditorOf(order, 350),
    RemittanceInformation: { Unstructured: [shorten(order.remittance, 140)] },
  };
  return orderUnderConsent(deps, { kind: "domestic-payment", order, initiation }, access);
}

/**
 * Hands over what the customer has just authorised at the bank. A lost answer is asked for again under the same
 * idempotency key while the customer's token lives; after that the outcome is unknown.
 */
export async function completePayment(
  deps: PaymentDeps,
  input: { callbackUrl: string; sealed: string; state: PaymentReturn; requestId: string },
): Promise<{ answer: PaymentAnswer; standing?: StandingPermission & { debtorIban: string } }> {
  const { state } = input;
  const path = `pisp/${state.kind}-consents/${encodeURIComponent(state.consentId)}`;
  let tokens: Awaited<ReturnType<UkOAuth["exchangeCode"]>>;
  let terms: StandingPermission["terms"];
  try {
    tokens = await deps.oauth.exchangeCode({
      callbackUrl: input.callbackUrl,
      state: input.sealed,
      consentId: state.consentId,
      ...deps.sealing.secretsOf(input.sealed),
    });
    const { data } = await deps.obie.exchange(consentResponse, {
      operation: "paymentConsent",
      path,
      signed: true,
    });
    terms = { initiation: data.Data.Initiation ?? {}, risk: data.Risk ?? {} };
  } catch {
    // Nothing was handed over: how the consent stands says whether the customer refused or may start again.
    const status = await paymentStatus(deps, `${state.kind}-consents/${state.consentId}`);
    if (status.outcome === "rejected") return { answer: status };
    return {
      answer: {
        outcome: "unknown",
        why: "the customer came back, but the payment was not handed over",
        answered: true,
      },
    };
  }
  const { initiation, risk: agreedRisk } = terms;
  const payment = { ...state, amountMinor: BigInt(state.amountMinor) };
  if (state.kind !== "domestic-vrp") {
    const answer = await submit(deps, {
      path: `pisp/${state.kind}s`,
      token: tokens.accessToken,
      requestId: input.requestId,
      body: { Data: { ConsentId: state.consentId, Initiation: initiation }, Risk: agreedRisk },
    });
    return { answer };
  }
  const standing: StandingPermission = {
    consentId: state.consentId,
    ...tokens,
    terms,
  };
  const creditorAccount = initiation.CreditorAccount as Json;
  const answer = await submit(deps, {
    path: "pisp/domestic-vrps",
    token: tokens.accessToken,
    requestId: input.requestId,
    body: vrpBody(standing, { ...payment, creditorAccount }),
  });
  const debtor = initiation.DebtorAccount as { Identification: string };
  return { answer, standing: { ...standing, debtorIban: debtor.Identification } };
}

function isWithinSweeping({ sweeping }: UkOpenBankingConfig, order: PaymentOrder): boolean {
  return (
    sweeping?.currency === order.currency &&
    order.amountMinor <= parseDecimal(sweeping.maximumPerPayment, order.currency as never)
  );
}

/** Asks for a standing permission with its limits (VRP, sweeping to the customer's own balance). */
async function askForStanding(
  deps: PaymentDeps,
  order: PaymentOrder,
  access: ConsentAccess,
): Promise<PaymentAnswer> {
  const { sweeping } = deps.config;
  if (sweeping === undefined) throw new Error("sweeping is not configured");
  const accounts = await readAccounts(deps, access, null);
  const owner = accounts.find(({ iban }) => iban === order.debtorIban)?.ownerName ?? "Account holder";
  const { data } = await deps.obie.exchange(consentResponse, {
    operation: "createVrpConsent",
    method: "POST",
    path: "pisp/domestic-vrp-consents",
    idempotencyKey: order.requestId,
    signed: true,
    body: {
      Data: {
        ControlParameters: {
          MaximumIndividualAmount: { Amount: sweeping.maximumPerPayment, Currency: sweeping.currency },
          PeriodicLimits: [
            {
              PeriodType: "Month",
              PeriodAlignment: "Calendar",
              Amount: sweeping.maximumPerMonth,
              Currency: sweeping.currency,
            },
          ],
          VRPType: [sweepingType],
          PSUAuthenticationMethods: ["UK.OBIE.SCANotRequired"],
          PSUInteractionTypes: ["InSession", "OffSession"],
        },
        Initiation: {
          DebtorAccount: { ...identificationOf(order.debtorIban), Name: shorten(owner, 70) },
          CreditorAccount: creditorOf(order, 70),
        },
      },
      Risk: risk,
    },
  });
  return sendToBank(deps, order, "domestic-vrp", data.Data);
}

async function payUnder(
  deps: PaymentDeps,
  standing: StandingPermission,
  order: PaymentOrder,
  requestId: string,
): Promise<PaymentAnswer> {
  const answer = await post(deps, {
    path: "pisp/domestic-vrps",
    token: standing.accessToken,
    requestId,
    body: vrpBody(standing, { ...order, creditorAccount: creditorOf(order, 70) }),
  });
  // The standing permission has ended at the bank: nothing was paid, and the next try asks for a new one.
  const over = answer.outcome === "rejected" && answer.reason.code === "Resource.InvalidConsentStatus";
  return over ? { outcome: "not_sent", why: tokenRefused } : answer;
}

function vrpBody(
  standing: StandingPermission,
  payment: { reference: string; amountMinor: bigint; currency: string; creditorAccount: Json },
): Json {
  return {
    Data: {
      ConsentId: standing.consentId,
      PSUAuthenticationMethod: "UK.OBIE.SCANotRequired",
      PSUInteractionType: "InSession",
      VRPType: sweepingType,
      Initiation: standing.terms.initiation,
      Instruction: {
        InstructionIdentification: payment.reference,
        EndToEndIdentification: payment.reference,
        InstructedAmount: obieAmount(payment),
        CreditorAccount: payment.creditorAccount,
        RemittanceInformation: { Unstructured: [payment.reference] },
      },
    },
    Risk: standing.terms.risk,
  };
}

/**
 * Lets go of a payment that the customer has not finished. Only we could hand it over, and the caller has made sure that
 * we do not; so an unused consent is enough proof. A standing permission asked for with it is deleted.
 */
export async function cancelPayment(
  deps: PaymentDeps,
  bankPaymentId: string,
): Promise<"cancelled" | "too_late" | "unknown"> {
  const target = pathOf(bankPaymentId);
  if (target === undefined || !target.isConsent) return "too_late";
  try {
    const { data } = await deps.obie.exchange(consentResponse, {
      operation: "paymentConsent",
      path: target.path,
      signed: true,
    });
    if (consentStates[data.Data.Status] === "consumed") return "too_late";
    if (target.path.includes("vrp-consents"))
      await deps.obie.send({ operation: "cancelPayment", method: "DELETE", path: target.path });
    return "cancelled";
  } catch {
    return "unknown";
  }
}

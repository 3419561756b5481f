import { randomUUID } from "node:crypto";
import { Refusal } from "../../../platform/errors.ts";
import type { BankConnector } from "../../connector.ts";
import type { BankServices } from "../../connector-services.ts";
import { identificationOf } from "./accounts.ts";
import { fundsConfirmation, fundsConsent } from "./messages.ts";
import { BankRefused, reading } from "./obie.ts";
import { authorisationOf, obieAmount, type PaymentDeps } from "./submission.ts";

export type ConsentStates = Record<string, Awaited<ReturnType<BankConnector["consentStatus"]>>>;
type Deps = PaymentDeps & { consentStates: ConsentStates };

const root = "cbpii/funds-confirmation-consents";
const pathOf = (id: string) => `${root}/${encodeURIComponent(id)}`;

/** Confirmation of funds (v4.0, CBPII): a lasting consent for one account, and yes or no with the customer's own token. */
export function createFunds(deps: Deps): NonNullable<BankServices["funds"]> {
  const { obie, oauth, sealing, consentStates } = deps;
  return {
    askConsent: (input) =>
      reading(async () => {
        const { data } = await obie.exchange(fundsConsent, {
          operation: "createFundsConsent",
          method: "POST",
          path: root,
          idempotencyKey: input.requestId,
          customerIp: input.customerIp,
          body: { Data: { DebtorAccount: identificationOf(input.iban) } },
        });
        const bankConsentId = data.Data.ConsentId;
        const actionUrl = await authorisationOf(deps, {
          state: {
            kind: "funds",
            consentId: bankConsentId,
            reference: "",
            amountMinor: "0",
            currency: input.currency,
          },
          scope: "fundsconfirmations",
          returnUrl: input.returnUrl,
        });
        const resource = pathOf(bankConsentId);
        const step = {
          resource,
          authorisationId: bankConsentId,
          approach: "redirect" as const,
          status: "waiting" as const,
          next: "page" as const,
          actionUrl,
          message: null,
          methods: [],
        };
        return { bankConsentId, step, resource };
      }),
    completeConsent: ({ callbackUrl, state: sealed }) =>
      reading(async () => {
        const state = sealing.open(sealed);
        if (state?.kind !== "funds") throw new Refusal("bank.link_failed");
        const tokens = await oauth.exchangeCode({
          callbackUrl,
          state: sealed,
          consentId: state.consentId,
          ...sealing.secretsOf(sealed),
        });
        return {
          bankConsentId: state.consentId,
          access: { bankConsentId: state.consentId, ...tokens },
        };
      }),
    consentStatus: (bankConsentId) =>
      reading(async () => {
        const { data } = await obie.exchange(fundsConsent, {
          operation: "fundsConsentStatus",
          path: pathOf(bankConsentId),
        });
        return consentStates[data.Data.Status] ?? "awaiting_customer";
      }),
    revokeConsent: (bankConsentId) =>
      reading(async () => {
        try {
          await obie.send({ operation: "deleteFundsConsent", method: "DELETE", path: pathOf(bankConsentId) });
        } catch (error) {
          // What is over already needs no ending.
          if (!(error instanceof BankRefused && error.code === "Resource.NotFound")) throw error;
        }
      }),
    available: ({ bankConsentId, amountMinor, currency, access }) =>
      reading(async () => {
        // Nobody but the customer lets us ask: without their token the permission was never completed.
        if (access === undefined) throw new Refusal("bank.consent_ended");
        const { data } = await obie.exchange(fundsConfirmation, {
          operation: "fundsConfirmation",
          method: "POST",
          path: "cbpii/funds-confirmations",
          token: access.accessToken,
          body: {
            Data: {
              ConsentId: bankConsentId,
              // Of this question alone: the bank refuses one that it has seen (UK.OBIE.Rules.DuplicateReference).
              Reference: `JQF${randomUUID().replaceAll("-", "")}`.slice(0, 35),
              InstructedAmount: obieAmount({ amountMinor, currency }),
            },
          },
        });
        return data.Data.FundsAvailable;
      }),
  };
}

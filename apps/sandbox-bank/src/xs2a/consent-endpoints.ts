/** Account information consents: NextGenPSD2 1.3.11, /v1/consents. */
import { type ConsentRequest, createConsent } from "../consents/requests.ts";
import { type Consent, findConsent, setConsentStatus } from "../consents/store.ts";
import type { Bank } from "../context.ts";
import { authorisationEndpoints } from "./authorisation-endpoints.ts";
import { Xs2aError } from "./errors.ts";
import { notificationHeaders, notificationUriOf } from "./headers.ts";
import type { Answer, Call, Endpoint } from "./pipeline.ts";
import { answerOnce } from "./requests.ts";
import { announceSca, type ScaStart, type ScaTarget } from "./sca.ts";

export function consentEndpoints(bank: Bank): Endpoint[] {
  return [
    {
      operationId: "createConsent",
      method: "POST",
      url: "/v1/consents",
      fault: "createConsent",
      handle: (call) => create(bank, call),
    },
    {
      operationId: "getConsentInformation",
      method: "GET",
      url: "/v1/consents/:consentId",
      fault: "getConsent",
      handle: (call) => information(bank, call),
    },
    {
      operationId: "deleteConsent",
      method: "DELETE",
      url: "/v1/consents/:consentId",
      fault: "deleteConsent",
      handle: (call) => terminate(bank, call),
    },
    {
      operationId: "getConsentStatus",
      method: "GET",
      url: "/v1/consents/:consentId/status",
      fault: "consentStatus",
      handle: async (call) => ({ status: 200, body: { consentStatus: (await own(bank, call)).status } }),
    },
    ...authorisationEndpoints(bank, {
      url: "/v1/consents/:consentId/authorisations",
      fault: "consentAuthorisations",
      operations: {
        start: "startConsentAuthorisation",
        list: "getConsentAuthorisation",
        status: "getConsentScaStatus",
        update: "updateConsentsPsuData",
      },
      target: async (call) => {
        const consent = await own(bank, call);
        return { target: targetOf(bank, consent.id), waits: consent.status === "received" };
      },
    }),
  ];
}

/** The consent of the path, if it is this TPP's. */
async function own(bank: Bank, call: Call): Promise<Consent> {
  const consent = await findConsent(bank, bank.db, call.path.consentId ?? "");
  if (consent?.clientId !== call.caller.clientId || consent.kind !== "AIS") {
    throw new Xs2aError(403, "CONSENT_UNKNOWN", "The bank knows no such consent of this TPP.", "consentId");
  }
  if (call.caller.consentId !== null && call.caller.consentId !== consent.id) {
    throw new Xs2aError(401, "TOKEN_INVALID", "The token was given for another consent.", "Authorization");
  }
  return consent;
}

function targetOf(bank: Bank, consentId: string): ScaTarget {
  return {
    column: "consent_id",
    id: consentId,
    purpose: "confirm",
    list: `${bank.apiUrl}/v1/consents/${consentId}/authorisations`,
    redirect: { name: "scaOAuth", href: `${bank.baseUrl}/.well-known/oauth-authorization-server` },
  };
}

async function create(bank: Bank, call: Call): Promise<Answer> {
  return answerOnce(bank, call, "createConsent", async (tx) => {
    const notificationUri = notificationUriOf(call);
    const request = call.body as ConsentRequest;
    const { consent, capped } = await createConsent(bank, tx, call.caller.clientId, request, notificationUri);
    const self = `${bank.apiUrl}/v1/consents/${consent.id}`;
    const links: Record<string, { href: string }> = {
      self: { href: self },
      status: { href: `${self}/status` },
    };
    let waiting: ScaStart | undefined;
    if (consent.status === "received") {
      const sca = await announceSca(bank, tx, call, targetOf(bank, consent.id));
      Object.assign(links, sca.links);
      waiting = sca;
    }
    const warning = {
      category: "WARNING",
      code: "WARNING",
      text: `validUntil is capped at ${consent.validUntil}.`,
    };
    return {
      status: 201,
      headers: { location: self, ...waiting?.headers, ...notificationHeaders(notificationUri) },
      body: {
        consentStatus: consent.status,
        consentId: consent.id,
        _links: links,
        ...(waiting?.body.psuMessage === undefined ? {} : { psuMessage: waiting.body.psuMessage }),
        ...(capped ? { tppMessages: [warning] } : {}),
      },
    };
  });
}

async function information(bank: Bank, call: Call): Promise<Answer> {
  const consent = await own(bank, call);
  const body: Record<string, unknown> = {
    access: consent.access,
    recurringIndicator: consent.recurring,
    validUntil: consent.validUntil,
    frequencyPerDay: consent.frequencyPerDay,
    lastActionDate: consent.lastActionDate,
    consentStatus: consent.status,
  };
  if (consent.status === "valid") body._links = { account: { href: `${bank.apiUrl}/v1/accounts` } };
  return { status: 200, body };
}

async function terminate(bank: Bank, call: Call): Promise<Answer> {
  await own(bank, call);
  await bank.db.transaction(async (tx) => {
    const consent = await findConsent(bank, tx, call.path.consentId ?? "", { lock: true });
    // Deleting twice is harmless; what has ended otherwise keeps saying how.
    if (consent !== undefined && (consent.status === "valid" || consent.status === "received")) {
      await setConsentStatus(bank, tx, consent, "terminatedByTpp");
    }
  });
  return { status: 204 };
}

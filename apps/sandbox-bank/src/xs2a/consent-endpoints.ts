/** Account information consents: NextGenPSD2 1.3.11, /v1/consents. */
import { type ConsentRequest, createConsent } from "../consents/requests.ts";
import { type Consent, findConsent, setConsentStatus } from "../consents/store.ts";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { assertValid } from "./access.ts";
import { Xs2aError } from "./errors.ts";
import { notificationHeaders, notificationUriOf } from "./headers.ts";
import type { Answer, Call, Endpoint } from "./pipeline.ts";
import { answerOnce } from "./requests.ts";

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
    {
      operationId: "startConsentAuthorisation",
      method: "POST",
      url: "/v1/consents/:consentId/authorisations",
      fault: "consentAuthorisations",
      handle: (call) => startAuthorisation(bank, call),
    },
    {
      operationId: "getConsentAuthorisation",
      method: "GET",
      url: "/v1/consents/:consentId/authorisations",
      fault: "consentAuthorisations",
      handle: (call) => authorisations(bank, call),
    },
    {
      operationId: "getConsentScaStatus",
      method: "GET",
      url: "/v1/consents/:consentId/authorisations/:authorisationId",
      fault: "consentAuthorisations",
      handle: (call) => scaStatus(bank, call),
    },
  ];
}

/** The consent of the path, if it is this TPP's. */
async function own(bank: Bank, call: Call): Promise<Consent> {
  const consent = await findConsent(bank, bank.db, call.path.consentId ?? "");
  if (consent === undefined || consent.clientId !== call.caller.clientId) {
    throw new Xs2aError(403, "CONSENT_UNKNOWN", "The bank knows no such consent of this TPP.", "consentId");
  }
  if (call.caller.consentId !== null && call.caller.consentId !== consent.id) {
    throw new Xs2aError(401, "TOKEN_INVALID", "The token was given for another consent.", "Authorization");
  }
  return consent;
}

async function create(bank: Bank, call: Call): Promise<Answer> {
  return answerOnce(bank, call, "createConsent", async (tx) => {
    const notificationUri = notificationUriOf(call);
    const request = call.body as ConsentRequest;
    const { consent, capped } = await createConsent(bank, tx, call.caller.clientId, request, notificationUri);
    const self = `${bank.baseUrl}/v1/consents/${consent.id}`;
    const links: Record<string, { href: string }> = {
      self: { href: self },
      status: { href: `${self}/status` },
    };
    if (consent.status === "received") {
      const explicit = call.headers["tpp-explicit-authorisation-preferred"] === "true";
      if (explicit) links.startAuthorisation = { href: `${self}/authorisations` };
      else {
        const authorisationId = await insertAuthorisation(bank, tx, consent.id);
        links.scaOAuth = { href: `${bank.baseUrl}/.well-known/oauth-authorization-server` };
        links.scaStatus = { href: `${self}/authorisations/${authorisationId}` };
      }
    }
    const warning = {
      category: "WARNING",
      code: "WARNING",
      text: `validUntil is capped at ${consent.validUntil}.`,
    };
    return {
      status: 201,
      headers: { location: self, "aspsp-sca-approach": "REDIRECT", ...notificationHeaders(notificationUri) },
      body: {
        consentStatus: consent.status,
        consentId: consent.id,
        _links: links,
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
  if (consent.status === "valid") body._links = { account: { href: `${bank.baseUrl}/v1/accounts` } };
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

async function startAuthorisation(bank: Bank, call: Call): Promise<Answer> {
  const consent = await own(bank, call);
  if (consent.status !== "received") {
    if (consent.status !== "valid") assertValid(consent);
    throw new Xs2aError(409, "STATUS_INVALID", "The consent is authorised already.");
  }
  const id = await insertAuthorisation(bank, bank.db, consent.id);
  return {
    status: 201,
    headers: { "aspsp-sca-approach": "REDIRECT" },
    body: {
      scaStatus: "received",
      authorisationId: id,
      _links: {
        scaOAuth: { href: `${bank.baseUrl}/.well-known/oauth-authorization-server` },
        scaStatus: { href: `${bank.baseUrl}/v1/consents/${consent.id}/authorisations/${id}` },
      },
    },
  };
}

async function insertAuthorisation(bank: Bank, db: Queryable, consentId: string): Promise<string> {
  const id = bank.random.uuid();
  await db.query(
    "INSERT INTO authorisations (id, consent_id, sca_status, created_at) VALUES ($1, $2, 'received', $3)",
    [id, consentId, bank.clock.now()],
  );
  return id;
}

async function authorisations(bank: Bank, call: Call): Promise<Answer> {
  const consent = await own(bank, call);
  const { rows } = await bank.db.query<{ id: string }>(
    "SELECT id FROM authorisations WHERE consent_id = $1 ORDER BY created_at, id",
    [consent.id],
  );
  return { status: 200, body: { authorisationIds: rows.map((row) => row.id) } };
}

async function scaStatus(bank: Bank, call: Call): Promise<Answer> {
  const consent = await own(bank, call);
  const { rows } = await bank.db.query<{ sca_status: string }>(
    "SELECT sca_status FROM authorisations WHERE consent_id = $1 AND id::text = $2",
    [consent.id, call.path.authorisationId],
  );
  const row = rows[0];
  if (row === undefined)
    throw new Xs2aError(404, "RESOURCE_UNKNOWN", "There is no such authorisation.", "authorisationId");
  return { status: 200, body: { scaStatus: row.sca_status } };
}

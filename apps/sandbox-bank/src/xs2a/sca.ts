/**
 * Strong customer authentication as a resource of its own (NextGenPSD2 1.3.11, …/authorisations and
 * …/cancellation-authorisations) in the three approaches: redirect, decoupled, embedded.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { checkOrigins } from "../payments/initiation.ts";
import { logIn } from "../psus.ts";
import { formatError, Xs2aError } from "./errors.ts";
import { uriOf } from "./headers.ts";
import type { Answer, Call } from "./pipeline.ts";
import { settleAuthorisation, subjectOf } from "./subjects.ts";

/** Value of `ASPSP-SCA-Approach`. The OAuth2 approach counts as redirect. */
export type ScaApproach = "REDIRECT" | "DECOUPLED" | "EMBEDDED";

/** What an authorisation is about, and where it stands in the interface. */
export interface ScaTarget {
  column: "consent_id" | "payment_id" | "basket_id";
  id: string;
  purpose: "confirm" | "cancel";
  /** Address of the list of authorisations. */
  list: string;
  /** Where the customer is sent; without an authorisation's id for the OAuth2 approach. */
  redirect: { name: "scaRedirect"; page: string } | { name: "scaOAuth"; href: string };
}

interface Row {
  id: string;
  sca_status: string;
  approach: ScaApproach;
  psu_id: string | null;
  method_id: string | null;
  code_hash: Buffer | null;
  attempts_left: number;
  code_expires_at: Date | null;
}

const CODE_LIFE_MS = 5 * 60_000;
const METHODS = [
  {
    authenticationType: "SMS_OTP",
    authenticationMethodId: "sms",
    name: "短信验证码 Text message",
    explanation: "The code comes to the phone that the bank knows.",
  },
  {
    authenticationType: "PUSH_OTP",
    authenticationMethodId: "app",
    name: "手机银行 Bank app",
    explanation: "The code is shown in the bank's app.",
  },
];

/** The approach that this bank takes up from the TPP's wish; redirect when none is told. */
export function approachOf(call: Call): ScaApproach {
  if (call.headers["tpp-redirect-preferred"] !== "false") return "REDIRECT";
  return call.headers["tpp-decoupled-preferred"] === "true" ? "DECOUPLED" : "EMBEDDED";
}

/** Parts of the answer to a request that now waits for the customer. */
export interface ScaStart {
  headers: Record<string, string>;
  links: Record<string, { href: string }>;
  body: Record<string, unknown>;
}

/**
 * What the answer to the initiation says about SCA: the authorisation is opened at once for redirect and decoupled
 * (implicit start), and left to the TPP where it asked for that or in the embedded approach.
 */
export async function announceSca(
  bank: Bank,
  db: Queryable,
  call: Call,
  target: ScaTarget,
): Promise<ScaStart> {
  const approach = approachOf(call);
  const headers = { "aspsp-sca-approach": approach };
  const list = { href: target.list };
  if (call.headers["tpp-explicit-authorisation-preferred"] === "true")
    return { headers, links: { startAuthorisation: list }, body: {} };
  if (approach === "EMBEDDED")
    return { headers, links: { startAuthorisationWithPsuAuthentication: list }, body: {} };
  const opened = await openAuthorisation(bank, db, call, target, approach);
  return {
    headers,
    links: opened.links,
    body: approach === "DECOUPLED" ? { psuMessage: opened.psuMessage, scaStatus: "started" } : {},
  };
}

/** POST …/authorisations. In the embedded approach the password may come along. */
export async function startSca(bank: Bank, call: Call, target: ScaTarget): Promise<Answer> {
  const body = call.body as { psuData?: { password?: string } } | undefined;
  const approach = body?.psuData === undefined ? approachOf(call) : "EMBEDDED";
  const { id, links, psuMessage, scaStatus } = await openAuthorisation(bank, bank.db, call, target, approach);
  const opened = {
    status: 201,
    headers: { "aspsp-sca-approach": approach },
    body: {
      scaStatus,
      authorisationId: id,
      _links: links,
      ...(psuMessage === undefined ? {} : { psuMessage }),
    },
  };
  if (body?.psuData === undefined) return opened;
  const next = await authenticate(bank, call, target, await find(bank, target, id), body.psuData.password);
  return { ...opened, body: { ...opened.body, ...(next.body as object) } };
}

async function openAuthorisation(
  bank: Bank,
  db: Queryable,
  call: Call,
  target: ScaTarget,
  approach: ScaApproach,
): Promise<{
  id: string;
  scaStatus: string;
  links: Record<string, { href: string }>;
  psuMessage: string | undefined;
}> {
  const psuId = approach === "REDIRECT" ? null : await psuOf(db, call, approach === "DECOUPLED");
  const back = {
    redirectUri: uriOf(call, "TPP-Redirect-URI"),
    nokRedirectUri: uriOf(call, "TPP-Nok-Redirect-URI"),
  };
  if (approach === "REDIRECT") await checkOrigins(db, call.caller.clientId, back);
  const id = bank.random.uuid();
  const scaStatus = approach === "DECOUPLED" ? "started" : psuId === null ? "received" : "psuIdentified";
  await db.query(
    `INSERT INTO authorisations (id, ${target.column}, purpose, sca_status, approach, psu_id, redirect_uri,
       nok_redirect_uri, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      target.id,
      target.purpose,
      scaStatus,
      approach,
      psuId,
      back.redirectUri,
      back.nokRedirectUri,
      bank.clock.now(),
    ],
  );
  const self = { href: `${target.list}/${id}` };
  const links: Record<string, { href: string }> = { scaStatus: self };
  if (approach === "EMBEDDED") links.updatePsuAuthentication = self;
  if (approach === "REDIRECT") {
    const { redirect } = target;
    links[redirect.name] = {
      href: redirect.name === "scaOAuth" ? redirect.href : `${redirect.page}/${id}`,
    };
  }
  return {
    id,
    scaStatus,
    links,
    psuMessage: approach === "DECOUPLED" ? decoupledMessage(bank, call) : undefined,
  };
}

function decoupledMessage(bank: Bank, call: Call): string {
  return /^zh/i.test(call.headers["psu-accept-language"] ?? "")
    ? `请打开${bank.name.zh}手机应用确认。`
    : `Open the ${bank.name.en} app on your phone and confirm there.`;
}

/** The customer named by PSU-ID, or known by the token. Without either, decoupled has nobody to ask. */
async function psuOf(db: Queryable, call: Call, needed: boolean): Promise<string | null> {
  const username = call.headers["psu-id"];
  if (username === undefined) {
    const { rows } = await db.query<{ psu_id: string | null }>("SELECT psu_id FROM consents WHERE id = $1", [
      call.caller.consentId,
    ]);
    const known = rows[0]?.psu_id ?? null;
    if (known !== null) return known;
    if (needed) throw formatError("Decoupled authentication needs the customer's id at the bank.", "PSU-ID");
    return null;
  }
  const { rows } = await db.query<{ id: string }>("SELECT id FROM psus WHERE username = $1", [
    username.trim().toLowerCase(),
  ]);
  if (rows[0] === undefined) throw credentialsInvalid();
  return rows[0].id;
}

/** GET …/authorisations. */
export async function listSca(bank: Bank, target: ScaTarget): Promise<Answer> {
  const { rows } = await bank.db.query<{ id: string }>(
    `SELECT id FROM authorisations WHERE ${target.column} = $1 AND purpose = $2 ORDER BY created_at, id`,
    [target.id, target.purpose],
  );
  return { status: 200, body: { authorisationIds: rows.map((row) => row.id) } };
}

/** GET …/authorisations/{authorisationId}. */
export async function scaStatusOf(bank: Bank, call: Call, target: ScaTarget): Promise<Answer> {
  const row = await find(bank, target, call.path.authorisationId ?? "");
  const waiting = row.approach === "DECOUPLED" && row.sca_status === "started";
  return {
    status: 200,
    body: {
      scaStatus: row.sca_status,
      ...(waiting ? { psuMessage: decoupledMessage(bank, call) } : {}),
    },
  };
}

/** PUT …/authorisations/{authorisationId}: password, choice of a method, or the one-time code. */
export async function updateSca(bank: Bank, call: Call, target: ScaTarget): Promise<Answer> {
  const row = await find(bank, target, call.path.authorisationId ?? "");
  const body = (call.body ?? {}) as {
    psuData?: { password?: string };
    authenticationMethodId?: string;
    scaAuthenticationData?: string;
  };
  if (row.approach !== "EMBEDDED")
    throw new Xs2aError(409, "STATUS_INVALID", "The customer authenticates at the bank itself.");
  if (row.sca_status === "finalised" || row.sca_status === "failed")
    throw new Xs2aError(409, "STATUS_INVALID", `The authorisation is ${row.sca_status} already.`);
  const answer = await (body.scaAuthenticationData !== undefined
    ? transact(bank, target, row, body.scaAuthenticationData)
    : body.authenticationMethodId !== undefined
      ? select(bank, target, row, body.authenticationMethodId)
      : authenticate(bank, call, target, row, body.psuData?.password));
  return { ...answer, headers: { "aspsp-sca-approach": "EMBEDDED" } };
}

async function authenticate(
  bank: Bank,
  call: Call,
  target: ScaTarget,
  row: Row,
  password: string | undefined,
): Promise<Answer> {
  const username = call.headers["psu-id"];
  if (username === undefined) throw formatError("The customer's id at the bank is missing.", "PSU-ID");
  if (password === undefined) throw formatError("psuData.password is missing.", "psuData.password");
  const psu = await logIn(bank.db, username, password);
  if (psu === undefined || (row.psu_id !== null && row.psu_id !== psu.id)) {
    await useAttempt(bank, target, row);
    throw credentialsInvalid();
  }
  const subject = await subjectOf(bank, bank.db, row.id);
  // Somebody who is not the account holder learns no more than one with a wrong password.
  if (subject === undefined || (subject.ownerPsu !== null && subject.ownerPsu !== psu.id)) {
    await useAttempt(bank, target, row);
    throw credentialsInvalid();
  }
  await bank.db.query(
    "UPDATE authorisations SET psu_id = $2, sca_status = 'psuAuthenticated' WHERE id = $1",
    [row.id, psu.id],
  );
  const self = { href: `${target.list}/${row.id}` };
  return {
    status: 200,
    body: {
      scaStatus: "psuAuthenticated",
      scaMethods: METHODS,
      _links: { selectAuthenticationMethod: self, scaStatus: self },
    },
  };
}

async function select(bank: Bank, target: ScaTarget, row: Row, methodId: string): Promise<Answer> {
  if (row.sca_status !== "psuAuthenticated" && row.sca_status !== "scaMethodSelected")
    throw new Xs2aError(409, "STATUS_INVALID", "The customer is not authenticated yet.");
  const method = METHODS.find(({ authenticationMethodId }) => authenticationMethodId === methodId);
  if (method === undefined)
    throw new Xs2aError(
      400,
      "SCA_METHOD_UNKNOWN",
      "The bank offered no such method.",
      "authenticationMethodId",
    );
  const subject = await subjectOf(bank, bank.db, row.id);
  if (subject === undefined) throw new Xs2aError(409, "STATUS_INVALID", "Nothing waits for this any more.");
  const code = (bank.random.bytes(6).readUIntBE(0, 6) % 1_000_000).toString().padStart(6, "0");
  await bank.db.query(
    `UPDATE authorisations SET sca_status = 'scaMethodSelected', method_id = $2, code_hash = $3, sandbox_code = $4,
       code_expires_at = $5 WHERE id = $1`,
    [
      row.id,
      methodId,
      hashCode(bank, row.id, code, subject.binding),
      code,
      new Date(bank.clock.now().getTime() + CODE_LIFE_MS),
    ],
  );
  const self = { href: `${target.list}/${row.id}` };
  return {
    status: 200,
    body: {
      scaStatus: "scaMethodSelected",
      chosenScaMethod: method,
      challengeData: { otpMaxLength: 6, otpFormat: "integer" },
      _links: { authoriseTransaction: self, scaStatus: self },
    },
  };
}

async function transact(bank: Bank, target: ScaTarget, row: Row, given: string): Promise<Answer> {
  if (row.sca_status !== "scaMethodSelected" || row.code_hash === null || row.psu_id === null)
    throw new Xs2aError(409, "STATUS_INVALID", "No code was sent for this authorisation yet.");
  const subject = await subjectOf(bank, bank.db, row.id);
  if (subject === undefined) throw new Xs2aError(409, "STATUS_INVALID", "Nothing waits for this any more.");
  const expired = row.code_expires_at === null || row.code_expires_at <= bank.clock.now();
  // The code is good for exactly what it was sent for (RTS (EU) 2018/389 art. 5).
  const right = timingSafeEqual(row.code_hash, hashCode(bank, row.id, given.trim(), subject.binding));
  if (!right || expired) {
    await useAttempt(bank, target, row);
    throw new Xs2aError(400, "SCA_INVALID", expired ? "The code has expired." : "The code is not right.");
  }
  await settleAuthorisation(bank, row.id, row.psu_id, "confirmed");
  const self = { href: `${target.list}/${row.id}` };
  return { status: 200, body: { scaStatus: "finalised", _links: { scaStatus: self } } };
}

/** A wrong password or code uses up one of the attempts; after the last one the authorisation has failed. */
async function useAttempt(bank: Bank, target: ScaTarget, row: Row): Promise<void> {
  const { rows } = await bank.db.query<{ attempts_left: number }>(
    "UPDATE authorisations SET attempts_left = attempts_left - 1 WHERE id = $1 RETURNING attempts_left",
    [row.id],
  );
  if ((rows[0]?.attempts_left ?? 0) > 0) return;
  // A cancellation that failed leaves the payment as it is; anything else was refused by its failure.
  if (target.purpose === "confirm" && row.psu_id !== null)
    await settleAuthorisation(bank, row.id, row.psu_id, "refused");
  else await bank.db.query("UPDATE authorisations SET sca_status = 'failed' WHERE id = $1", [row.id]);
}

async function find(bank: Bank, target: ScaTarget, id: string): Promise<Row> {
  const { rows } = await bank.db.query<Row>(
    `SELECT id, sca_status, approach, psu_id, method_id, code_hash, attempts_left, code_expires_at
       FROM authorisations WHERE ${target.column} = $1 AND id::text = $2 AND purpose = $3`,
    [target.id, id, target.purpose],
  );
  if (rows[0] === undefined)
    throw new Xs2aError(404, "RESOURCE_UNKNOWN", "There is no such authorisation.", "authorisationId");
  return rows[0];
}

function credentialsInvalid(): Xs2aError {
  return new Xs2aError(
    401,
    "PSU_CREDENTIALS_INVALID",
    "The customer's id or password is not right.",
    "PSU-ID",
  );
}

function hashCode(bank: Bank, authorisationId: string, code: string, binding: string): Buffer {
  return createHmac("sha256", bank.keys.pageKey)
    .update(JSON.stringify(["embedded", authorisationId, code, binding]))
    .digest();
}

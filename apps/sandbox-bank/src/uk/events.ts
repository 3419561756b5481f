/**
 * Event notifications (v4.0, Event Notification API): a company subscribes with an address; the bank posts signed
 * security event tokens (RFC 8417) about payments and consents that changed, at least once.
 */
import { importJWK, type JWK, SignJWT } from "jose";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { takeNoticeFault } from "../faults/faults.ts";
import type { Payment } from "../payments/store.ts";
import { UkError } from "./errors.ts";
import type { UkAnswer, UkCall, UkEndpoint } from "./pipeline.ts";

const BASE = "/open-banking/v4.0";
const RID = "http://openbanking.org.uk/rid";
const RTY = "http://openbanking.org.uk/rty";
const RLK = "http://openbanking.org.uk/rlk";
const UPDATED = "urn:uk:org:openbanking:events:resource-update";
const REVOKED = "urn:uk:org:openbanking:events:consent-authorization-revoked";
const MAX_ATTEMPTS = 8;
const FIRST_RETRY_MS = 500;
const CALL_TIMEOUT_MS = 5_000;

interface Subscription {
  id: string;
  client_id: string;
  request: { Data: { CallbackUrl?: string; Version: string; EventTypes?: string[] } };
}

export function eventEndpoints(bank: Bank): UkEndpoint[] {
  const shared = { scope: "accounts", signed: true, fault: "getConsent" } as const;
  return [
    {
      ...shared,
      operationId: "CreateEventSubscriptions",
      method: "POST",
      url: `${BASE}/event-subscriptions`,
      handleOnce: (call, tx) => subscribe(bank, call, tx),
    },
    {
      ...shared,
      operationId: "GetEventSubscriptions",
      method: "GET",
      url: `${BASE}/event-subscriptions`,
      handle: async (call) => {
        const { rows } = await bank.db.query<Subscription>(
          "SELECT id, client_id, request FROM uk_event_subscriptions WHERE client_id = $1",
          [call.caller.clientId],
        );
        return answer(bank, { EventSubscription: rows.map(dataOf) }, "", 200);
      },
    },
    {
      ...shared,
      operationId: "DeleteEventSubscriptionsEventSubscriptionId",
      method: "DELETE",
      url: `${BASE}/event-subscriptions/:subscriptionId`,
      handle: async (call) => {
        await bank.db.query("DELETE FROM uk_event_subscriptions WHERE client_id = $1 AND id = $2", [
          call.caller.clientId,
          call.path.EventSubscriptionId,
        ]);
        return { status: 204 };
      },
    },
  ];
}

const dataOf = ({ id, request }: Subscription) => ({ EventSubscriptionId: id, ...request.Data });

function answer(bank: Bank, data: Record<string, unknown>, path: string, status: number): UkAnswer {
  const Self = `${bank.apiUrl}${BASE}/event-subscriptions${path}`;
  return { status, body: { Data: data, Links: { Self }, Meta: {} } };
}

/** One subscription a company; a second is refused (Event Notification API, Data.Version and 409). */
async function subscribe(bank: Bank, call: UkCall, tx: Queryable): Promise<UkAnswer> {
  const request = call.body as Subscription["request"];
  const id = bank.random.uuid();
  const { rowCount } = await tx.query(
    `INSERT INTO uk_event_subscriptions (id, client_id, request, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (client_id) DO NOTHING`,
    [id, call.caller.clientId, JSON.stringify(request), bank.clock.now()],
  );
  if (rowCount === 0)
    throw new UkError(409, "Rules.ResourceAlreadyExists", "There is a subscription already.");
  return answer(bank, { EventSubscriptionId: id, ...request.Data }, `/${id}`, 201);
}

interface Change {
  client_id: string;
  uri: string;
  id: string;
  kind: string;
  status: string;
  end_to_end_id: string | null;
}

/** One round: writes down what changed since the subscription, then sends what is due. */
export async function tellChanges(bank: Bank): Promise<void> {
  const { rows } = await bank.db.query<Change>(
    `SELECT s.client_id, s.request -> 'Data' ->> 'CallbackUrl' AS uri, c.id, c.kind, c.status, c.end_to_end_id
       FROM uk_event_subscriptions s JOIN (
         SELECT client_id, id::text, rtrim(product, 's') AS kind, status, end_to_end_id, updated_at FROM payments
          WHERE parent_id IS NULL AND product IN ('domestic-payments', 'domestic-vrps',
                  'domestic-scheduled-payments', 'domestic-standing-orders')
         UNION ALL
         SELECT client_id, id, kind || '-consent', status, NULL, updated_at FROM uk_consents
          WHERE status IN ('CANC', 'RJCT')
       ) c ON c.client_id = s.client_id AND c.updated_at >= s.created_at
      WHERE s.request -> 'Data' ->> 'CallbackUrl' IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM uk_events e WHERE e.client_id = c.client_id
                           AND e.subject = c.kind || '/' || c.id || '/' || c.status)
      ORDER BY c.updated_at LIMIT 100`,
  );
  for (const change of rows) await bank.db.transaction((tx) => write(bank, tx, change));
  await deliver(bank);
}

/** Writes down a payment's event with the payment itself; later changes are found by `tellChanges`. */
export async function tellPayment(bank: Bank, tx: Queryable, payment: Payment): Promise<void> {
  const { rows } = await tx.query<{ uri: string | null }>(
    "SELECT request -> 'Data' ->> 'CallbackUrl' AS uri FROM uk_event_subscriptions WHERE client_id = $1",
    [payment.clientId],
  );
  const uri = rows[0]?.uri;
  if (uri == null) return;
  await write(bank, tx, {
    client_id: payment.clientId,
    uri,
    id: payment.id,
    kind: payment.product.replace(/s$/, ""),
    status: payment.status,
    end_to_end_id: payment.endToEndId,
  });
}

async function write(bank: Bank, tx: Queryable, change: Change): Promise<void> {
  const fault = await takeNoticeFault(tx, change.end_to_end_id);
  const subject = `${change.kind}/${change.id}/${change.status}`;
  const withheld = fault === "withhold-notice";
  const copies = fault === "duplicate-notice" ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    const id = bank.random.uuid();
    await tx.query(
      `INSERT INTO uk_events (id, client_id, uri, token, next_attempt_at, outcome, created_at, subject)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [
        id,
        change.client_id,
        change.uri,
        await tokenOf(bank, id, change),
        withheld ? null : bank.clock.now(),
        withheld ? "withheld" : null,
        bank.clock.now(),
        copy === 0 ? subject : `${subject}/again`,
      ],
    );
  }
}

/** Consents whose resource is not named as the bank's own books name them. */
const lastingKinds: Record<string, [string, string]> = {
  "account-consent": ["aisp", "account-access-consent"],
  "funds-consent": ["cbpii", "funds-confirmation-consent"],
};

async function tokenOf(bank: Bank, id: string, change: Change): Promise<string> {
  const isConsent = change.kind.endsWith("-consent");
  const [area, resource] = lastingKinds[change.kind] ?? ["pisp", change.kind];
  const link = `${bank.apiUrl}${BASE}/${area}/${resource}s/${change.id}`;
  const key = bank.keys.jwks.keys[0] as JWK;
  const now = Math.floor(bank.clock.now().getTime() / 1000);
  return new SignJWT({
    sub: link,
    txn: id,
    toe: now,
    events: {
      [isConsent && change.status === "CANC" ? REVOKED : UPDATED]: {
        subject: {
          subject_type: "http://openbanking.org.uk/rid_http://openbanking.org.uk/rty",
          [RID]: change.id,
          [RTY]: resource,
          [RLK]: [{ version: "v4.0", link }],
        },
      },
    },
  })
    .setProtectedHeader({ alg: "PS256", kid: key.kid ?? "", typ: "secevent+jwt" })
    .setIssuer(bank.baseUrl)
    .setAudience(change.client_id)
    .setJti(id)
    .setIssuedAt(now)
    .sign(await importJWK({ ...key, alg: "PS256" }, "PS256"));
}

async function deliver(bank: Bank): Promise<void> {
  const now = bank.clock.now();
  const { rows } = await bank.db.query<{ id: string; uri: string; token: string; attempts: number }>(
    // The lease keeps a second process from sending the same event while this one waits for the answer.
    `UPDATE uk_events SET attempts = attempts + 1, next_attempt_at = $2
      WHERE id IN (SELECT id FROM uk_events WHERE next_attempt_at <= $1 ORDER BY created_at LIMIT 50
                     FOR UPDATE SKIP LOCKED)
      RETURNING id, uri, token, attempts`,
    [now, new Date(now.getTime() + 2 * CALL_TIMEOUT_MS)],
  );
  for (const event of rows) {
    const delivered = await post(bank, event);
    const giveUp = event.attempts >= MAX_ATTEMPTS;
    const retryMs = FIRST_RETRY_MS * 2 ** (event.attempts - 1);
    await bank.db.query("UPDATE uk_events SET next_attempt_at = $2, outcome = $3 WHERE id = $1", [
      event.id,
      delivered || giveUp ? null : new Date(bank.clock.now().getTime() + retryMs),
      delivered ? "delivered" : giveUp ? "failed" : null,
    ]);
  }
}

async function post(bank: Bank, event: { uri: string; token: string }): Promise<boolean> {
  try {
    const response = await fetch(event.uri, {
      method: "POST",
      headers: {
        "content-type": "application/jwt",
        "x-fapi-financial-id": new URL(bank.baseUrl).host,
        "x-fapi-interaction-id": bank.random.uuid(),
      },
      body: event.token,
      redirect: "error",
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

import { randomBytes } from "node:crypto";
import { ApiVersion, latestApiVersion, type WebhookEndpoint } from "@jinqiao/contract";
import type { Audit } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { AddressRefused, bareHost, checkedAddresses, endpointUrl, type Resolve } from "./addresses.ts";
import type { InMode, KeyActor } from "./keys.ts";
import { newSigningSecret } from "./signatures.ts";
import * as sql from "./webhook-sql.ts";

/** Who changes an endpoint: a member of the team, or a key. */
export type EndpointActor = KeyActor;

export type EndpointDraft = {
  url: string;
  eventTypes: readonly string[];
  description?: string | undefined;
};
export type EndpointChange = {
  version: number;
  url?: string | undefined;
  eventTypes?: readonly string[] | undefined;
  description?: string | null | undefined;
  status?: "enabled" | "disabled" | undefined;
};

export type Endpoints = ReturnType<typeof createEndpoints>;

const mostEndpoints = 16;
const hourMs = 3_600_000;

/** Addresses of merchants that are told what happens, and the secrets that webhooks to them are signed with. */
export function createEndpoints(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  audit: Pick<Audit, "record">;
  resolve: Resolve;
  allowLoopback: boolean;
  random?: RandomBytes | undefined;
}) {
  const { db, clock } = deps;
  const random = deps.random ?? randomBytes;
  const data = personalData(deps.vault, sql.endpointData);

  function view(row: sql.EndpointRow): WebhookEndpoint {
    const { previous_until: until } = row;
    return {
      object: "webhook_endpoint",
      id: row.id,
      livemode: row.livemode,
      createdAt: row.created_at.toISOString(),
      version: row.version,
      url: data.open("url", row, row.url_sealed, ""),
      description: data.open("description", row, row.description_sealed, null),
      eventTypes: row.event_types,
      apiVersion: ApiVersion.parse(row.api_version),
      status: row.status,
      failingSince: row.failing_since?.toISOString() ?? null,
      pausedAt: row.paused_at?.toISOString() ?? null,
      previousSecretUntil: until !== null && until > clock.now() ? until.toISOString() : null,
    };
  }

  /** @throws Refusal `webhook.url_refused`; a name that cannot be resolved now may be one tomorrow */
  async function checkedUrl(text: string): Promise<string> {
    const url = endpointUrl(text, deps);
    if (url === undefined) throw new Refusal("webhook.url_refused");
    try {
      await checkedAddresses(bareHost(url.hostname), deps);
    } catch (error) {
      if (error instanceof AddressRefused) throw new Refusal("webhook.url_refused");
    }
    return url.href;
  }

  async function change<T>(
    of: InMode,
    id: string,
    work: (tx: Tx, row: sql.EndpointRow) => Promise<T>,
  ): Promise<T> {
    return db.transaction(async (tx) => {
      const row = await sql.selectEndpoint(tx, of, id, { lock: true });
      if (row === undefined) throw new Refusal("request.not_found");
      return work(tx, row);
    });
  }

  const record = (tx: Tx, action: string, id: string, of: InMode, by: EndpointActor) =>
    deps.audit.record(tx, {
      actor: by.customerId ? { kind: "customer", id: by.customerId } : { kind: "system", id: by.id },
      action: `webhook_endpoint.${action}`,
      subject: id,
      details: { merchantId: of.merchantId, mode: of.livemode ? "live" : "test" },
    });

  async function byId(of: InMode, id: string): Promise<sql.EndpointRow> {
    const row = await sql.selectEndpoint(db, of, id);
    if (row === undefined) throw new Refusal("request.not_found");
    return row;
  }

  return {
    list: async (of: InMode) => (await sql.selectEndpoints(db, of)).map(view),
    get: async (of: InMode, id: string) => view(await byId(of, id)),
    /** @throws Refusal `webhook.url_refused`, `webhook.too_many` */
    async create(of: InMode, draft: EndpointDraft, by: EndpointActor) {
      const url = await checkedUrl(draft.url);
      const id = deps.ids.next("we");
      const secret = newSigningSecret(random);
      const row = await db.transaction(async (tx) => {
        if ((await sql.countEndpoints(tx, of)) >= mostEndpoints) throw new Refusal("webhook.too_many");
        await sql.insertEndpoint(tx, {
          id,
          merchant_id: of.merchantId,
          livemode: of.livemode,
          url_sealed: data.seal("url", { id }, url),
          description_sealed: data.seal("description", { id }, draft.description ?? null),
          event_types: [...new Set(draft.eventTypes)],
          api_version: latestApiVersion,
          secret_sealed: data.seal("secret", { id }, secret),
          created_at: clock.now(),
        });
        await record(tx, "created", id, of, by);
        return sql.selectEndpoint(tx, of, id);
      });
      return { ...view(row as sql.EndpointRow), secret };
    },
    /** @throws Refusal `request.not_found`, `webhook.changed_meanwhile`, `webhook.url_refused` */
    async update(of: InMode, id: string, draft: EndpointChange, by: EndpointActor) {
      const url = draft.url === undefined ? undefined : await checkedUrl(draft.url);
      return change(of, id, async (tx, row) => {
        if (row.version !== draft.version) throw new Refusal("webhook.changed_meanwhile");
        const next: sql.EndpointRow = {
          ...row,
          ...(url === undefined ? {} : { url_sealed: data.seal("url", row, url) }),
          ...(draft.eventTypes === undefined ? {} : { event_types: [...new Set(draft.eventTypes)] }),
          ...(draft.description === undefined
            ? {}
            : { description_sealed: data.seal("description", row, draft.description) }),
          // Whoever switches it on again has put it right: three days are counted anew.
          ...(draft.status === undefined
            ? {}
            : { status: draft.status, paused_at: null, failing_since: null }),
        };
        await record(tx, "changed", id, of, by);
        return view(await sql.updateEndpoint(tx, next));
      });
    },
    remove: (of: InMode, id: string, by: EndpointActor) =>
      change(of, id, async (tx) => {
        await sql.deleteEndpoint(tx, id);
        await record(tx, "deleted", id, of, by);
      }),
    reveal: (of: InMode, id: string, by: EndpointActor) =>
      change(of, id, async (tx, row) => {
        await record(tx, "secret_seen", id, of, by);
        return { secret: data.open("secret", row, row.secret_sealed, "") };
      }),
    /** Takes a new secret; the one before goes on signing for so many hours. */
    rotate: (of: InMode, id: string, overlapHours: number, by: EndpointActor) =>
      change(of, id, async (tx, row) => {
        const secret = newSigningSecret(random);
        const before = data.open("secret", row, row.secret_sealed, "");
        const stored = await sql.updateEndpoint(tx, {
          ...row,
          secret_sealed: data.seal("secret", row, secret),
          previous_secret_sealed: overlapHours === 0 ? null : data.seal("previous_secret", row, before),
          previous_until: overlapHours === 0 ? null : new Date(clock.now().getTime() + overlapHours * hourMs),
        });
        await record(tx, "secret_rotated", id, of, by);
        return { ...view(stored), secret };
      }),
    /** Secrets that sign now, the newest first. */
    secretsOf(
      row: Pick<sql.EndpointRow, "id" | "secret_sealed" | "previous_secret_sealed" | "previous_until">,
    ) {
      const secrets = [data.open("secret", row, row.secret_sealed, "")];
      if (
        row.previous_secret_sealed !== null &&
        row.previous_until !== null &&
        row.previous_until > clock.now()
      )
        secrets.push(data.open("previous_secret", row, row.previous_secret_sealed, ""));
      return secrets;
    },
    urlOf: (row: Pick<sql.EndpointRow, "id" | "url_sealed">) => data.open("url", row, row.url_sealed, ""),
    byId,
    view,
  };
}

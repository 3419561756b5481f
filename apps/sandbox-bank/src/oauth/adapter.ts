/** Where the authorisation server keeps its records: the bank's own database. */
import type { Adapter, AdapterPayload } from "oidc-provider";
import type { Clock } from "../context.ts";
import type { Database } from "../database.ts";

/**
 * An adapter factory for oidc-provider. Clients are read from `tpp_clients`; everything else lies in `oidc_records`.
 * What ends, ends by the bank's own clock. Sessions are kept without the person: every authorisation starts with a log-in (no single sign-on at a bank).
 */
export function createOidcAdapter(db: Database, clock: Clock): (model: string) => Adapter {
  return (model) => (model === "Client" ? clientAdapter(db) : recordAdapter(db, clock, model));
}

interface Row {
  payload: AdapterPayload;
  consumed_at: bigint | null;
}

function recordAdapter(db: Database, clock: Clock, model: string): Adapter {
  const findBy = async (column: "id" | "uid", value: string): Promise<AdapterPayload | undefined> => {
    const { rows } = await db.query<Row>(
      `SELECT payload, consumed_at FROM oidc_records WHERE model = $1 AND ${column} = $2
         AND (expires_at IS NULL OR expires_at > $3)`,
      [model, value, clock.now()],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    return row.consumed_at === null ? row.payload : { ...row.payload, consumed: Number(row.consumed_at) };
  };
  return {
    async upsert(id, payload, expiresIn) {
      const kept = { ...payload };
      if (model === "Session") {
        delete kept.accountId;
        delete kept.loginTs;
        delete kept.authorizations;
      }
      await db.query(
        `INSERT INTO oidc_records (model, id, payload, grant_id, uid, expires_at)
         VALUES ($1, $2, $3, $4, $5, $7::timestamptz + make_interval(secs => $6::double precision))
         ON CONFLICT (model, id) DO UPDATE SET payload = EXCLUDED.payload, grant_id = EXCLUDED.grant_id,
           uid = EXCLUDED.uid, expires_at = EXCLUDED.expires_at`,
        [
          model,
          id,
          JSON.stringify(kept),
          payload.grantId ?? null,
          payload.uid ?? null,
          expiresIn ?? null,
          clock.now(),
        ],
      );
    },
    find: (id) => findBy("id", id),
    findByUid: (uid) => findBy("uid", uid),
    // Only the device flow has user codes, and it is switched off.
    findByUserCode: async () => undefined,
    async consume(id) {
      await db.query(
        "UPDATE oidc_records SET consumed_at = extract(epoch FROM now())::bigint WHERE model = $1 AND id = $2",
        [model, id],
      );
    },
    async destroy(id) {
      await db.query("DELETE FROM oidc_records WHERE model = $1 AND id = $2", [model, id]);
    },
    async revokeByGrantId(grantId) {
      await db.query("DELETE FROM oidc_records WHERE grant_id = $1", [grantId]);
    },
  };
}

function clientAdapter(db: Database): Adapter {
  const refuse = async (): Promise<void> => {
    throw new Error("TPP clients are registered by the script API only");
  };
  return {
    async find(id) {
      const { rows } = await db.query<{ name: string; secret_hash: string; redirect_uris: string[] }>(
        "SELECT name, secret_hash, redirect_uris FROM tpp_clients WHERE id = $1",
        [id],
      );
      const client = rows[0];
      return (
        client && {
          client_id: id,
          client_name: client.name,
          // The hash stands where the secret would; the provider's comparison hashes what it is given (provider.ts).
          client_secret: client.secret_hash,
          redirect_uris: client.redirect_uris,
          grant_types: ["authorization_code", "refresh_token", "client_credentials"],
          response_types: ["code"],
          token_endpoint_auth_method: "client_secret_basic",
        }
      );
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}

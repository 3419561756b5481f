/** Companies of the UK dialect: known by their public keys instead of a secret. */
import type { JSONWebKeySet } from "jose";
import type { Adapter } from "oidc-provider";
import type { Clock } from "../context.ts";
import type { Database, Queryable } from "../database.ts";
import { createOidcAdapter } from "../oauth/adapter.ts";

/** Scopes of UK Open Banking (security profile): one per kind of interface. */
export const SCOPES = "openid accounts payments fundsconfirmations";

/** Replaces the company's public keys (JWK set). */
export async function setClientKeys(db: Queryable, clientId: string, jwks: JSONWebKeySet): Promise<void> {
  await db.query("UPDATE tpp_clients SET jwks = $2 WHERE id = $1", [clientId, JSON.stringify(jwks)]);
}

export async function findClientKeys(db: Queryable, clientId: string): Promise<JSONWebKeySet> {
  const { rows } = await db.query<{ jwks: JSONWebKeySet | null }>(
    "SELECT jwks FROM tpp_clients WHERE id = $1",
    [clientId],
  );
  return rows[0]?.jwks ?? { keys: [] };
}

/** An adapter factory for oidc-provider whose clients prove themselves with private_key_jwt. */
export function createUkAdapter(db: Database, clock: Clock): (model: string) => Adapter {
  const records = createOidcAdapter(db, clock);
  return (model) => {
    const adapter = records(model);
    if (model !== "Client") return adapter;
    return {
      ...adapter,
      async find(id) {
        const { rows } = await db.query<{
          name: string;
          redirect_uris: string[];
          jwks: JSONWebKeySet | null;
        }>("SELECT name, redirect_uris, jwks FROM tpp_clients WHERE id = $1", [id]);
        const client = rows[0];
        if (client === undefined || client.jwks === null) return undefined;
        return {
          client_id: id,
          client_name: client.name,
          redirect_uris: client.redirect_uris,
          grant_types: ["authorization_code", "refresh_token", "client_credentials"],
          response_types: ["code"],
          scope: SCOPES,
          jwks: client.jwks,
          token_endpoint_auth_method: "private_key_jwt",
          token_endpoint_auth_signing_alg: "PS256",
          id_token_signed_response_alg: "PS256",
          require_pushed_authorization_requests: true,
        };
      },
    };
  };
}

/** Companies of the UK dialect: known by their public keys instead of a secret. */
import type { JSONWebKeySet } from "jose";
import type { Adapter } from "oidc-provider";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
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

/** The subject of a certificate that the bank's authority gives to a company, as OpenSSL writes it. */
const subjectFor = (name: string) => `CN=${name} + O=${name} + organizationIdentifier=PSDXX-SANDBOX-1`;

/**
 * An adapter factory for oidc-provider whose clients prove themselves as the bank wants it: with private_key_jwt and
 * DPoP, or with a certificate in their own name. Either way no token is good in another's hands.
 */
export function createUkAdapter(bank: Bank): (model: string) => Adapter {
  const { db } = bank;
  const records = createOidcAdapter(db, bank.clock.machine);
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
          ...(bank.clientAuthentication === "tls_client_auth"
            ? {
                token_endpoint_auth_method: "tls_client_auth",
                tls_client_auth_subject_dn: subjectFor(client.name),
                tls_client_certificate_bound_access_tokens: true,
              }
            : {
                token_endpoint_auth_method: "private_key_jwt",
                token_endpoint_auth_signing_alg: "PS256",
                dpop_bound_access_tokens: true,
              }),
          id_token_signed_response_alg: "PS256",
          require_pushed_authorization_requests: true,
        };
      },
    };
  };
}

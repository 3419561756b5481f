/** TPP clients: companies that may call the bank's interface. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";

export interface TppClient {
  id: string;
  name: string;
  redirectUris: string[];
}

/** The secret is 256 random bits, so one round of SHA-256 is enough to keep it. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

export function secretMatches(secret: string, hash: string): boolean {
  const given = Buffer.from(hashSecret(secret));
  const kept = Buffer.from(hash);
  return given.length === kept.length && timingSafeEqual(given, kept);
}

/**
 * Registers a company by name, or finds it. The secret is answered only when it is new: at first registration or
 * with `rotate`. Redirect addresses are replaced by those given.
 */
export async function registerTppClient(
  bank: Bank,
  input: { name: string; redirectUris: string[]; rotate?: boolean; certificate?: string },
): Promise<{ clientId: string; clientSecret: string | null }> {
  return bank.db.transaction(async (tx) => {
    const secret = bank.random.bytes(32).toString("base64url");
    const { rows } = await tx.query<{ id: string; created: boolean }>(
      `INSERT INTO tpp_clients (id, name, secret_hash, redirect_uris, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (name) DO UPDATE SET redirect_uris = EXCLUDED.redirect_uris,
         secret_hash = CASE WHEN $6 THEN EXCLUDED.secret_hash ELSE tpp_clients.secret_hash END
       RETURNING id, (xmax = 0) AS created`,
      [
        `tpp-${bank.random.uuid()}`,
        input.name,
        hashSecret(secret),
        input.redirectUris,
        bank.clock.now(),
        input.rotate === true,
      ],
    );
    const row = rows[0] as { id: string; created: boolean };
    if (input.certificate !== undefined)
      await tx.query("UPDATE tpp_clients SET certificate = $2 WHERE id = $1", [row.id, input.certificate]);
    return { clientId: row.id, clientSecret: row.created || input.rotate ? secret : null };
  });
}

export async function findTppClient(db: Queryable, id: string): Promise<TppClient | undefined> {
  const { rows } = await db.query<{ id: string; name: string; redirect_uris: string[] }>(
    "SELECT id, name, redirect_uris FROM tpp_clients WHERE id = $1",
    [id],
  );
  const row = rows[0];
  return row && { id: row.id, name: row.name, redirectUris: row.redirect_uris };
}

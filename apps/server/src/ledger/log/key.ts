import { randomBytes } from "node:crypto";
import { createNoteSigner, formatVerifierKey, type NoteSigner, signatureTypes } from "@jinqiao/transparency";
import type { Clock } from "../../platform/clock.ts";
import type { Queryable } from "../../platform/db.ts";
import { type Vault, VaultError } from "../../vault/index.ts";
import { LogHalted } from "./halted.ts";
import * as sql from "./sql.ts";

/** The log's name and the one key that signs for it. */
export type LogKey = { origin: string; verifierKey: string; signer: NoteSigner };

/** The private part is bound to the name of the log it signs for. */
const sealedAt = (origin: string) => ({ table: "ledger.log_key", column: "sealed", row: origin });

/**
 * Opens the key, or makes it at the first start. Name and key stay for the life of the log: whoever holds a receipt
 * knows the log by them.
 * @param origin name for a new log
 * @param fixed true when the operator gave the name: another one in the database is then an error
 * @throws LogHalted when the key is not to be used
 */
export async function openLogKey(
  deps: { db: Queryable; clock: Clock; vault: Vault },
  { origin, fixed }: { origin: string; fixed: boolean },
): Promise<LogKey> {
  const row = (await sql.selectLogKey(deps.db)) ?? (await makeLogKey(deps, origin));
  if (fixed && row.origin !== origin)
    throw new LogHalted(
      `The transparency log is named "${row.origin}" and JINQIAO_LOG_ORIGIN says "${origin}": a log keeps its name, so set it back or leave it out.`,
    );
  let secret: Buffer;
  try {
    secret = deps.vault.openBytes(sealedAt(row.origin), row.sealed);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new LogHalted(
      `The key of the transparency log does not open: ${error.message} Start with the secrets file that this database was made with.`,
      { cause: error },
    );
  }
  const signer = await createNoteSigner(row.origin, signatureTypes.ed25519, secret);
  const verifierKey = formatVerifierKey(signer.key);
  if (verifierKey !== row.verifier_key)
    throw new LogHalted("The public key of the transparency log does not belong to its private key.");
  return { origin: row.origin, verifierKey, signer };
}

async function makeLogKey(
  { db, clock, vault }: { db: Queryable; clock: Clock; vault: Vault },
  origin: string,
): Promise<sql.LogKeyRow> {
  const secret = randomBytes(32);
  const { key } = await createNoteSigner(origin, signatureTypes.ed25519, secret);
  const sealed = vault.seal(sealedAt(origin), secret);
  await sql.insertLogKey(db, { origin, verifier_key: formatVerifierKey(key), sealed }, clock.now());
  // Another process may have been first.
  return (await sql.selectLogKey(db)) as sql.LogKeyRow;
}

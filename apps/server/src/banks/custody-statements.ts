import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { assert } from "../platform/errors.ts";
import { bankOf, type Deps } from "./context.ts";
import { insertStatementFile } from "./message-sql.ts";
import { readDay } from "./statements/camt053.ts";
import type { CustodyStatement } from "./types.ts";

/**
 * Fetches the closed day's statement of a custody account. The file is kept before it is read, so that one which
 * cannot be read can still be shown.
 * @returns null while the bank's day is open
 * @throws StatementError when the file is not a consistent statement of that account and day
 */
export async function custodyStatement(
  deps: Deps,
  bankId: string,
  currency: string,
  date: string,
): Promise<CustodyStatement | null> {
  const { config, connector } = bankOf(deps, bankId);
  const custody = config.custodyAccounts.find((account) => account.currency === currency);
  assert(custody !== undefined, "the currency has a custody account");
  const file = await connector.custodyStatement(custody, date);
  if (file === null) return null;
  const sha256 = createHash("sha256").update(file).digest("hex");
  const place = { table: "banks.statement_file", column: "xml_sealed", row: sha256 };
  await insertStatementFile(deps.db, {
    bankId,
    currency,
    date,
    sha256,
    xmlSealed: deps.vault.seal(place, gzipSync(file)),
    at: deps.clock.now(),
  });
  const wanted = { iban: custody.iban, currency, date };
  const day = await (connector.readCustodyStatement?.(file, wanted) ?? readDay(file, wanted));
  return { ...day, sha256 };
}

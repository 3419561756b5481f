import type { Engine } from "@jinqiao/server/engine";
import { formatReceipt, parseVerifierKey, verifyReceipt } from "@jinqiao/transparency";
import { median } from "./rounds.ts";

/**
 * Builds receipts of transfers all over the log and verifies each as its holder would: from the text of the file, with
 * the log's public key alone.
 * @returns medians in milliseconds, and how many transfers the log covers
 * @throws when a receipt does not verify
 */
export async function measureProofs(
  engine: Engine,
  receipts: number,
  signal: AbortSignal,
): Promise<{ proofMs: number | null; verifyMs: number | null; logSize: number }> {
  const { log } = engine.ledger;
  const size = await log.integrate();
  const trusted = { log: [parseVerifierKey((await log.keys()).key)] };
  const positions = Array.from({ length: receipts }, () => Math.floor(Math.random() * Number(size)));
  const transfers = await engine.db.query<{ id: string; code: string }>(
    `SELECT t.id, a.code FROM ledger.transfer t JOIN ledger.entry e ON e.position = t.position AND e.at = t.at AND e.leg = 2
       JOIN ledger.account a ON a.id = e.account_id WHERE t.position = ANY ($1)`,
    [positions],
  );
  const proofMs: number[] = [];
  const verifyMs: number[] = [];
  for (const { id, code } of transfers) {
    signal.throwIfAborted();
    const began = performance.now();
    const receipt = await log.receipt(id, [code]);
    const built = performance.now();
    const text = formatReceipt(receipt);
    const handed = performance.now();
    const verdict = await verifyReceipt(text, trusted);
    verifyMs.push(performance.now() - handed);
    proofMs.push(built - began);
    if (!verdict.ok)
      throw new Error(`The receipt of ${id} does not verify: ${verdict.problem}, ${verdict.detail}`);
  }
  return { proofMs: median(proofMs), verifyMs: median(verifyMs), logSize: Number(size) };
}

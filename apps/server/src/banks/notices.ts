import { createHash } from "node:crypto";
import { Refusal } from "../platform/errors.ts";
import { emit, event } from "../platform/events.ts";
import { bankOf, type Deps } from "./context.ts";
import { checkConsentJob } from "./job-drafts.ts";
import * as sql from "./message-sql.ts";
import { consentIdsAtBank } from "./sql.ts";

/** A notice is a few ids and a status; anything longer is not one. */
const maxNoticeBytes = 8_192;
/** Anybody can call this address: what is kept of one bank in an hour is bounded. */
const maxNoticesPerHour = 5_000;
const keptDays = 90;

/**
 * Takes in what a bank says unasked (NextGenPSD2 resource status notification service). It is kept as it came and
 * never believed: it only makes us ask the bank ourselves. A repeat asks for nothing more.
 * @throws Refusal `bank.not_found`, `request.invalid` when it is too long
 */
export async function receiveNotice(
  deps: Deps,
  bankId: string,
  body: Record<string, unknown>,
): Promise<void> {
  const { connector } = bankOf(deps, bankId);
  const text = JSON.stringify(body);
  if (Buffer.byteLength(text) > maxNoticeBytes || text.includes("\\u0000"))
    throw new Refusal("request.invalid", { fields: [{ field: "body", code: "field.too_long" }] });
  const about =
    connector.readNotice === undefined
      ? { bankPaymentId: body.paymentId, bankConsentId: body.consentId }
      : await connector.readNotice(body);
  if (about === null) {
    deps.logger.warn({ bankId }, "a notice that the bank did not sign was left alone");
    return;
  }
  const bankPaymentId = idOf(about.bankPaymentId);
  const bankConsentId = idOf(about.bankConsentId);
  const at = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    const order = bankPaymentId === null ? undefined : await sql.findOrderAtBank(tx, bankId, bankPaymentId);
    const consentIds = bankConsentId === null ? [] : await consentIdsAtBank(tx, bankId, bankConsentId);
    if (order === undefined && consentIds.length === 0) {
      const hourAgo = new Date(at.getTime() - 3_600_000);
      if ((await sql.countUnknownNotices(tx, bankId, hourAgo)) >= maxNoticesPerHour) return;
    }
    const sha256 = createHash("sha256").update(text).digest();
    if (
      !(await sql.insertNotice(tx, deps.vault, {
        bankId,
        sha256,
        body: text,
        bankPaymentId,
        bankConsentId,
        at,
      }))
    )
      return;
    await emit(
      tx,
      deps.subscriptions,
      order === undefined ? [] : [event("bank_payment.news", { bankId, reference: order.reference })],
      consentIds.map((id) => checkConsentJob(id)),
    );
  });
}

export async function deleteOldNotices(deps: Deps): Promise<void> {
  await sql.deleteOldNotices(deps.db, new Date(deps.clock.now().getTime() - keptDays * 86_400_000));
}

function idOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" && value.length <= 300 ? value : null;
}

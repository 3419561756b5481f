import type { Id } from "@jinqiao/money";
import type { Tx } from "../platform/db.ts";
import type { Core } from "./core.ts";

/** Ends every recovery of a customer that is under way, and says so where one had been announced. */
export async function endRecoveries(
  core: Pick<Core, "clock" | "messages">,
  tx: Tx,
  customerId: Id<"cus">,
): Promise<void> {
  const now = core.clock.now();
  const ended = await tx.query<{ opens_at: Date | null }>(
    "UPDATE identity.recovery SET over = true WHERE customer_id = $1 AND NOT over AND expires_at > $2 RETURNING opens_at",
    [customerId, now],
  );
  if (ended.some(({ opens_at }) => opens_at !== null))
    await core.messages.queue(tx, {
      to: { customerId },
      content: { kind: "notice.recovery_cancelled", at: now.toISOString() },
    });
}

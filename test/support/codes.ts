import type { Messages } from "../../apps/server/src/identity/index.ts";
import type { Db } from "../../apps/server/src/platform/db.ts";

/**
 * The newest code that was sent to an address or to a customer: what the person reads in their mail.
 * @throws when none was sent
 */
export async function codeSentTo(
  messages: Messages,
  recipient: { email: string } | { customerId: string } | { staffId: string },
): Promise<string> {
  const [key, value] = Object.entries(recipient)[0] as [string, string];
  for (const { to, content } of await messages.recent(50))
    if (content.kind === "code" && (to as Record<string, string>)[key] === value) return content.code;
  throw new Error(`no code was sent to ${value}`);
}

/** The code that went to the member of staff behind a sign-in that waits for it. */
export async function staffCode(messages: Messages, db: Db, signInId: string): Promise<string> {
  const [row] = await db.query<{ staff_id: string }>(
    "SELECT staff_id FROM identity.staff_sign_in WHERE id = $1",
    [signInId],
  );
  return codeSentTo(messages, { staffId: row?.staff_id ?? "nobody" });
}

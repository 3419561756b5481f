import type { Message, Messages } from "../../apps/server/src/identity/index.ts";
import type { Db } from "../../apps/server/src/platform/db.ts";

type Recipient = { email: string } | { customerId: string } | { staffId: string };

/**
 * The newest code that was sent to an address or to a customer: what the person reads in their mail.
 * @throws when none was sent
 */
export async function codeSentTo(messages: Messages, recipient: Recipient): Promise<string> {
  const [newest] = await codesSentTo(messages, recipient);
  if (newest === undefined) throw new Error(`no code was sent to ${Object.values(recipient)[0]}`);
  return newest.code;
}

/** Does what sends a code, and answers that code: also where the test's clock stands still and nothing is newest. */
export async function codeOf(
  messages: Messages,
  recipient: Recipient,
  send: () => Promise<unknown>,
): Promise<string> {
  const before = new Set((await codesSentTo(messages, recipient)).map(({ id }) => id));
  await send();
  const sent = (await codesSentTo(messages, recipient)).find(({ id }) => !before.has(id));
  if (sent === undefined) throw new Error(`no code was sent to ${Object.values(recipient)[0]}`);
  return sent.code;
}

/** The code that went to the member of staff behind a sign-in that waits for it. */
export async function staffCode(messages: Messages, db: Db, signInId: string): Promise<string> {
  const [row] = await db.query<{ staff_id: string }>(
    "SELECT staff_id FROM identity.staff_sign_in WHERE id = $1",
    [signInId],
  );
  return codeSentTo(messages, { staffId: row?.staff_id ?? "nobody" });
}

async function codesSentTo(
  messages: Messages,
  recipient: Recipient,
): Promise<{ id: Message["id"]; code: string }[]> {
  const [key, value] = Object.entries(recipient)[0] as [string, string];
  return (await messages.recent(50)).flatMap(({ id, to, content }) =>
    content.kind === "code" && (to as Record<string, string>)[key] === value
      ? [{ id, code: content.code }]
      : [],
  );
}

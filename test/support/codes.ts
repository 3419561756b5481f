import type { Messages } from "../../apps/server/src/identity/index.ts";

/**
 * The newest code that was sent to an address or to a customer: what the person reads in their mail.
 * @throws when none was sent
 */
export async function codeSentTo(
  messages: Messages,
  recipient: { email: string } | { customerId: string },
): Promise<string> {
  const [key, value] = Object.entries(recipient)[0] as [string, string];
  for (const { to, content } of await messages.recent(50))
    if (content.kind === "code" && (to as Record<string, string>)[key] === value) return content.code;
  throw new Error(`no code was sent to ${value}`);
}

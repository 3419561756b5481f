import { setTimeout as sleep } from "node:timers/promises";
import { type ApiClient, unwrap } from "./session.ts";

/** Reads the newest code that was sent to an address, as its owner would; `than` is the one read before. */
export type ReadCode = (email: string, than?: string) => Promise<string>;

type NewPerson = { email: string; password: string; displayName: string; locale: "zh" | "en" };

/** How long a code may be on its way, in steps of 100 ms. */
const maxLooks = 300;

/**
 * Reads codes in the outbox that a demo installation keeps instead of sending.
 * @throws Error when none came within half a minute
 */
export function outboxOf(api: ApiClient): ReadCode {
  return async (email, than) => {
    for (let look = 0; look < maxLooks; look += 1) {
      const query = { to: email, limit: 5 };
      const { items } = await unwrap(api.GET("/v1/development/messages", { params: { query } }));
      const code = items.find((message) => message.code !== null)?.code;
      if (code != null && code !== than) return code;
      await sleep(100);
    }
    throw new Error(`No code arrived for ${email}.`);
  };
}

/** Opens a wallet as a person does: an address, the code that is sent there, a name and a password. */
export async function openWallet(api: ApiClient, person: NewPerson, readCode: ReadCode) {
  const { email, locale, displayName, password } = person;
  const { signUpId } = await unwrap(api.POST("/v1/sign-ups", { body: { email, locale } }));
  const code = await readCode(email);
  return unwrap(api.POST("/v1/customers", { body: { signUpId, code, displayName, locale, password } }));
}

/** Signs a member of staff in to the console of a demo: password, and the code that is sent to their address. */
export async function signInStaff(
  api: ApiClient,
  { email, password }: { email: string; password: string },
  readCode: ReadCode,
): Promise<void> {
  const started = await unwrap(
    api.POST("/v1/console/sessions", { body: { kind: "password", email, password } }),
  );
  if (started.status === "signed_in") return;
  const { signInId } = started;
  const code = await readCode(email);
  const params = { path: { signInId } };
  await unwrap(api.POST("/v1/console/sign-ins/{signInId}/answers", { params, body: { code } }));
}

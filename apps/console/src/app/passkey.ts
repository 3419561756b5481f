import type { components } from "@jinqiao/contract/client";

type Assertion = components["schemas"]["PasskeyAssertion"];
type Registration = components["schemas"]["PasskeyRegistration"];

/** The person said no, took too long, or has no passkey here: browsers do not tell which. */
export class PasskeyCancelled extends Error {}

// Only pages that ask for a passkey need the library.
const library = () => import("@simplewebauthn/browser");

/** Asks the device to make a passkey. @throws PasskeyCancelled */
export async function createPasskey(options: unknown): Promise<Registration> {
  const { startRegistration } = await library();
  return ceremony(() => startRegistration({ optionsJSON: options as never })) as Promise<Registration>;
}

/** Asks the person for one of their passkeys. @throws PasskeyCancelled */
export async function askPasskey(options: unknown): Promise<Assertion> {
  const { startAuthentication } = await library();
  return ceremony(() => startAuthentication({ optionsJSON: options as never })) as Promise<Assertion>;
}

async function ceremony(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    throw new PasskeyCancelled("no passkey", { cause: error });
  }
}

import type { components } from "@jinqiao/contract/client";
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";

/** What the API takes of a passkey that was made, and of one that was used. */
export type PasskeyRegistration = components["schemas"]["PasskeyRegistration"];
export type PasskeyAssertion = components["schemas"]["PasskeyAssertion"];

/**
 * Why a passkey was not made or used. `cancelled`: the person said no, or took too long, or has none here; browsers
 * do not tell which, so that a site cannot find out what somebody owns. `exists`: this device holds one already.
 */
export type PasskeyFault = "cancelled" | "exists" | "failed";

/** A passkey ceremony that ended without a passkey; nothing was sent to the server. */
export class PasskeyError extends Error {
  readonly fault: PasskeyFault;
  constructor(fault: PasskeyFault, cause: unknown) {
    super(fault, { cause });
    this.name = "PasskeyError";
    this.fault = fault;
  }
}

// Only pages that ask for a passkey need the library.
const library = () => import("@simplewebauthn/browser");

/** Whether this browser knows passkeys at all (WebAuthn level 2, section 5.1). */
export function passkeysOffered(): boolean {
  return typeof globalThis.PublicKeyCredential === "function";
}

/** Asks the device to make a passkey. @throws PasskeyError */
export async function createPasskey(optionsJSON: object): Promise<PasskeyRegistration> {
  return ceremony(async ({ startRegistration }) =>
    plain(await startRegistration({ optionsJSON: optionsJSON as PublicKeyCredentialCreationOptionsJSON })),
  );
}

/**
 * Asks the person to confirm with one of their passkeys. An offer that still waits, or has yet to begin, gives way: the
 * browser runs one ceremony at a time, and the one that was asked for by a press is the one that counts.
 * @throws PasskeyError
 */
export async function askPasskey(optionsJSON: object): Promise<PasskeyAssertion> {
  offerWanted = false;
  return ceremony(async ({ startAuthentication }) =>
    plain(await startAuthentication({ optionsJSON: optionsJSON as PublicKeyCredentialRequestOptionsJSON })),
  );
}

/** False from the moment on which the person has chosen another way. */
let offerWanted = false;

/**
 * Offers passkeys in the list that the browser shows at the e-mail field, without a question of its own. Answers
 * undefined where the browser cannot, and when another ceremony or another page takes its place.
 * @param options asked for only where the browser offers this
 */
export async function offerPasskey<Options extends { options: object }>(
  options: () => Promise<Options>,
): Promise<{ begun: Options; credential: PasskeyAssertion } | undefined> {
  if (!passkeysOffered()) return undefined;
  offerWanted = true;
  const { browserSupportsWebAuthnAutofill, startAuthentication } = await library();
  if (!(await browserSupportsWebAuthnAutofill())) return undefined;
  try {
    const begun = await options();
    if (!offerWanted) return undefined;
    const credential = await startAuthentication({
      optionsJSON: begun.options as PublicKeyCredentialRequestOptionsJSON,
      useBrowserAutofill: true,
    });
    // Taken in the very moment in which the person pressed the button: the button's answer is the one that counts.
    if (!offerWanted) return undefined;
    return { begun, credential: plain(credential) };
  } catch {
    // The button and the password stand beside it: an offer that was not taken needs no words.
    return undefined;
  }
}

/** Ends an offer that still waits, so that it cannot answer on another page. */
export async function endPasskeyOffer(): Promise<void> {
  offerWanted = false;
  const { WebAuthnAbortService } = await library();
  WebAuthnAbortService.cancelCeremony();
}

/** The browser's type of extension results names the known ones; the API takes any. */
function plain<Credential extends { clientExtensionResults: object }>(
  credential: Credential,
): Omit<Credential, "clientExtensionResults"> & { clientExtensionResults: Record<string, unknown> } {
  const { clientExtensionResults, ...rest } = credential;
  return { ...rest, clientExtensionResults: { ...clientExtensionResults } };
}

async function ceremony<Credential>(
  run: (browser: Awaited<ReturnType<typeof library>>) => Promise<Credential>,
): Promise<Credential> {
  const browser = await library();
  try {
    return await run(browser).catch((error: unknown) => {
      // Only an offer that began in the same moment aborts a ceremony; it has ended by this, so the next one stands.
      if (error instanceof Error && error.name === "AbortError") return run(browser);
      throw error;
    });
  } catch (error) {
    throw new PasskeyError(faultOf(error), error);
  }
}

function faultOf(error: unknown): PasskeyFault {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "InvalidStateError") return "exists";
  return error.name === "NotAllowedError" || error.name === "AbortError" ? "cancelled" : "failed";
}

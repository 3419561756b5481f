import { askPasskey, type PasskeyAssertion, PasskeyError } from "../../app/passkey.ts";
import type { StepUp } from "./use-step-up.tsx";

/** What a browser with Secure Payment Confirmation (W3C) adds to its Payment Request. */
type SecurePaymentRequest = typeof PaymentRequest & {
  securePaymentConfirmationAvailability?: () => Promise<string>;
};

/**
 * Asks for the passkey's signature over the payment's digest. Where the browser offers Secure Payment Confirmation, it
 * shows amount and payee itself, so that not even this page could show another payment than the one that is signed.
 * @throws PasskeyError
 */
export async function askPayment(asked: StepUp): Promise<PasskeyAssertion> {
  if (asked.passkeyOptions === null) throw new PasskeyError("failed", undefined);
  if (asked.spc !== null && (await isOffered())) {
    const signed = await confirmSecurely(asked.spc).catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError")
        throw new PasskeyError("cancelled", error);
      // The browser has not kept these passkeys for payments: the plain question does the same.
      return undefined;
    });
    if (signed !== undefined) return signed;
  }
  return askPasskey(asked.passkeyOptions);
}

async function isOffered(): Promise<boolean> {
  if (typeof PaymentRequest !== "function") return false;
  const { securePaymentConfirmationAvailability } = PaymentRequest as SecurePaymentRequest;
  return (await securePaymentConfirmationAvailability?.call(PaymentRequest).catch(() => "")) === "available";
}

async function confirmSecurely(spc: NonNullable<StepUp["spc"]>): Promise<PasskeyAssertion | undefined> {
  const { amount, currency } = spc.amount;
  const data = {
    action: "authenticate",
    credentialIds: spc.credentialIds.map(bytesOf),
    challenge: bytesOf(spc.challenge),
    rpId: spc.rpId,
    payeeName: spc.payeeName,
    instrument: {
      displayName: "Jinqiao 金桥",
      icon: `${location.origin}/favicon.svg`,
      iconMustBeShown: false,
    },
    timeout: 300_000,
  };
  const request = new PaymentRequest([{ supportedMethods: "secure-payment-confirmation", data }], {
    total: { label: spc.payeeName, amount: { value: amount, currency } },
  });
  if (!(await request.canMakePayment())) return undefined;
  const response = await request.show();
  const credential = response.details as PublicKeyCredential;
  await response.complete("success");
  const { clientDataJSON, authenticatorData, signature, userHandle } =
    credential.response as AuthenticatorAssertionResponse;
  return {
    id: credential.id,
    rawId: credential.id,
    type: "public-key",
    response: {
      clientDataJSON: textOf(clientDataJSON),
      authenticatorData: textOf(authenticatorData),
      signature: textOf(signature),
      ...(userHandle ? { userHandle: textOf(userHandle) } : {}),
    },
    clientExtensionResults: {},
  };
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}

function textOf(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

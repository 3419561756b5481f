import type { PasskeyAssertion } from "@jinqiao/contract";
import type { Money } from "@jinqiao/money";

/** Where codes can be sent, as it is shown. */
export type CodeChannel = { channel: "email" | "sms"; masked: string };

/** Request options of Web Authentication, as the contract carries them. */
export type PasskeyRequest = {
  challenge: string;
  rpId?: string;
  timeout?: number;
  allowCredentials?: { id: string; type: "public-key"; transports?: string[] }[];
  userVerification?: string;
};

/** What a Secure Payment Confirmation must show: the browser signs it together with the challenge. */
export type PaymentShown = { payeeName: string; amount: Money };

/** What the confirmation of payments needs of the customer's other credentials. */
export type StepUpFactors = {
  channels(customerId: string): Promise<CodeChannel[]>;
  passkeys: {
    /** Options for signing exactly this challenge; null when the customer has no passkey. */
    options(customerId: string, challenge: Buffer): Promise<PasskeyRequest | null>;
    /** Whether a passkey of the customer signed the challenge, with user verification. */
    isSigned(
      customerId: string,
      credential: PasskeyAssertion,
      expected: { challenge: Buffer; payment: PaymentShown },
    ): Promise<boolean>;
  };
  totp: {
    isSet(customerId: string): Promise<boolean>;
    /** Judges a code of the customer's authenticator app; each works once. */
    check(customerId: string, code: string): Promise<boolean>;
  };
};

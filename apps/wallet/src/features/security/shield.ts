import type { Security } from "./queries.ts";

/** Things that protect a wallet, the most useful first. */
export const protections = ["passkey", "recovery", "phone", "phrase", "pin"] as const;
export type Protection = (typeof protections)[number];

/** The page that sets a protection up. */
export const pageOf = {
  passkey: "/security/passkeys",
  recovery: "/security/recovery-codes",
  phone: "/security/phone",
  phrase: "/notices",
  pin: "/security/pin",
} as const satisfies Record<Protection, string>;

/** Which protections a wallet has. */
export function isSet(security: Security, protection: Protection): boolean {
  switch (protection) {
    case "passkey":
      return security.passkeys.length > 0;
    case "recovery":
      return security.recoveryCodesLeft > 0;
    case "phone":
      return security.phone !== null;
    case "phrase":
      return security.phraseSet;
    case "pin":
      return security.pinSet;
  }
}

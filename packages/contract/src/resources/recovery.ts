import { z } from "zod";
import { idOf, instant, locale } from "../common.ts";
import { route } from "../route.ts";
import {
  email,
  linkToken,
  newPassword,
  PasskeyCreationOptions,
  PasskeyRegistration,
  password,
} from "./credentials-schemas.ts";
import { SignedIn } from "./sign-in.ts";

const proofKind = z.enum(["email", "sms", "totp", "recovery_code", "password"]);

/**
 * A recovery as everybody sees it who knows its id: `proving` until two proofs are given, `waiting` until it opens,
 * `open` until it is finished or over. An address that nobody has gives one that looks alike and is never proved.
 */
export const Recovery = z
  .object({
    id: idOf("rcv"),
    status: z.enum(["proving", "waiting", "open"]),
    /** What may be offered as proof; the same for everybody, so that it tells nothing of an address. */
    proofs: z.array(proofKind),
    /** What is proved already. */
    proved: z.array(proofKind),
    /** When it opens, once two proofs are given. */
    opensAt: instant.nullable(),
    expiresAt: instant,
  })
  .meta({ id: "Recovery" });
export type Recovery = z.infer<typeof Recovery>;

const params = z.object({ recoveryId: idOf("rcv") });

export const startRecovery = route({
  id: "startRecovery",
  method: "POST",
  path: "/v1/recoveries",
  tag: "Recovery",
  audience: "public",
  summary: "Begin to get back into a wallet",
  status: 202,
  response: Recovery,
  body: z.strictObject({ email, locale }),
  errors: [],
});
export const getRecovery = route({
  id: "getRecovery",
  method: "GET",
  path: "/v1/recoveries/{recoveryId}",
  tag: "Recovery",
  audience: "public",
  summary: "How far a recovery is",
  status: 200,
  response: Recovery,
  params,
  errors: ["identity.recovery_over"],
});
export const sendRecoveryCode = route({
  id: "sendRecoveryCode",
  method: "POST",
  path: "/v1/recoveries/{recoveryId}/codes",
  tag: "Recovery",
  audience: "public",
  summary: "Send a code as proof; where nobody is known, none is sent and the answer is the same",
  status: 202,
  response: z.object({ expiresAt: instant }),
  params,
  body: z.strictObject({ channel: z.enum(["email", "sms"]) }),
  errors: ["identity.recovery_over", "identity.recovery_proof_repeated"],
});
export const proveRecovery = route({
  id: "proveRecovery",
  method: "POST",
  path: "/v1/recoveries/{recoveryId}/proofs",
  tag: "Recovery",
  audience: "public",
  summary: "Give one of the two proofs",
  status: 201,
  response: Recovery,
  params,
  body: z.strictObject({ kind: proofKind, value: password }),
  errors: [
    "identity.recovery_over",
    "identity.recovery_proof_repeated",
    "identity.code_invalid",
    "identity.code_tries_used",
  ],
});
export const getRecoveryPasskeyOptions = route({
  id: "getRecoveryPasskeyOptions",
  method: "POST",
  path: "/v1/recoveries/{recoveryId}/passkey-options",
  tag: "Recovery",
  audience: "public",
  summary: "What the browser needs to make the new passkey of an open recovery",
  status: 200,
  response: PasskeyCreationOptions,
  params,
  errors: ["identity.recovery_over", "identity.recovery_not_open"],
});
export const finishRecovery = route({
  id: "finishRecovery",
  method: "POST",
  path: "/v1/recoveries/{recoveryId}/finish",
  tag: "Recovery",
  audience: "public",
  summary: "Set a new password or passkey and sign in; everything signed in before ends",
  status: 201,
  response: SignedIn,
  params,
  body: z.strictObject({ password: newPassword.optional(), passkey: PasskeyRegistration.optional() }),
  errors: [
    "identity.recovery_over",
    "identity.recovery_not_open",
    "identity.credential_missing",
    "identity.passkey_invalid",
    "identity.passkey_known",
    "freeze.sign_in",
  ],
});
export const cancelRecovery = route({
  id: "cancelRecovery",
  method: "POST",
  path: "/v1/recovery-cancellations",
  tag: "Recovery",
  audience: "public",
  summary: "Stop a recovery with the token of its notice",
  status: 204,
  body: z.strictObject({ token: linkToken }),
  errors: ["identity.link_over"],
});

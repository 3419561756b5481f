import { z } from "zod";
import { idOf, instant } from "../common.ts";
import { route } from "../route.ts";
import {
  factorCode,
  label,
  newPassword,
  PasskeyAssertion,
  PasskeyCreationOptions,
  PasskeyRegistration,
  PasskeyRequestOptions,
  phone,
  sixDigits,
} from "./credentials-schemas.ts";
import { SecondFactor } from "./sign-in.ts";

export const Passkey = z
  .object({
    id: idOf("psk"),
    name: z.string(),
    createdAt: instant,
    lastUsedAt: instant.nullable(),
    /** True: it is kept on several devices of the person; false: it is lost with its one device. */
    backedUp: z.boolean(),
  })
  .meta({ id: "Passkey" });
export type Passkey = z.infer<typeof Passkey>;

/** How a wallet is protected. */
export const Security = z
  .object({
    email: z.string(),
    phone: z.string().nullable(),
    passkeys: z.array(Passkey),
    passwordChangedAt: instant.nullable(),
    totpAddedAt: instant.nullable(),
    recoveryCodesLeft: z.number().int(),
    pinSet: z.boolean(),
    hardwareTokens: z.number().int(),
    phraseSet: z.boolean(),
    devices: z.number().int(),
    frozen: z.array(z.enum(["payments", "sign_in", "card"])),
    /** Until then the change of security settings needs no new confirmation; null: it needs one. */
    confirmedUntil: instant.nullable(),
  })
  .meta({ id: "Security", description: "E-mail address and phone number are masked." });
export type Security = z.infer<typeof Security>;

const needsConfirmation = ["identity.reauthentication_needed"] as const;

export const getSecurity = route({
  id: "getSecurity",
  method: "GET",
  path: "/v1/me/security",
  tag: "Security",
  audience: "customer",
  summary: "How the wallet is protected",
  status: 200,
  response: Security,
  errors: [],
});
export const startReauthentication = route({
  id: "startReauthentication",
  method: "POST",
  path: "/v1/me/reauthentications",
  tag: "Security",
  audience: "customer",
  summary: "Begin to confirm who is at the screen",
  status: 201,
  response: z.object({
    id: idOf("rea"),
    methods: z.array(SecondFactor),
    /** Null: the person has no passkey. */
    passkeyOptions: PasskeyRequestOptions.nullable(),
    expiresAt: instant,
  }),
  errors: [],
});
export const sendReauthenticationCode = route({
  id: "sendReauthenticationCode",
  method: "POST",
  path: "/v1/me/reauthentications/{reauthenticationId}/codes",
  tag: "Security",
  audience: "customer",
  summary: "Send a code that confirms",
  status: 202,
  response: z.object({ expiresAt: instant }),
  params: z.object({ reauthenticationId: idOf("rea") }),
  body: z.strictObject({ channel: z.enum(["email", "sms"]) }),
  errors: ["identity.reauthentication_over", "identity.method_unavailable"],
});
export const answerReauthentication = route({
  id: "answerReauthentication",
  method: "POST",
  path: "/v1/me/reauthentications/{reauthenticationId}/answers",
  tag: "Security",
  audience: "customer",
  summary: "Confirm; the session gets a new token",
  status: 204,
  params: z.object({ reauthenticationId: idOf("rea") }),
  body: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("passkey"), credential: PasskeyAssertion }),
    z.strictObject({ kind: SecondFactor.shape.kind, code: factorCode }),
  ]),
  errors: [
    "identity.reauthentication_over",
    "identity.method_unavailable",
    "identity.code_invalid",
    "identity.code_tries_used",
    "identity.passkey_invalid",
  ],
});
export const getPasskeyOptions = route({
  id: "getPasskeyOptions",
  method: "POST",
  path: "/v1/me/passkeys/options",
  tag: "Security",
  audience: "customer",
  summary: "What the browser needs to make another passkey",
  status: 200,
  response: PasskeyCreationOptions,
  errors: [...needsConfirmation, "identity.too_many_passkeys"],
});
export const addPasskey = route({
  id: "addPasskey",
  method: "POST",
  path: "/v1/me/passkeys",
  tag: "Security",
  audience: "customer",
  summary: "Add a passkey",
  status: 201,
  response: Passkey,
  body: z.strictObject({ name: label, credential: PasskeyRegistration }),
  errors: [
    ...needsConfirmation,
    "identity.passkey_invalid",
    "identity.passkey_known",
    "identity.too_many_passkeys",
  ],
});
export const renamePasskey = route({
  id: "renamePasskey",
  method: "PATCH",
  path: "/v1/me/passkeys/{passkeyId}",
  tag: "Security",
  audience: "customer",
  summary: "Name a passkey",
  status: 200,
  response: Passkey,
  params: z.object({ passkeyId: idOf("psk") }),
  body: z.strictObject({ name: label }),
  errors: [],
});
export const removePasskey = route({
  id: "removePasskey",
  method: "DELETE",
  path: "/v1/me/passkeys/{passkeyId}",
  tag: "Security",
  audience: "customer",
  summary: "Remove a passkey",
  status: 204,
  params: z.object({ passkeyId: idOf("psk") }),
  errors: [...needsConfirmation, "identity.last_way_in"],
});
export const setPassword = route({
  id: "setPassword",
  method: "POST",
  path: "/v1/me/password",
  tag: "Security",
  audience: "customer",
  summary: "Set or change the password; every other device is signed out",
  status: 204,
  body: z.strictObject({ password: newPassword }),
  errors: needsConfirmation,
});
export const startTotp = route({
  id: "startTotp",
  method: "POST",
  path: "/v1/me/totp",
  tag: "Security",
  audience: "customer",
  summary: "Begin to set up an authenticator app",
  status: 201,
  response: z.object({ secret: z.string(), uri: z.string(), expiresAt: instant }),
  errors: [...needsConfirmation, "identity.totp_exists"],
});
export const confirmTotp = route({
  id: "confirmTotp",
  method: "POST",
  path: "/v1/me/totp/confirm",
  tag: "Security",
  audience: "customer",
  summary: "Confirm the authenticator app with a first code",
  status: 204,
  body: z.strictObject({ code: sixDigits }),
  errors: [
    ...needsConfirmation,
    "identity.totp_not_started",
    "identity.totp_exists",
    "identity.code_invalid",
    "identity.code_tries_used",
  ],
});
export const removeTotp = route({
  id: "removeTotp",
  method: "DELETE",
  path: "/v1/me/totp",
  tag: "Security",
  audience: "customer",
  summary: "Remove the authenticator app",
  status: 204,
  errors: needsConfirmation,
});
export const startPhone = route({
  id: "startPhone",
  method: "POST",
  path: "/v1/me/phone",
  tag: "Security",
  audience: "customer",
  summary: "Send a code to a phone number that is to be added",
  status: 202,
  response: z.object({ expiresAt: instant }),
  body: z.strictObject({ phone }),
  errors: needsConfirmation,
});
export const confirmPhone = route({
  id: "confirmPhone",
  method: "POST",
  path: "/v1/me/phone/confirm",
  tag: "Security",
  audience: "customer",
  summary: "Add the phone number with the code that it received",
  status: 204,
  body: z.strictObject({ phone, code: sixDigits }),
  errors: [...needsConfirmation, "identity.code_invalid", "identity.code_tries_used"],
});
export const makeRecoveryCodes = route({
  id: "makeRecoveryCodes",
  method: "POST",
  path: "/v1/me/recovery-codes",
  tag: "Security",
  audience: "customer",
  summary: "Make ten recovery codes, shown once; older ones no longer work",
  status: 201,
  response: z.object({ codes: z.array(z.string()) }),
  errors: needsConfirmation,
});

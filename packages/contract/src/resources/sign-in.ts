import { z } from "zod";
import { idOf, instant, locale } from "../common.ts";
import { route } from "../route.ts";
import {
  displayName,
  email,
  factorCode,
  newPassword,
  PasskeyAssertion,
  PasskeyCreationOptions,
  PasskeyRegistration,
  PasskeyRequestOptions,
  password,
  sixDigits,
} from "./credentials-schemas.ts";
import { Customer } from "./identity.ts";

export type {
  PasskeyAssertion,
  PasskeyCreationOptions,
  PasskeyRegistration,
  PasskeyRequestOptions,
} from "./credentials-schemas.ts";

/** A way to prove again who somebody is; `masked` says where a code goes, as `l***@example.com`. */
export const SecondFactor = z
  .object({
    kind: z.enum(["email", "sms", "totp", "recovery_code", "hardware_token"]),
    masked: z.string().optional(),
  })
  .meta({ id: "SecondFactor" });
export type SecondFactor = z.infer<typeof SecondFactor>;

/** How long what was begun can be finished, and under which id. */
export const StartedSignUp = z
  .object({ signUpId: idOf("sup"), expiresAt: instant })
  .meta({ id: "StartedSignUp" });

export const SignUpRequest = z
  .strictObject({
    signUpId: idOf("sup"),
    code: sixDigits,
    displayName,
    locale,
    password: newPassword.optional(),
    passkey: PasskeyRegistration.optional(),
  })
  .meta({ id: "SignUpRequest", description: "At least one of password and passkey." });

export const SignInRequest = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("passkey"), signInId: idOf("sin"), credential: PasskeyAssertion }),
    z.strictObject({ kind: z.literal("password"), email, password }),
  ])
  .meta({ id: "SignInRequest" });

export const SignedIn = z
  .object({ status: z.literal("signed_in"), customer: Customer })
  .meta({ id: "SignedIn" });
export const SecondFactorNeeded = z
  .object({
    status: z.literal("second_factor_needed"),
    signInId: idOf("sin"),
    methods: z.array(SecondFactor),
    expiresAt: instant,
  })
  .meta({ id: "SecondFactorNeeded" });
export const SignInAnswer = z
  .discriminatedUnion("status", [SignedIn, SecondFactorNeeded])
  .meta({ id: "SignInAnswer" });

export const startSignUp = route({
  id: "startSignUp",
  method: "POST",
  path: "/v1/sign-ups",
  tag: "Identity",
  audience: "public",
  summary: "Begin to open a wallet: a code goes to the address",
  status: 202,
  response: StartedSignUp,
  body: z.strictObject({ email, locale }),
  errors: [],
});
export const getSignUpPasskeyOptions = route({
  id: "getSignUpPasskeyOptions",
  method: "POST",
  path: "/v1/sign-ups/{signUpId}/passkey-options",
  tag: "Identity",
  audience: "public",
  summary: "What the browser needs to make the new wallet's passkey",
  status: 200,
  response: PasskeyCreationOptions,
  params: z.object({ signUpId: idOf("sup") }),
  body: z.strictObject({ code: sixDigits, displayName }),
  errors: ["identity.sign_up_over", "identity.code_invalid", "identity.code_tries_used"],
});
export const signUp = route({
  id: "signUp",
  method: "POST",
  path: "/v1/customers",
  tag: "Identity",
  audience: "public",
  summary: "Open a wallet and sign in",
  status: 201,
  response: Customer,
  body: SignUpRequest,
  errors: [
    "identity.sign_up_over",
    "identity.code_invalid",
    "identity.code_tries_used",
    "identity.credential_missing",
    "identity.passkey_invalid",
    "identity.passkey_known",
    "identity.email_taken",
  ],
});
export const signIn = route({
  id: "signIn",
  method: "POST",
  path: "/v1/sessions",
  tag: "Identity",
  audience: "public",
  summary: "Sign in by passkey, or begin with the password",
  status: 201,
  response: SignInAnswer,
  body: SignInRequest,
  errors: ["identity.credentials_invalid", "identity.passkey_invalid", "freeze.sign_in"],
});
export const startPasskeySignIn = route({
  id: "startPasskeySignIn",
  method: "POST",
  path: "/v1/passkey-sign-ins",
  tag: "Identity",
  audience: "public",
  summary: "What the browser needs to sign in with a passkey",
  status: 201,
  response: z.object({ signInId: idOf("sin"), options: PasskeyRequestOptions, expiresAt: instant }),
  errors: [],
});
export const sendSignInCode = route({
  id: "sendSignInCode",
  method: "POST",
  path: "/v1/sign-ins/{signInId}/codes",
  tag: "Identity",
  audience: "public",
  summary: "Send the code that is the second factor",
  status: 202,
  response: z.object({ expiresAt: instant }),
  params: z.object({ signInId: idOf("sin") }),
  body: z.strictObject({ channel: z.enum(["email", "sms"]) }),
  errors: ["identity.sign_in_over", "identity.method_unavailable"],
});
export const answerSignIn = route({
  id: "answerSignIn",
  method: "POST",
  path: "/v1/sign-ins/{signInId}/answers",
  tag: "Identity",
  audience: "public",
  summary: "Give the second factor",
  status: 201,
  response: SignedIn,
  params: z.object({ signInId: idOf("sin") }),
  body: z.strictObject({ kind: SecondFactor.shape.kind, code: factorCode }),
  errors: [
    "identity.sign_in_over",
    "identity.method_unavailable",
    "identity.code_invalid",
    "identity.code_tries_used",
    "freeze.sign_in",
  ],
});

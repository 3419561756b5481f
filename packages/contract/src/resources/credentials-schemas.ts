import { z } from "zod";

export const email = z.email("field.email").max(254, "field.too_long").meta({ example: "lin@example.com" });
/** NIST SP 800-63B, section 3.1.1.2: length matters, composition rules do not. */
export const newPassword = z.string().min(10, "field.password_short").max(200, "field.too_long");
export const password = z.string().min(1, "field.required").max(200, "field.too_long");
export const displayName = z.string().trim().min(1, "field.required").max(60, "field.too_long");
/** A name that a person gives to a device or passkey. */
export const label = z
  .string()
  .trim()
  .min(1, "field.required")
  .max(60, "field.too_long")
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, "field.invalid");

/** Six digits of a message or an authenticator app. */
export const sixDigits = z
  .string()
  .trim()
  .regex(/^\d{6}$/, "field.code");
/** What answers a question for a factor: six or eight digits, or a recovery code in any spacing. */
export const factorCode = z.string().trim().min(6, "field.code").max(40, "field.too_long");
/** E.164 (ITU-T): plus, country code, number. */
export const phone = z
  .string()
  .trim()
  .regex(/^\+[1-9]\d{6,14}$/, "field.phone")
  .meta({ example: "+8613800000000" });
/** 256 random bits in base64url. */
export const linkToken = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "field.invalid");

const base64url = (max: number) =>
  z
    .string()
    .max(max, "field.too_long")
    .regex(/^[A-Za-z0-9_-]+$/, "field.invalid");
const transports = z.array(z.string().max(20)).max(8);

/** Source: Web Authentication Level 3 (W3C), section 5.1, RegistrationResponseJSON. Other members are ignored. */
export const PasskeyRegistration = z
  .object({
    id: base64url(1_400),
    rawId: base64url(1_400),
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: base64url(4_000),
      attestationObject: base64url(16_000),
      transports: transports.optional(),
    }),
    authenticatorAttachment: z.enum(["platform", "cross-platform"]).nullish(),
    clientExtensionResults: z.record(z.string().max(40), z.unknown()),
  })
  .meta({ id: "PasskeyRegistration", description: "RegistrationResponseJSON of Web Authentication." });
export type PasskeyRegistration = z.infer<typeof PasskeyRegistration>;

/** Source: Web Authentication Level 3 (W3C), section 5.1, AuthenticationResponseJSON. Other members are ignored. */
export const PasskeyAssertion = z
  .object({
    id: base64url(1_400),
    rawId: base64url(1_400),
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: base64url(4_000),
      authenticatorData: base64url(4_000),
      signature: base64url(2_000),
      userHandle: base64url(200).nullish(),
    }),
    authenticatorAttachment: z.enum(["platform", "cross-platform"]).nullish(),
    clientExtensionResults: z.record(z.string().max(40), z.unknown()),
  })
  .meta({ id: "PasskeyAssertion", description: "AuthenticationResponseJSON of Web Authentication." });
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>;

const descriptor = z.object({
  id: z.string(),
  type: z.literal("public-key"),
  transports: z.array(z.string()).optional(),
});

/** Source: Web Authentication Level 3 (W3C), section 5.1, PublicKeyCredentialCreationOptionsJSON. */
export const PasskeyCreationOptions = z
  .object({
    rp: z.object({ id: z.string().optional(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.number().int() })),
    timeout: z.number().int().optional(),
    excludeCredentials: z.array(descriptor).optional(),
    authenticatorSelection: z
      .object({
        authenticatorAttachment: z.string().optional(),
        residentKey: z.string().optional(),
        requireResidentKey: z.boolean().optional(),
        userVerification: z.string().optional(),
      })
      .optional(),
    attestation: z.string().optional(),
    hints: z.array(z.string()).optional(),
    extensions: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({
    id: "PasskeyCreationOptions",
    description: "PublicKeyCredentialCreationOptionsJSON of Web Authentication.",
  });

export type PasskeyCreationOptions = z.infer<typeof PasskeyCreationOptions>;

/** Source: Web Authentication Level 3 (W3C), section 5.1, PublicKeyCredentialRequestOptionsJSON. */
export const PasskeyRequestOptions = z
  .object({
    challenge: z.string(),
    timeout: z.number().int().optional(),
    rpId: z.string().optional(),
    allowCredentials: z.array(descriptor).optional(),
    userVerification: z.string().optional(),
    hints: z.array(z.string()).optional(),
    extensions: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({
    id: "PasskeyRequestOptions",
    description: "PublicKeyCredentialRequestOptionsJSON of Web Authentication.",
  });
export type PasskeyRequestOptions = z.infer<typeof PasskeyRequestOptions>;

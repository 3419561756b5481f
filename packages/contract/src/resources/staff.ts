import { z } from "zod";
import { idOf, instant, listOf, note } from "../common.ts";
import { permissions, StaffRole } from "../permissions.ts";
import { route } from "../route.ts";
import { Proposal } from "./approvals.ts";
import { Passkey } from "./credentials.ts";
import {
  displayName,
  email,
  label,
  linkToken,
  PasskeyAssertion,
  PasskeyCreationOptions,
  PasskeyRegistration,
  PasskeyRequestOptions,
  password,
  sixDigits,
} from "./credentials-schemas.ts";

export const Staff = z
  .object({
    id: idOf("stf"),
    email,
    displayName,
    role: StaffRole,
    permissions: z.array(z.enum(permissions)).describe("What the role may do."),
    passkeyNeeded: z
      .boolean()
      .describe("True: this session is for registering a first passkey and for nothing else."),
  })
  .meta({ id: "Staff" });
export type Staff = z.infer<typeof Staff>;

export const StaffSignInAnswer = z
  .discriminatedUnion("status", [
    z.object({ status: z.literal("signed_in"), staff: Staff }),
    z.object({
      status: z.literal("second_factor_needed"),
      signInId: idOf("sin"),
      masked: z.string().describe("Where the code went."),
      expiresAt: instant,
    }),
  ])
  .meta({ id: "StaffSignInAnswer" });

export const getStaffSignInWays = route({
  id: "getStaffSignInWays",
  method: "GET",
  path: "/v1/console/sign-in-ways",
  tag: "Console",
  audience: "public",
  summary: "How staff sign in here",
  status: 200,
  response: z.object({
    password: z
      .boolean()
      .describe(
        "True in a demo alone: a password with a code from the mail signs in. Otherwise it only lets somebody without a passkey register the first one.",
      ),
  }),
  errors: [],
});
export const startStaffPasskeySignIn = route({
  id: "startStaffPasskeySignIn",
  method: "POST",
  path: "/v1/console/passkey-sign-ins",
  tag: "Console",
  audience: "public",
  summary: "Begin to sign in to the console with a passkey",
  status: 201,
  response: z.object({ signInId: idOf("sin"), options: PasskeyRequestOptions }),
  errors: [],
});
export const staffSignIn = route({
  id: "staffSignIn",
  method: "POST",
  path: "/v1/console/sessions",
  tag: "Console",
  audience: "public",
  summary: "Sign in to the console with a passkey, or begin with a password",
  status: 201,
  response: StaffSignInAnswer,
  body: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("passkey"), signInId: idOf("sin"), credential: PasskeyAssertion }),
    z.strictObject({ kind: z.literal("password"), email, password }),
  ]),
  errors: ["identity.credentials_invalid", "identity.passkey_invalid"],
});
export const answerStaffSignIn = route({
  id: "answerStaffSignIn",
  method: "POST",
  path: "/v1/console/sign-ins/{signInId}/answers",
  tag: "Console",
  audience: "public",
  summary: "Give the code that was sent to the address of a member of staff",
  params: z.object({ signInId: z.string() }),
  body: z.strictObject({ code: sixDigits }),
  status: 201,
  response: StaffSignInAnswer,
  errors: [
    "identity.sign_in_over",
    "identity.code_invalid",
    "identity.code_tries_used",
    "staff.passkey_needed",
  ],
});
export const acceptStaffInvitation = route({
  id: "acceptStaffInvitation",
  method: "POST",
  path: "/v1/console/invitations",
  tag: "Console",
  audience: "public",
  summary: "Begin as an invited member of staff with the token from the mail; works once",
  body: z.strictObject({ token: linkToken }),
  status: 201,
  response: Staff,
  errors: ["identity.link_over"],
});
export const staffSignOut = route({
  id: "staffSignOut",
  method: "DELETE",
  path: "/v1/console/sessions/current",
  tag: "Console",
  audience: "staff",
  permission: "self",
  summary: "Sign out of the console",
  status: 204,
  errors: [],
});
export const getStaffMe = route({
  id: "getStaffMe",
  method: "GET",
  path: "/v1/console/me",
  tag: "Console",
  audience: "staff",
  permission: "self",
  summary: "Who is signed in to the console",
  status: 200,
  response: Staff,
  errors: [],
});
export const listStaffPasskeys = route({
  id: "listStaffPasskeys",
  method: "GET",
  path: "/v1/console/me/passkeys",
  tag: "Console",
  audience: "staff",
  permission: "self",
  summary: "One's own passkeys",
  status: 200,
  response: listOf(Passkey),
  errors: [],
});
export const startStaffPasskey = route({
  id: "startStaffPasskey",
  method: "POST",
  path: "/v1/console/me/passkeys/options",
  tag: "Console",
  audience: "staff",
  permission: "self",
  summary: "What the browser needs to make a passkey",
  status: 200,
  response: PasskeyCreationOptions,
  errors: [],
});
export const addStaffPasskey = route({
  id: "addStaffPasskey",
  method: "POST",
  path: "/v1/console/me/passkeys",
  tag: "Console",
  audience: "staff",
  permission: "self",
  summary: "Register a passkey",
  body: z.strictObject({ name: label, credential: PasskeyRegistration }),
  status: 201,
  response: Passkey,
  errors: ["identity.passkey_invalid", "identity.passkey_known", "identity.too_many_passkeys"],
});
export const removeStaffPasskey = route({
  id: "removeStaffPasskey",
  method: "DELETE",
  path: "/v1/console/me/passkeys/{passkeyId}",
  tag: "Console",
  audience: "staff",
  permission: "self",
  summary: "Remove one of one's own passkeys; not the last",
  params: z.object({ passkeyId: z.string() }),
  status: 204,
  errors: ["staff.last_passkey"],
});

export const StaffMember = z
  .object({
    id: idOf("stf"),
    email: z.string(),
    displayName: z.string(),
    role: StaffRole,
    passkeys: z.number().int(),
    lastSeenAt: instant.nullable(),
    leftAt: instant.nullable(),
  })
  .meta({ id: "StaffMember" });
export type StaffMember = z.infer<typeof StaffMember>;

export const listStaff = route({
  id: "listStaff",
  method: "GET",
  path: "/v1/console/staff",
  tag: "Console",
  audience: "staff",
  permission: "staff.read",
  summary: "Members of staff with their roles",
  status: 200,
  response: listOf(StaffMember),
  errors: [],
});
const reason = note.min(5, "field.required");
const proposalErrors = ["staff.proposal_exists"] as const;
export const proposeStaffMember = route({
  id: "proposeStaffMember",
  method: "POST",
  path: "/v1/console/staff",
  tag: "Console",
  audience: "staff",
  permission: "staff.change",
  summary: "Propose a new member of staff; invited when a second person approves",
  body: z.strictObject({ email, displayName, role: StaffRole, reason }),
  status: 202,
  response: Proposal,
  errors: [...proposalErrors, "staff.email_taken"],
});
export const proposeStaffRole = route({
  id: "proposeStaffRole",
  method: "POST",
  path: "/v1/console/staff/{staffId}/role-proposals",
  tag: "Console",
  audience: "staff",
  permission: "staff.change",
  summary: "Propose another role, or that somebody leaves (role null); done when a second person approves",
  params: z.object({ staffId: z.string() }),
  body: z.strictObject({ role: StaffRole.nullable(), reason }),
  status: 202,
  response: Proposal,
  errors: proposalErrors,
});

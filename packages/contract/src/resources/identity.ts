import { z } from "zod";
import { idOf, instant, locale } from "../common.ts";
import { route } from "../route.ts";
import { displayName, email, newPassword, password } from "./credentials-schemas.ts";

export const Customer = z
  .object({ id: idOf("cus"), email, displayName, locale, createdAt: instant })
  .meta({ id: "Customer" });
export type Customer = z.infer<typeof Customer>;

export const Staff = z
  .object({ id: idOf("stf"), email, displayName, role: z.enum(["operations", "viewer"]) })
  .meta({ id: "Staff" });
export type Staff = z.infer<typeof Staff>;

export const signUp = route({
  id: "signUp",
  method: "POST",
  path: "/v1/customers",
  tag: "Identity",
  audience: "public",
  summary: "Open a wallet and sign in",
  status: 201,
  response: Customer,
  body: z.strictObject({ email, password: newPassword, displayName, locale }),
  errors: ["identity.email_taken"],
});
export const signIn = route({
  id: "signIn",
  method: "POST",
  path: "/v1/sessions",
  tag: "Identity",
  audience: "public",
  summary: "Sign in",
  status: 201,
  response: Customer,
  body: z.strictObject({ email, password }),
  errors: ["identity.credentials_invalid"],
});
export const signOut = route({
  id: "signOut",
  method: "DELETE",
  path: "/v1/sessions/current",
  tag: "Identity",
  audience: "customer",
  summary: "Sign out",
  status: 204,
  errors: [],
});
export const getMe = route({
  id: "getMe",
  method: "GET",
  path: "/v1/me",
  tag: "Identity",
  audience: "customer",
  summary: "Who is signed in",
  status: 200,
  response: Customer,
  errors: [],
});
export const updateMe = route({
  id: "updateMe",
  method: "PATCH",
  path: "/v1/me",
  tag: "Identity",
  audience: "customer",
  summary: "Change name or language",
  status: 200,
  response: Customer,
  body: z.strictObject({ displayName: displayName.optional(), locale: locale.optional() }),
  errors: [],
});
export const staffSignIn = route({
  id: "staffSignIn",
  method: "POST",
  path: "/v1/console/sessions",
  tag: "Console",
  audience: "public",
  summary: "Sign in to the console",
  status: 201,
  response: Staff,
  body: z.strictObject({ email, password }),
  errors: ["identity.credentials_invalid"],
});
export const staffSignOut = route({
  id: "staffSignOut",
  method: "DELETE",
  path: "/v1/console/sessions/current",
  tag: "Console",
  audience: "staff",
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
  summary: "Who is signed in to the console",
  status: 200,
  response: Staff,
  errors: [],
});

import { z } from "zod";
import { idOf, instant, locale } from "../common.ts";
import { route } from "../route.ts";
import { displayName, email } from "./credentials-schemas.ts";

export const Customer = z
  .object({ id: idOf("cus"), email, displayName, locale, createdAt: instant })
  .meta({ id: "Customer" });
export type Customer = z.infer<typeof Customer>;

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

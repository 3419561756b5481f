import { z } from "zod";
import { idOf, instant } from "../common.ts";
import { route } from "../route.ts";
import { label, linkToken } from "./credentials-schemas.ts";

/** A browser in which the customer signed in. */
export const Device = z
  .object({
    id: idOf("dev"),
    name: z.string(),
    firstSeenAt: instant,
    lastSeenAt: instant,
    /** The one that asks. */
    current: z.boolean(),
    signedIn: z.boolean(),
    /** Until then the password alone is enough here, because a second factor was given; null: it is not. */
    trustedUntil: instant.nullable(),
  })
  .meta({ id: "Device" });
export type Device = z.infer<typeof Device>;

export const listDevices = route({
  id: "listDevices",
  method: "GET",
  path: "/v1/me/devices",
  tag: "Security",
  audience: "customer",
  summary: "Devices in which the customer signed in",
  status: 200,
  response: z.object({ items: z.array(Device) }),
  errors: [],
});
export const renameDevice = route({
  id: "renameDevice",
  method: "PATCH",
  path: "/v1/me/devices/{deviceId}",
  tag: "Security",
  audience: "customer",
  summary: "Name a device",
  status: 200,
  response: Device,
  params: z.object({ deviceId: idOf("dev") }),
  body: z.strictObject({ name: label }),
  errors: [],
});
export const removeDevice = route({
  id: "removeDevice",
  method: "DELETE",
  path: "/v1/me/devices/{deviceId}",
  tag: "Security",
  audience: "customer",
  summary: "Sign a device out and trust it no longer",
  status: 204,
  params: z.object({ deviceId: idOf("dev") }),
  errors: [],
});
export const signOutEverywhere = route({
  id: "signOutEverywhere",
  method: "DELETE",
  path: "/v1/me/sessions",
  tag: "Security",
  audience: "customer",
  summary: "Sign out every other device and trust none of them",
  status: 204,
  errors: [],
});
export const notMe = route({
  id: "notMe",
  method: "POST",
  path: "/v1/not-me",
  tag: "Security",
  audience: "public",
  summary: "This was not me: freezes payments and signing in at once, and signs out every device",
  status: 204,
  body: z.strictObject({ token: linkToken }),
  errors: ["identity.link_over"],
});

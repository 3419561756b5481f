import { type components, unwrap } from "@jinqiao/contract/client";
import { queryOptions } from "@tanstack/react-query";
import { api, queryClient } from "../../api.ts";

type Schemas = components["schemas"];
export type Security = Schemas["Security"];
export type Passkey = Schemas["Passkey"];
export type Device = Schemas["Device"];
export type Freeze = Schemas["Freeze"];
export type DataAccess = Schemas["DataAccess"];

export const securityQuery = queryOptions({
  queryKey: ["security"],
  queryFn: () => unwrap(api.GET("/v1/me/security")),
});
export const devicesQuery = queryOptions({
  queryKey: ["security", "devices"],
  queryFn: async () => (await unwrap(api.GET("/v1/me/devices"))).items,
});
export const freezesQuery = queryOptions({
  queryKey: ["security", "freezes"],
  queryFn: async () => (await unwrap(api.GET("/v1/me/freezes"))).items,
});
export const dataAccessQuery = queryOptions({
  queryKey: ["security", "data-access"],
  queryFn: async () => (await unwrap(api.GET("/v1/me/data-access"))).items,
});

/** Reads everything about security anew, after something of it was changed. */
export function refreshSecurity(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["security"] });
}

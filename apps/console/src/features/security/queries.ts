import { type components, unwrap } from "@jinqiao/contract/client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

export type SecurityStatus = components["schemas"]["SecurityStatus"];
export type SecurityReport = NonNullable<SecurityStatus["lastRun"]>;
export type Finding = SecurityReport["findings"][number];

export const securityQuery = queryOptions({
  queryKey: ["security"],
  queryFn: ({ signal }) => unwrap(api.GET("/v1/console/security", { signal })),
});

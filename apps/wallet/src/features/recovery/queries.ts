import { type components, unwrap } from "@jinqiao/contract/client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

export type Recovery = components["schemas"]["Recovery"];

/** A recovery as far as it is. Asked again while it is shown: it opens by the clock alone. */
export const recoveryQuery = (recoveryId: string) =>
  queryOptions({
    queryKey: ["recovery", recoveryId],
    queryFn: () => unwrap(api.GET("/v1/recoveries/{recoveryId}", { params: { path: { recoveryId } } })),
    refetchInterval: 20_000,
  });

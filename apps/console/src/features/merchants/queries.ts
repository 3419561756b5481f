import { type components, unwrap } from "@jinqiao/contract/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";
import type { MerchantSearch } from "./merchant-search.ts";

export type ConsoleMerchant = components["schemas"]["ConsoleMerchant"];
export type FeePlan = components["schemas"]["FeePlan"];

export const merchantsQuery = (search: MerchantSearch) =>
  infiniteQueryOptions({
    queryKey: ["merchants", "list", search],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/merchants", {
          params: { query: { limit: 50, ...search, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

export const merchantQuery = (merchantId: string) =>
  queryOptions({
    queryKey: ["merchants", "one", merchantId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/merchants/{merchantId}", { params: { path: { merchantId } }, signal })),
  });

export const feePlansQuery = queryOptions({
  queryKey: ["merchants", "plans"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/console/fee-plans", { signal }))).items,
});

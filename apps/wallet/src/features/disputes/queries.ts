import { type components, unwrap } from "@jinqiao/contract/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, queryClient } from "../../api.ts";

type Schemas = components["schemas"];
export type PurchaseDispute = Schemas["PurchaseDispute"];
export type EvidenceFile = Schemas["EvidenceFile"];
export type DisputeOptions = Schemas["DisputeOptions"];

/** Largest file that the server takes, in bytes, and how many of them. */
export const maxFileBytes = 5 * 1024 * 1024;
export const maxFiles = 10;
export const acceptedTypes = "application/pdf,image/png,image/jpeg";

/** Whether a purchase can be disputed, or already is. */
export const disputeOptionsQuery = (paymentId: string) =>
  queryOptions({
    queryKey: ["disputes", "options", paymentId],
    queryFn: () =>
      unwrap(api.GET("/v1/payments/{paymentId}/dispute-options", { params: { path: { paymentId } } })),
  });
export const disputeQuery = (disputeId: string) =>
  queryOptions({
    queryKey: ["disputes", "one", disputeId],
    queryFn: () => unwrap(api.GET("/v1/purchase-disputes/{disputeId}", { params: { path: { disputeId } } })),
  });
export const disputesQuery = infiniteQueryOptions({
  queryKey: ["disputes", "list"],
  queryFn: ({ pageParam }) =>
    unwrap(
      api.GET("/v1/purchase-disputes", {
        params: { query: { limit: 20, ...(pageParam === null ? {} : { cursor: pageParam }) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.nextCursor,
});

/** Sends one file as it is. @throws ApiError */
export async function addFile(disputeId: string, file: File): Promise<void> {
  await unwrap(
    api.POST("/v1/purchase-disputes/{disputeId}/files", {
      params: { path: { disputeId }, query: { name: file.name.slice(-120) } },
      // The client's types call bytes text; the file goes out as it is.
      body: file as unknown as string,
      bodySerializer: (body) => body,
      headers: { "content-type": "application/octet-stream" },
    }),
  );
}

/** Everything that shows disputes, or money that came by one, is read anew. */
export async function refreshDisputes(): Promise<void> {
  await Promise.all(
    [["disputes"], ["payments"], ["balances"]].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
  );
}

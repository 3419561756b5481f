import type { DisputeStatus } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, scopedKey } from "../app/api.ts";

const pageSize = 30;
export const acceptedTypes = "application/pdf,image/png,image/jpeg";

export const disputesQuery = (status: DisputeStatus | undefined) =>
  infiniteQueryOptions({
    queryKey: scopedKey("disputes", "list", status ?? ""),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/disputes", {
          params: {
            query: { limit: pageSize, ...(status && { status }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

export const disputeQuery = (disputeId: string) =>
  queryOptions({
    queryKey: scopedKey("disputes", "one", disputeId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/disputes/{disputeId}", { params: { path: { disputeId }, query: {} }, signal })),
  });

/** Sends one file as it is. @throws ApiError */
export async function addFile(disputeId: string, file: File): Promise<void> {
  await unwrap(
    api.POST("/v1/disputes/{disputeId}/files", {
      params: { path: { disputeId }, query: { name: file.name.slice(-120) } },
      // The client's types call bytes text; the file goes out as it is.
      body: file as unknown as string,
      bodySerializer: (body) => body,
      headers: { "content-type": "application/octet-stream" },
    }),
  );
}

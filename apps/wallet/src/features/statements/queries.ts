import { unwrap } from "@jinqiao/contract/client";
import type { Language } from "@jinqiao/ui";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

/** Which statement: the days are those of the time zone. */
export type StatementQuery = { currency: string; from: string; to: string; timeZone: string };

export type StatementFormat = "pdf" | "csv" | "json";

export const summaryQuery = (query: StatementQuery) =>
  queryOptions({
    queryKey: ["statements", "summary", query],
    queryFn: () => unwrap(api.GET("/v1/wallet/statements/summary", { params: { query } })),
  });

export const linesQuery = (query: StatementQuery, language: Language) =>
  infiniteQueryOptions({
    queryKey: ["statements", "lines", query, language],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/v1/wallet/statements/lines", {
          params: {
            query: { ...query, language, limit: 25, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

/** Fetches a statement and hands it to the browser as a file. @throws ApiError, as every question to the API */
export async function downloadStatement(
  query: StatementQuery,
  language: Language,
  format: StatementFormat,
): Promise<void> {
  const asked = api.GET("/v1/wallet/statements", {
    params: { query: { ...query, language, format } },
    parseAs: "blob",
  });
  const file = await unwrap(asked);
  const { response } = await asked;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = nameIn(response.headers.get("content-disposition")) ?? `statement.${format}`;
  link.click();
  // The browser takes hold of the file a moment after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The name in any script (RFC 6266, `filename*`). */
function nameIn(disposition: string | null): string | undefined {
  const encoded = /filename\*=UTF-8''([^;]+)/.exec(disposition ?? "")?.[1];
  return encoded === undefined ? undefined : decodeURIComponent(encoded);
}

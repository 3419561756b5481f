import { type components, type paths, unwrap } from "@jinqiao/contract/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, queryClient } from "../../api.ts";

type Schemas = components["schemas"];
export type StatementImport = Schemas["StatementImport"];
export type StatementPreview = Schemas["StatementPreview"];
export type ImportedAccount = Schemas["ImportedAccount"];
export type ImportedLine = Schemas["ImportedLine"];

/** Largest file that the server takes, in bytes. */
export const maxFileBytes = 20 * 1024 * 1024;

/** What some files leave open. */
export type Answers = NonNullable<paths["/v1/statement-imports"]["post"]["parameters"]["query"]>;

export const importsQuery = queryOptions({
  queryKey: ["imports"],
  queryFn: async () => (await unwrap(api.GET("/v1/statement-imports"))).items,
});
export const importQuery = (importId: string) =>
  queryOptions({
    queryKey: ["imports", importId],
    queryFn: () => unwrap(api.GET("/v1/statement-imports/{importId}", { params: { path: { importId } } })),
  });
export const importedAccountsQuery = queryOptions({
  queryKey: ["imported-accounts"],
  queryFn: async () => (await unwrap(api.GET("/v1/imported-accounts"))).items,
});
export const importedAccountQuery = (accountId: string) =>
  queryOptions({
    queryKey: ["imported-accounts", accountId],
    queryFn: () => unwrap(api.GET("/v1/imported-accounts/{accountId}", { params: { path: { accountId } } })),
  });
export const importedTransactionsQuery = (accountId: string) =>
  infiniteQueryOptions({
    queryKey: ["imported-accounts", accountId, "transactions"],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/v1/imported-accounts/{accountId}/transactions", {
          params: {
            path: { accountId },
            query: { limit: 25, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

/** Sends the file as it is; nothing is kept before the customer says so. @throws ApiError */
export async function readFile(file: File, answers: Answers): Promise<StatementImport> {
  const read = await unwrap(
    api.POST("/v1/statement-imports", {
      params: { query: answers },
      // The client's types call bytes text; the file goes out as it is.
      body: file as unknown as string,
      bodySerializer: (body) => body,
      headers: { "content-type": "application/octet-stream" },
    }),
  );
  queryClient.setQueryData(importQuery(read.id).queryKey, read);
  return read;
}

/** Everything that shows imports is read anew. */
export async function refreshImports(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["imports"] }),
    queryClient.invalidateQueries({ queryKey: ["imported-accounts"] }),
  ]);
}

import { ApiError, type components, createApiClient, unwrap } from "@jinqiao/contract/client";
import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";

type Schemas = components["schemas"];
export type Balance = Schemas["Balance"];
export type Bank = Schemas["Bank"];
export type BankBinding = Schemas["BankBinding"];
export type BankTransaction = Schemas["BankTransaction"];
export type Consent = Schemas["Consent"];
export type Customer = Schemas["Customer"];
export type Limit = Schemas["Limit"];
export type LinkedAccount = Schemas["LinkedAccount"];
export type Payee = Schemas["Payee"];
export type Payment = Schemas["Payment"];
export type PaymentRoute = Schemas["PaymentRoute"];
export type Receipt = Schemas["Receipt"];

export const api = createApiClient({ baseUrl: globalThis.location?.origin ?? "" });

/** Calls `onSignedOut` when an answer says that the session has ended. Without a session before, nothing has ended. */
export function watchSession(onSignedOut: () => void): void {
  api.use({
    onResponse({ response, schemaPath }) {
      if (response.status !== 401 || schemaPath === "/v1/sessions") return;
      if (queryClient.getQueryData(meQuery.queryKey) !== undefined) onSignedOut();
    },
  });
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal stays a refusal: only what the catalogue calls retryable is asked again, twice.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.problem.retryable,
    },
  },
});

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => unwrap(api.GET("/v1/me")),
  staleTime: 60_000,
});
export const balancesQuery = queryOptions({
  queryKey: ["balances"],
  queryFn: async () => (await unwrap(api.GET("/v1/balances"))).items,
});
export const limitsQuery = queryOptions({
  queryKey: ["limits"],
  queryFn: async () => (await unwrap(api.GET("/v1/limits"))).items,
});
/** Asked again while it is shown: whether a bank takes orders changes without an event. */
export const banksQuery = queryOptions({
  queryKey: ["banks"],
  queryFn: async () => (await unwrap(api.GET("/v1/banks"))).items,
  refetchInterval: 30_000,
});
/** Whether the customer's name is the one the bank has for the account. */
export const payeeVerificationQuery = (linkedAccountId: string) =>
  queryOptions({
    queryKey: ["payee-verification", linkedAccountId],
    queryFn: () => unwrap(api.POST("/v1/payee-verifications", { body: { linkedAccountId } })),
    staleTime: 60_000,
  });
/** A card that is being linked. */
export const bankBindingQuery = (bindingId: string) =>
  queryOptions({
    queryKey: ["bank-binding", bindingId],
    queryFn: () => unwrap(api.GET("/v1/bank-bindings/{bindingId}", { params: { path: { bindingId } } })),
  });
export const consentsQuery = queryOptions({
  queryKey: ["consents"],
  queryFn: async () => (await unwrap(api.GET("/v1/consents"))).items,
});
export const consentQuery = (consentId: string) =>
  queryOptions({
    queryKey: ["consents", consentId],
    queryFn: () => unwrap(api.GET("/v1/consents/{consentId}", { params: { path: { consentId } } })),
  });
export const linkedAccountsQuery = queryOptions({
  queryKey: ["linked-accounts"],
  queryFn: async () => (await unwrap(api.GET("/v1/linked-accounts"))).items,
});
export const linkedAccountQuery = (accountId: string) =>
  queryOptions({
    queryKey: ["linked-accounts", accountId],
    queryFn: () => unwrap(api.GET("/v1/linked-accounts/{accountId}", { params: { path: { accountId } } })),
  });
export const transactionsQuery = (accountId: string) =>
  infiniteQueryOptions({
    queryKey: ["linked-accounts", accountId, "transactions"],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/v1/linked-accounts/{accountId}/transactions", {
          params: {
            path: { accountId },
            query: { limit: 25, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export type PaymentFilter = {
  kind?: Payment["kind"] | undefined;
  status?: Payment["status"] | undefined;
  currency?: string | undefined;
};
export const paymentsQuery = (filter: PaymentFilter = {}, limit = 25) =>
  infiniteQueryOptions({
    queryKey: ["payments", filter, limit],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/v1/payments", {
          params: { query: { ...filter, limit, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
export const paymentQuery = (paymentId: string) =>
  queryOptions({
    queryKey: ["payments", "one", paymentId],
    queryFn: () => unwrap(api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } })),
  });
export const recentPayeesQuery = queryOptions({
  queryKey: ["recent-payees"],
  queryFn: async () => (await unwrap(api.GET("/v1/recent-payees"))).items,
});
/** Keys of the transparency log, as this server shows them to everybody. */
export const logKeyQuery = queryOptions({
  queryKey: ["log-key"],
  queryFn: () => unwrap(api.GET("/log/key")),
  staleTime: 60_000,
});

import type { SettlementStatement } from "@jinqiao/contract";
import type { paths } from "@jinqiao/contract/client";
import { unwrap } from "@jinqiao/contract/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, scopedKey } from "./app/api.ts";

/**
 * Everything the portal asks of the API, as query options. Every key names the merchant and the mode first (see
 * `scopedKey`), so these are functions: the choice is read when a page is drawn.
 */
const pageSize = 30;

type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Q } } }
  ? Omit<NonNullable<Q>, "cursor" | "limit">
  : never;
export type PaymentFilter = Query<"/v1/payment_intents">;
export type TransactionFilter = Query<"/v1/balance_transactions">;
type TakingsQuery = Query<"/v1/takings">;
export type TakingsSpan = Omit<TakingsQuery, "currency"> & { currency: string };

const paging = {
  initialPageParam: "",
  getNextPageParam: (last: { nextCursor: string | null }) => last.nextCursor ?? undefined,
};
const pageOf = (cursor: string) => ({ limit: pageSize, ...(cursor !== "" && { cursor }) });

export const profileQuery = () =>
  queryOptions({
    queryKey: scopedKey("profile"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/merchant", { signal })),
  });

export const balanceQuery = () =>
  queryOptions({
    queryKey: scopedKey("balance"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/balance", { signal })),
  });

export const takingsQuery = (query: TakingsSpan) =>
  queryOptions({
    queryKey: scopedKey("takings", query),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/takings", { params: { query: query as TakingsQuery }, signal })),
  });

export const paymentsQuery = (filter: PaymentFilter) =>
  infiniteQueryOptions({
    queryKey: scopedKey("payments", "list", filter),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/payment_intents", { params: { query: { ...filter, ...pageOf(pageParam) } }, signal }),
      ),
    ...paging,
  });

export const paymentQuery = (paymentIntentId: string) =>
  queryOptions({
    queryKey: scopedKey("payments", paymentIntentId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/payment_intents/{paymentIntentId}", { params: { path: { paymentIntentId } }, signal }),
      ),
  });

export const refundsQuery = (paymentIntent: string) =>
  queryOptions({
    queryKey: scopedKey("payments", paymentIntent, "refunds"),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/refunds", { params: { query: { paymentIntent, limit: 100 } }, signal })),
  });

/** The dynamic code of a payment that waits to be paid. */
export const paymentCodeQuery = (paymentIntentId: string) =>
  queryOptions({
    queryKey: scopedKey("payments", paymentIntentId, "code"),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/payment_intents/{paymentIntentId}/code", {
          params: { path: { paymentIntentId } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const transactionsQuery = (filter: TransactionFilter) =>
  infiniteQueryOptions({
    queryKey: scopedKey("transactions", filter),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/balance_transactions", {
          params: { query: { ...filter, ...pageOf(pageParam) } },
          signal,
        }),
      ),
    ...paging,
  });

export const storesQuery = () =>
  queryOptions({
    queryKey: scopedKey("stores"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/stores", { params: { query: { limit: 100 } }, signal })),
  });

export const membersQuery = () =>
  queryOptions({
    queryKey: scopedKey("members"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/merchant/members", { signal })),
  });

export const settlementAccountsQuery = () =>
  queryOptions({
    queryKey: scopedKey("settlement-accounts"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/settlement_accounts", { signal })),
  });

export const feePlanQuery = () =>
  queryOptions({
    queryKey: scopedKey("fee-plan"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/fee_plan", { signal })),
  });

export const choicesQuery = queryOptions({
  queryKey: ["merchant-choices"],
  queryFn: () => unwrap(api.GET("/v1/merchant-choices")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const codesQuery = () =>
  infiniteQueryOptions({
    queryKey: scopedKey("codes"),
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/v1/codes", { params: { query: pageOf(pageParam) }, signal })),
    ...paging,
  });

export const keysQuery = () =>
  queryOptions({
    queryKey: scopedKey("keys"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/api_keys", { params: { query: { limit: 100 } }, signal })),
  });

/** Events of one object, newest first. */
export const eventsOfQuery = (objectId: string) =>
  queryOptions({
    queryKey: scopedKey("events", "of", objectId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/merchant_events", { params: { query: { objectId, limit: 50 } }, signal })),
  });

export const eventsQuery = (type: EventFilter["type"]) =>
  infiniteQueryOptions({
    queryKey: scopedKey("events", "list", type),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/merchant_events", {
          params: { query: { ...(type && { type }), ...pageOf(pageParam) } },
          signal,
        }),
      ),
    ...paging,
  });
export type EventFilter = Query<"/v1/merchant_events">;

export const eventQuery = (eventId: string) =>
  queryOptions({
    queryKey: scopedKey("events", eventId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/merchant_events/{eventId}", { params: { path: { eventId } }, signal })),
  });

export const deliveriesOfEventQuery = (eventId: string) =>
  queryOptions({
    queryKey: scopedKey("deliveries", "of", eventId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/webhook_deliveries", { params: { query: { eventId, limit: 20 } }, signal })),
  });

export const deliveriesQuery = (filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: scopedKey("deliveries", "list", filter),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/webhook_deliveries", { params: { query: { ...filter, ...pageOf(pageParam) } }, signal }),
      ),
    ...paging,
  });
export type DeliveryFilter = Query<"/v1/webhook_deliveries">;

export const deliveryQuery = (webhookDeliveryId: string) =>
  queryOptions({
    queryKey: scopedKey("deliveries", webhookDeliveryId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/webhook_deliveries/{webhookDeliveryId}", {
          params: { path: { webhookDeliveryId } },
          signal,
        }),
      ),
  });

export const endpointsQuery = () =>
  queryOptions({
    queryKey: scopedKey("endpoints"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/webhook_endpoints", { signal })),
  });

export const endpointQuery = (webhookEndpointId: string) =>
  queryOptions({
    queryKey: scopedKey("endpoints", webhookEndpointId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/webhook_endpoints/{webhookEndpointId}", {
          params: { path: { webhookEndpointId } },
          signal,
        }),
      ),
  });

export type RequestFilter = Query<"/v1/request_log">;
export const requestsQuery = (filter: RequestFilter) =>
  infiniteQueryOptions({
    queryKey: scopedKey("requests", filter),
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/v1/request_log", { params: { query: { ...filter, ...pageOf(pageParam) } }, signal })),
    ...paging,
  });

export type PayoutFilter = Query<"/v1/payouts">;
export const payoutsQuery = (filter: PayoutFilter) =>
  infiniteQueryOptions({
    queryKey: scopedKey("payouts", "list", filter),
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/v1/payouts", { params: { query: { ...filter, ...pageOf(pageParam) } }, signal })),
    ...paging,
  });

export const payoutQuery = (payoutId: string) =>
  queryOptions({
    queryKey: scopedKey("payouts", payoutId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/payouts/{payoutId}", { params: { path: { payoutId } }, signal })),
  });

/** Every line of a payout, in the language on screen. */
export const payoutStatementQuery = (payoutId: string, language: "en" | "zh") =>
  queryOptions({
    queryKey: scopedKey("payouts", payoutId, "statement", language),
    // The route may also answer files, so that its type is none of the three.
    queryFn: async ({ signal }) =>
      (await unwrap(
        api.GET("/v1/payouts/{payoutId}/statement", {
          params: { path: { payoutId }, query: { format: "json", language } },
          signal,
        }),
      )) as SettlementStatement,
  });

export const payoutScheduleQuery = () =>
  queryOptions({
    queryKey: scopedKey("payouts", "schedule"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/payout_schedule", { signal })),
  });

export const documentsQuery = () =>
  queryOptions({
    queryKey: scopedKey("documents"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/merchant/documents", { signal })),
  });

export const checkoutSettingsQuery = () =>
  queryOptions({
    queryKey: scopedKey("checkout-settings"),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/checkout_settings", { signal })),
  });

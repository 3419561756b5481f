import { ApiError, type components, unwrap } from "@jinqiao/contract/client";
import { queryOptions } from "@tanstack/react-query";
import { api, meQuery, paymentQuery } from "../../api.ts";

export type Payable = components["schemas"]["Payable"];
export type Checkout = components["schemas"]["Checkout"];

/** How often an open page asks where a payment stands: a person waits for it. */
const askAgainMs = 2_000;

const ended = new Set<Payable["status"]>(["succeeded", "canceled", "requires_capture"]);
export const isOver = (payable: Payable): boolean => ended.has(payable.status);

/** What is to be paid at a link. Asked again while it may change, also when the network was away meanwhile. */
export const payableQuery = (token: string) =>
  queryOptions({
    queryKey: ["payables", token],
    queryFn: () => unwrap(api.GET("/v1/payables/{token}", { params: { path: { token } } })),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      (state.data && isOver(state.data)) || isMissing(state.error) ? false : askAgainMs,
  });

/** What a shop's checkout shows; asked again until it is over. */
export const checkoutQuery = (token: string) =>
  queryOptions({
    queryKey: ["checkouts", token],
    queryFn: () => unwrap(api.GET("/v1/checkouts/{token}", { params: { path: { token } } })),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      (state.data && state.data.status !== "open") || isMissing(state.error) ? false : askAgainMs,
  });

/** Who is signed in; null for nobody, which is no error here. */
export const whoQuery = queryOptions({
  queryKey: ["who"],
  queryFn: async ({ client }) => {
    try {
      return await client.fetchQuery({ ...meQuery, staleTime: 0 });
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) return null;
      throw error;
    }
  },
  staleTime: 15_000,
});

/** The top-up that brings the money of a purchase, watched until the bank has spoken. */
export const bringingQuery = (paymentId: string) =>
  queryOptions({
    ...paymentQuery(paymentId),
    refetchInterval: ({ state }) =>
      state.data &&
      (state.data.credited || ["settled", "rejected", "cancelled", "expired"].includes(state.data.status))
        ? false
        : askAgainMs,
  });

export const isMissing = (error: unknown): boolean =>
  error instanceof ApiError && ["request.not_found", "request.invalid"].includes(error.problem.code);

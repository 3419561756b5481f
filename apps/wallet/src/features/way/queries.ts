import { unwrap } from "@jinqiao/contract/client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

/** Fee, arrival and way of a payment as it would go now. */
export const paymentRouteQuery = (
  kind: "top_up" | "withdrawal",
  linkedAccountId: string,
  amount: { amount: string; currency: string },
) =>
  queryOptions({
    queryKey: ["payment-route", kind, linkedAccountId, amount],
    queryFn: () =>
      unwrap(api.POST("/v1/payment-routes", { body: { kind, linkedAccountId, amount: amount as never } })),
    staleTime: 15_000,
  });
/** From which linked account a top-up goes best. */
export const topUpRecommendationQuery = (amount: { amount: string; currency: string }) =>
  queryOptions({
    queryKey: ["top-up-recommendation", amount],
    queryFn: () => unwrap(api.POST("/v1/top-up-recommendations", { body: { amount: amount as never } })),
    staleTime: 15_000,
  });

import { type components, unwrap } from "@jinqiao/contract/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

export type Notice = components["schemas"]["Notice"];
export type NotificationSettings = components["schemas"]["NotificationSettings"];

/** Notices, newest first; each page tells how many are unread in all. */
export const noticesQuery = infiniteQueryOptions({
  queryKey: ["notices", "list"],
  queryFn: ({ pageParam }) =>
    unwrap(
      api.GET("/v1/me/notices", {
        params: { query: { limit: 20, ...(pageParam === null ? {} : { cursor: pageParam }) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.nextCursor,
});
/** How many notices are unread, for the mark on the bell. */
export const unreadQuery = queryOptions({
  queryKey: ["notices", "unread"],
  queryFn: async () => (await unwrap(api.GET("/v1/me/notices", { params: { query: { limit: 1 } } }))).unread,
});
export const notificationSettingsQuery = queryOptions({
  queryKey: ["notification-settings"],
  queryFn: () => unwrap(api.GET("/v1/me/notification-settings")),
});
export const pushKeyQuery = queryOptions({
  queryKey: ["push-key"],
  queryFn: async () => (await unwrap(api.GET("/v1/push-key"))).publicKey,
  staleTime: Number.POSITIVE_INFINITY,
});

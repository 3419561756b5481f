import type { Break, ConsolePayment, Payment } from "@jinqiao/contract";
import { createApiClient, unwrap } from "@jinqiao/contract/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

/**
 * Everything the console asks of the API, as query options. The first part of a key names the kind of record, so
 * that a live event can mark all answers of that kind as out of date (see app/live.tsx).
 */
export const api = createApiClient({ baseUrl: "" });

export type Status = Payment["status"];
export type Kind = Payment["kind"];
export type Action = Break["actions"][number];
export type WireMoney = Payment["amount"];
export type LedgerTransfer = ConsolePayment["transfers"][number];
export type LedgerHold = ConsolePayment["holds"][number];
export type BankMessage = ConsolePayment["bankMessages"][number];

export type PaymentFilter = { status?: Status | undefined; kind?: Kind | undefined; q?: string | undefined };

const pageSize = 50;
/** The largest page the API gives; the overview counts within it and says "100+" beyond. */
export const countLimit = 100;

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => unwrap(api.GET("/v1/console/me")),
  retry: false,
  staleTime: 5 * 60_000,
});

/** Whether a password signs staff in here, which only demos allow. */
export const signInWaysQuery = queryOptions({
  queryKey: ["sign-in-ways"],
  queryFn: () => unwrap(api.GET("/v1/console/sign-in-ways")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const paymentsQuery = (filter: PaymentFilter) =>
  infiniteQueryOptions({
    queryKey: ["payments", "list", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/payments", {
          params: {
            query: { ...dropEmpty(filter), limit: pageSize, ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

/** The newest payments of one status, as many as one page holds. */
export const paymentsOfStatusQuery = (status: Status) =>
  queryOptions({
    queryKey: ["payments", "count", status],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/payments", { params: { query: { status, limit: countLimit } }, signal })),
  });

export const paymentQuery = (paymentId: string) =>
  queryOptions({
    queryKey: ["payments", "one", paymentId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/payments/{paymentId}", { params: { path: { paymentId } }, signal })),
  });

export const trialBalanceQuery = queryOptions({
  queryKey: ["trial-balance"],
  queryFn: ({ signal }) => unwrap(api.GET("/v1/console/trial-balance", { signal })),
});

/** One account of the books; `at` is the last moment that counts. */
export type LedgerAccountChoice = { account: string; currency: string; at?: string | undefined };

export const ledgerAccountQuery = ({ account, currency, at }: LedgerAccountChoice) =>
  queryOptions({
    queryKey: ["trial-balance", "account", account, currency, at ?? ""],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/console/ledger-account", {
          params: { query: { account, currency, ...(at && { at }) } },
          signal,
        }),
      ),
  });

export const ledgerEntriesQuery = ({ account, currency, at }: LedgerAccountChoice) =>
  infiniteQueryOptions({
    queryKey: ["trial-balance", "entries", account, currency, at ?? ""],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/ledger-entries", {
          params: {
            query: {
              account,
              currency,
              limit: pageSize,
              // The API leaves out the moment itself, and the books know no smaller step than a millisecond.
              ...(at && { before: new Date(Date.parse(at) + 1).toISOString() }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

export const statementsQuery = (date: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["statements", "list", date ?? ""],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/statements", {
          params: {
            query: { limit: pageSize, ...(date && { date }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

export const latestStatementsQuery = queryOptions({
  queryKey: ["statements", "latest"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/v1/console/statements", { params: { query: { limit: 5 } }, signal })),
});

export const statementQuery = (statementId: string) =>
  queryOptions({
    queryKey: ["statements", "one", statementId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/statements/{statementId}", { params: { path: { statementId } }, signal })),
  });

/** Open ones are listed by age, so that what is overdue comes first; others by when they were found. */
export const breaksQuery = (status: "open" | "closed" | undefined) =>
  infiniteQueryOptions({
    queryKey: ["breaks", "list", status ?? ""],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/breaks", {
          params: {
            query: {
              limit: pageSize,
              order: status === "open" ? ("oldest" as const) : ("newest" as const),
              ...(status && { status }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

/** Open breaks for the badge in the menu and the overview: as many as one page holds. */
export const openBreaksQuery = queryOptions({
  queryKey: ["breaks", "open"],
  queryFn: ({ signal }) =>
    unwrap(
      api.GET("/v1/console/breaks", { params: { query: { status: "open", limit: countLimit } }, signal }),
    ),
});

export const breakQuery = (breakId: string) =>
  queryOptions({
    queryKey: ["breaks", "one", breakId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/breaks/{breakId}", { params: { path: { breakId } }, signal })),
  });

export const suggestionsQuery = (breakId: string) =>
  queryOptions({
    queryKey: ["breaks", "suggestions", breakId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/breaks/{breakId}/suggestions", { params: { path: { breakId } }, signal })),
  });

export const breakAgeingQuery = queryOptions({
  queryKey: ["breaks", "ageing"],
  queryFn: ({ signal }) => unwrap(api.GET("/v1/console/break-ageing", { signal })),
});

export const alarmsQuery = (status: "open" | "cleared" | undefined) =>
  infiniteQueryOptions({
    queryKey: ["alarms", "list", status ?? ""],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/alarms", {
          params: {
            query: { limit: pageSize, ...(status && { status }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

/** Open alarms for the warning on every page and the badge in the menu: as many as one page holds. */
export const openAlarmsQuery = queryOptions({
  queryKey: ["alarms", "open"],
  queryFn: ({ signal }) =>
    unwrap(
      api.GET("/v1/console/alarms", { params: { query: { status: "open", limit: countLimit } }, signal }),
    ),
});

export const alarmQuery = (alarmId: string) =>
  queryOptions({
    queryKey: ["alarms", "one", alarmId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/alarms/{alarmId}", { params: { path: { alarmId } }, signal })),
  });

export const casesQuery = (status: "open" | "closed" | undefined) =>
  infiniteQueryOptions({
    queryKey: ["cases", "list", status ?? ""],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/cases", {
          params: {
            query: { limit: pageSize, ...(status && { status }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

export const disputesQuery = (tab: "to_decide" | "waiting" | "closed" | undefined) =>
  infiniteQueryOptions({
    queryKey: ["disputes", "list", tab ?? ""],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/disputes", {
          params: {
            query: { limit: pageSize, ...(tab && { tab }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

export const disputeQuery = (disputeId: string) =>
  queryOptions({
    queryKey: ["disputes", "one", disputeId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/disputes/{disputeId}", { params: { path: { disputeId } }, signal })),
  });

/** Open cases for the badge in the menu: as many as one page holds. */
export const openCasesQuery = queryOptions({
  queryKey: ["cases", "open"],
  queryFn: ({ signal }) =>
    unwrap(
      api.GET("/v1/console/cases", { params: { query: { status: "open", limit: countLimit } }, signal }),
    ),
});

export const caseQuery = (caseId: string) =>
  queryOptions({
    queryKey: ["cases", "one", caseId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/cases/{caseId}", { params: { path: { caseId } }, signal })),
  });

/** Asked again while it is shown: it changes with every call to a bank, and no event says so. */
export const bankHealthQuery = queryOptions({
  queryKey: ["bank-health"],
  queryFn: ({ signal }) => unwrap(api.GET("/v1/console/banks", { signal })),
  refetchInterval: 15_000,
});

function dropEmpty(filter: PaymentFilter): PaymentFilter {
  return {
    ...(filter.status && { status: filter.status }),
    ...(filter.kind && { kind: filter.kind }),
    ...(filter.q && { q: filter.q }),
  };
}

export const onboardingsQuery = queryOptions({
  queryKey: ["onboardings"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/console/onboardings", { signal }))).items,
});

export const onboardingQuery = (onboardingId: string) =>
  queryOptions({
    queryKey: ["onboardings", onboardingId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/console/onboardings/{onboardingId}", { params: { path: { onboardingId } }, signal }),
      ),
  });

/** What waits for a second person, for the badge in the menu and its page. */
export const waitingProposalsQuery = queryOptions({
  queryKey: ["approvals", "waiting"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/v1/console/proposals", { params: { query: { status: "waiting" } }, signal })),
  refetchInterval: 30_000,
});

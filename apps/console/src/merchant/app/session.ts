import type { MerchantScope } from "@jinqiao/contract";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./api.ts";
import { useChoice } from "./choice.ts";
import { roleScopes } from "./role-scopes.ts";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => unwrap(api.GET("/v1/me")),
  retry: false,
  staleTime: 60_000,
});

/** The merchants of which the person is a member of the team. */
export const merchantsQuery = queryOptions({
  queryKey: ["merchants"],
  queryFn: async () =>
    (await unwrap(api.GET("/v1/merchants"))).items.map((one) => ({
      id: one.merchantId,
      name: one.tradingName,
      status: one.status,
      role: one.role,
      scopes: roleScopes[one.role],
    })),
  staleTime: 30_000,
});

/** Invitations to teams that wait for the person's answer. */
export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: async () => (await unwrap(api.GET("/v1/merchant-invitations"))).items,
  staleTime: 30_000,
});

/** The merchant that is looked at; undefined until the list is there, null when the person has none. */
export function useMerchant() {
  const { merchantId } = useChoice();
  const signedIn = useQuery(meQuery).isSuccess;
  const merchants = useQuery({ ...merchantsQuery, enabled: signedIn }).data;
  if (merchants === undefined) return undefined;
  return merchants.find((one) => one.id === merchantId) ?? merchants[0] ?? null;
}

/** Whether the person's role has that scope. The server refuses in any case: this only spares a button that cannot work. */
export function useMay(scope: MerchantScope): boolean {
  return useMerchant()?.scopes.includes(scope) ?? false;
}

export function isSignedOut(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    ["identity.not_signed_in", "merchant.not_authenticated"].includes(error.problem.code)
  );
}

/** False for answers that the same request would only get again, e.g. that there is no such record. */
export function isRetryable(error: unknown): boolean {
  return !(error instanceof ApiError) || error.problem.retryable;
}

/** The wallet signs people in; it leads back to where they were going. */
export function goToSignIn(ended = false): void {
  const next = encodeURIComponent(location.pathname + location.search);
  location.assign(`/sign-in?next=${next}${ended ? "&ended=idle" : ""}`);
}

export async function signOut(queryClient: QueryClient, idle = false): Promise<void> {
  // Where the server cannot be reached, its own clock ends the session.
  await api.DELETE("/v1/sessions/current").catch(() => undefined);
  queryClient.clear();
  goToSignIn(idle);
}

import type { Permission } from "@jinqiao/contract";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { type QueryClient, useQuery } from "@tanstack/react-query";
import { redirect } from "@tanstack/react-router";
import { api, meQuery } from "../api.ts";

/** Whoever is signed in; known on every page behind the sign-in. */
export function useStaff() {
  return useQuery(meQuery).data;
}

/** Whether the role has that permission. The server refuses in any case: this only spares a button that cannot work. */
export function useMay(permission: Permission): boolean {
  return useStaff()?.permissions.includes(permission) ?? false;
}

/** Whether money may be decided on: cases, breaks, alarms. */
export function useMayAct(): boolean {
  return useMay("cases.decide");
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.problem.code === "identity.not_signed_in";
}

/** False for answers that the same request would only get again, e.g. that there is no such record. */
export function isRetryable(error: unknown): boolean {
  return !(error instanceof ApiError) || error.problem.retryable;
}

/** Lets signed-in staff through and sends others to the sign-in page, which leads back to where they were going. */
export async function requireStaff(queryClient: QueryClient, goingTo: string): Promise<void> {
  try {
    const staff = await queryClient.ensureQueryData(meQuery);
    if (staff.passkeyNeeded && !goingTo.includes("/passkeys")) throw redirect({ to: "/passkeys" });
    // The overview is of money: who has nothing to do with it begins where their work is.
    if (!staff.permissions.includes("books.read") && isOverview(goingTo))
      throw redirect({ to: staff.permissions.includes("customers.read") ? "/customers" : "/approvals" });
  } catch (error) {
    if (isSignedOut(error)) throw redirect({ to: "/sign-in", search: backTo(goingTo) });
    throw error;
  }
}

const isOverview = (path: string): boolean => path === "/" || path === "/console/" || path === "/console";

export async function signOut(queryClient: QueryClient): Promise<void> {
  await unwrap(api.DELETE("/v1/console/sessions/current"));
  // Nothing that the last person saw may remain for the next one.
  queryClient.clear();
}

/** Where to go after signing in: only a path of this console, so that a crafted link cannot lead elsewhere. */
export function backTo(next: unknown): { next?: string } {
  if (typeof next !== "string" || !/^\/(?![/\\])/.test(next) || next === "/" || next.startsWith("/sign-in"))
    return {};
  return { next };
}

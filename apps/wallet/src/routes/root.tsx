import { ApiError } from "@jinqiao/contract/client";
import { createRootRoute, createRoute, Outlet, redirect } from "@tanstack/react-router";
import { meQuery, queryClient } from "../api.ts";
import { AppShell } from "../app/app-shell.tsx";
import { Failed, Missing, Waiting } from "../app/page-states.tsx";

/** Every page's parent. */
export const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: Missing });

/** Everything below needs a session; who has none is asked to sign in and comes back. */
export const signedIn = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
      if (location.pathname === "/") throw redirect({ to: "/welcome" });
      throw redirect({ to: "/sign-in", search: { next: location.href } });
    }
  },
  component: AppShell,
  errorComponent: Failed,
  pendingComponent: Waiting,
});

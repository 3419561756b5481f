import { I18nProvider, setUpI18n } from "@jinqiao/ui";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createConsoleRouter } from "./app/router.tsx";
import { isRetryable, isSignedOut } from "./app/session.ts";
import { catalogues } from "./i18n.ts";

/** Draws the console of the bank's staff. */
export async function startConsole(root: HTMLElement): Promise<void> {
  const queryClient = new QueryClient({
    queryCache: new QueryCache({
      // A session that ended while a page was open: the guard sends the person to the sign-in page and back. Where
      // nobody was known to be signed in, the guard itself asked and has its answer.
      onError: (error, query) => {
        if (!isSignedOut(error)) return;
        if (query.queryKey[0] === "me" && query.state.data === undefined) return;
        queryClient.removeQueries({ queryKey: ["me"] });
        void router.invalidate();
      },
    }),
    defaultOptions: {
      queries: { staleTime: 10_000, retry: (count, error) => count < 1 && isRetryable(error) },
    },
  });
  const router = createConsoleRouter(queryClient);
  await setUpI18n(catalogues);
  createRoot(root).render(
    <StrictMode>
      <I18nProvider>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}

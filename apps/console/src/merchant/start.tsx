import { I18nProvider, setUpI18n } from "@jinqiao/ui";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createPortalRouter } from "./app/router.tsx";
import { goToSignIn, isRetryable, isSignedOut } from "./app/session.ts";
import { portalCatalogues } from "./text.ts";

/** Draws the merchants' portal: an app of its own behind the console's address, with customers' sessions. */
export async function startPortal(root: HTMLElement): Promise<void> {
  const queryClient = new QueryClient({
    queryCache: new QueryCache({
      // Not signed in, or a session that ended while a page was open: the wallet signs people in.
      onError: (error) => {
        if (isSignedOut(error)) goToSignIn();
      },
    }),
    defaultOptions: {
      queries: { staleTime: 5_000, retry: (count, error) => count < 1 && isRetryable(error) },
    },
  });
  const router = createPortalRouter(queryClient);
  await setUpI18n(portalCatalogues);
  createRoot(root).render(
    <StrictMode>
      <I18nProvider>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router as never} />
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}

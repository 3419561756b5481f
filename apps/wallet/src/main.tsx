import "./styles.css";
import { applyTheme, I18nProvider, setUpI18n } from "@jinqiao/ui";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient, watchSession } from "./api.ts";
import { catalogues } from "./locales/catalogues.ts";
import { leaveSession, router } from "./router.tsx";

applyTheme();
watchSession(leaveSession);

// A new version has replaced the files of an open page: the next page is fetched anew, with the new shell.
window.addEventListener("vite:preloadError", () => window.location.reload());

const root = document.getElementById("root");
if (root === null) throw new Error("index.html lacks #root");

setUpI18n(catalogues).then(
  () =>
    createRoot(root).render(
      <StrictMode>
        <I18nProvider>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </I18nProvider>
      </StrictMode>,
    ),
  () => {
    root.textContent =
      "Jinqiao cannot be reached. Check your connection and reload the page. · 暂时连接不上金桥，请检查网络后刷新页面。";
  },
);

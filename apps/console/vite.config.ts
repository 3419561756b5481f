import { compiledTexts } from "@jinqiao/ui/build/compiled-texts";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server serves the built console under /console/; in development the API comes from a running server. */
export default defineConfig({
  base: "/console/",
  plugins: [react(), tailwindcss(), compiledTexts()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    rolldownOptions: {
      output: {
        // Two apps share what follows. In many small files it would weigh more: each is compressed by itself.
        codeSplitting: {
          groups: [
            {
              name: "vendor",
              test: /node_modules\/(react|react-dom|scheduler|@tanstack|@lingui|openapi-fetch)\//,
            },
            {
              name: "parts",
              test: /packages\/(ui|money|contract)\/src\/(?!locales|amount)|lucide-react\/dist\/esm\/(?!icons)/,
            },
            {
              name: "common",
              test: /console\/src\/(i18n|app\/keyboard|components\/(page|table|load-more|use-narrow|use-current-in-view))\.tsx?$/,
            },
            {
              name: "staff",
              test: /console\/src\/(api|words|app\/session|features\/.*\/(payment-filters|audit-search|merchant-search|text|transfer-sums|break-table|statement-table|statement-verdict))\.tsx?$/,
            },
          ],
        },
      },
    },
  },
  server: { port: 7321, proxy: { "/v1": process.env.JINQIAO_SERVER_URL ?? "http://127.0.0.1:7300" } },
});

import { compiledTexts } from "@jinqiao/ui/build/compiled-texts";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server serves the built console under /console/; in development the API comes from a running server. */
export default defineConfig({
  base: "/console/",
  plugins: [react(), tailwindcss(), compiledTexts()],
  build: { outDir: "dist", emptyOutDir: true, target: "es2023" },
  server: { port: 7321, proxy: { "/v1": process.env.JINQIAO_SERVER_URL ?? "http://127.0.0.1:7300" } },
});

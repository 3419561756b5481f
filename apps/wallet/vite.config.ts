import { compiledTexts } from "@jinqiao/ui/build/compiled-texts";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** While developing, the API comes from a running server; `JINQIAO_SERVER` names another one. */
const server = process.env.JINQIAO_SERVER ?? "http://127.0.0.1:7300";

export default defineConfig({
  base: "/",
  plugins: [
    react(),
    tailwindcss(),
    compiledTexts(),
    VitePWA({
      // A plain registration file: the page is never reloaded under someone who is paying.
      injectRegister: "script-defer",
      registerType: "autoUpdate",
      includeAssets: ["icon.svg", "icon-192.png", "theme-at-start.js"],
      manifest: {
        id: "/",
        name: "Jinqiao 金桥",
        short_name: "金桥",
        description: "Your wallet beside your bank · 钱包与银行，一桥相连",
        start_url: "/",
        scope: "/",
        display: "standalone",
        background_color: "#0f766e",
        theme_color: "#0f766e",
        categories: ["finance"],
        icons: [
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg}"],
        // The shell only: answers about money are never kept, and the console and the API are not ours.
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [
          /^\/v1\//,
          /^\/console/,
          /^\/healthz/,
          /^\/readyz/,
          /^\/docs/,
          /^\/openapi/,
          /^\/log\//,
          /^\/development\//,
          /^\/pay-method/,
        ],
        // Shows notices that are pushed, and answers shops that call the wallet over their own page.
        importScripts: ["/push-worker.js", "/payment-worker.js"],
        runtimeCaching: [],
        cleanupOutdatedCaches: true,
        clientsClaim: true,
        skipWaiting: true,
      },
    }),
  ],
  build: { outDir: "dist", emptyOutDir: true, manifest: true, target: "baseline-widely-available" },
  server: {
    proxy: {
      "/v1": { target: server, changeOrigin: false },
      "/log": { target: server, changeOrigin: false },
    },
  },
});

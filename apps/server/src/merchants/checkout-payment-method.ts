import type { PlainFile, PlainRoute } from "../platform/http/plain-routes.ts";

/** Icons of the wallet's own pages, which stand beside them. */
const icons = [
  { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
  { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
];

/**
 * What lets a browser call the wallet from a shop's page: our payment method identifier leads to its manifest, and that
 * to the wallet as an app with its service worker. A browser that does not know the wallet yet installs the worker when
 * a shop first asks. Sources: Payment Method Manifest (W3C), sections 3 and 4; Payment Handler API (W3C), section 2.
 */
export function paymentMethodFiles(publicUrl: string): PlainRoute[] {
  const file = (mediaType: string, content: unknown, headers: Record<string, string> = {}): PlainFile => ({
    mediaType,
    content: typeof content === "string" ? content : JSON.stringify(content),
    immutable: false,
    headers,
  });
  const files: Record<`/${string}`, PlainFile> = {
    "/pay-method": file(
      "text/plain; charset=utf-8",
      "The payment method of Jinqiao wallets, for the Payment Request API. · 金桥钱包的网页支付方式标识。\n",
      { link: '</pay-method/manifest.json>; rel="payment-method-manifest"' },
    ),
    "/pay-method/manifest.json": file("application/json", {
      default_applications: [`${publicUrl}/pay-method/app.webmanifest`],
    }),
    "/pay-method/app.webmanifest": file("application/manifest+json", {
      name: "Jinqiao 金桥",
      short_name: "金桥",
      start_url: "/",
      scope: "/",
      icons,
      serviceworker: { src: "/sw.js", scope: "/", use_cache: false },
    }),
  };
  return Object.entries(files).map(([path, content]) => ({
    path: path as `/${string}`,
    run: async () => content,
  }));
}

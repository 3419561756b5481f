// Part of the wallet's service worker: a shop's page calls the wallet over itself (Payment Handler API, W3C). The shop
// names a checkout of ours; the browser shows its page in a window of its own, where the person signs in and pays.
const checkoutPath = /^\/checkout\/[0-9a-z]{32}$/;

/** The path of the checkout that the shop asks for; pages of ours alone, whatever the shop's page says. */
function pathAsked(event) {
  for (const { supportedMethods, data } of event.methodData ?? []) {
    if (supportedMethods !== new URL("/pay-method", self.location.origin).href) continue;
    if (typeof data?.checkout !== "string") continue;
    try {
      const url = new URL(data.checkout, self.location.origin);
      if (url.origin === self.location.origin && checkoutPath.test(url.pathname))
        return { method: supportedMethods, path: url.pathname };
    } catch {
      // Not an address.
    }
  }
  return undefined;
}

self.addEventListener("canmakepayment", (event) => event.respondWith(true));

self.addEventListener("paymentrequest", (event) => {
  const asked = pathAsked(event);
  if (asked === undefined) {
    event.respondWith(Promise.reject(new Error("The shop names no checkout of this wallet.")));
    return;
  }
  const answered = new Promise((resolve, reject) => {
    const listen = (message) => {
      const { kind, outcome, checkoutSessionId } = message.data ?? {};
      if (kind !== "jinqiao.checkout") return;
      if (new URL(message.source?.url ?? "about:blank").pathname !== asked.path) return;
      self.removeEventListener("message", listen);
      // What the page says proves nothing to the shop, which asks our API or waits for its webhook.
      if (outcome === "complete")
        resolve({ methodName: asked.method, details: { checkoutSession: checkoutSessionId } });
      else reject(new Error("The payment was cancelled."));
    };
    self.addEventListener("message", listen);
  });
  event.respondWith(
    (async () => {
      // The mark behind the # tells the page that it stands over a shop's page.
      const page = await event.openWindow(`${asked.path}#over`);
      if (page === null) throw new Error("The browser opened no window for the wallet.");
      return answered;
    })(),
  );
});

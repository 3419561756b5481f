// Part of the wallet's service worker: shows notices, and opens the wallet where one leads.
self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data.json();
  } catch {
    // Not ours: browsers want something shown all the same.
  }
  event.waitUntil(
    self.registration.showNotification(String(message.title ?? "金桥 Jinqiao"), {
      body: String(message.body ?? ""),
      lang: String(message.lang ?? ""),
      tag: String(message.tag ?? "jinqiao"),
      icon: "/icon-192.png",
      data: { path: message.path },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { path } = event.notification.data ?? {};
  // Pages of the wallet alone, whatever the message says.
  const url = new URL(typeof path === "string" && /^\/[^/\\]/.test(path) ? path : "/", self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(
    (async () => {
      const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      const [one] = open;
      if (one === undefined) return self.clients.openWindow(url.href);
      await one.focus();
      return one.navigate(url.href);
    })(),
  );
});

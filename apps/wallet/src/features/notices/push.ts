import { unwrap } from "@jinqiao/contract/client";
import { api } from "../../api.ts";

/** `unsupported`: this browser cannot; `denied`: the person told the browser no, and only they can undo that. */
export type PushState = "unsupported" | "denied" | "off" | "on";

export function pushOffered(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** How this very browser stands; `ours` are the ids of the subscriptions that the server has. */
export async function readPushState(): Promise<PushState> {
  if (!pushOffered()) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  return subscription && Notification.permission === "granted" ? "on" : "off";
}

/**
 * Asks the browser, which asks the person, and tells the server where to send. Call it from a click.
 * @returns what the person answered
 */
export async function switchPushOn(publicKey: string): Promise<PushState> {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return permission === "denied" ? "denied" : "off";
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({
    // Browsers allow no push that shows nothing.
    userVisibleOnly: true,
    applicationServerKey: bytesOf(publicKey),
  });
  const { endpoint = "", keys = {} } = subscription.toJSON();
  try {
    const { id } = await unwrap(
      api.POST("/v1/me/push-subscriptions", {
        body: { endpoint, keys: { p256dh: keys.p256dh ?? "", auth: keys.auth ?? "" } },
      }),
    );
    remember(id);
  } catch (error) {
    // What the server did not take would wait for notices that never come.
    await subscription.unsubscribe();
    throw error;
  }
  return "on";
}

export async function switchPushOff(): Promise<PushState> {
  const registration = await navigator.serviceWorker.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  const subscriptionId = remembered();
  // Where the id is lost, the server learns from the push service that the browser is no more.
  if (subscriptionId !== null)
    await api.DELETE("/v1/me/push-subscriptions/{subscriptionId}", { params: { path: { subscriptionId } } });
  remember(null);
  return "off";
}

const key = "jinqiao.push";
function remember(id: string | null): void {
  try {
    if (id === null) localStorage.removeItem(key);
    else localStorage.setItem(key, id);
  } catch {
    // The browser keeps nothing; switching off still ends the subscription itself.
  }
}
function remembered(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

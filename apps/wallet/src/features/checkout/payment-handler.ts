/**
 * Payment Handler API (W3C): a shop's page calls the wallet over itself, and the wallet's service worker opens the
 * checkout in a window of the browser's own. Standards: Payment Request API; Payment Handler API; Payment Method
 * Manifest.
 */

/**
 * Tells the service worker that opened this window how the checkout ended; it answers the shop's page. False where
 * nobody called the wallet this way.
 */
export function tellShopPage(checkoutSessionId: string, outcome: "complete" | "cancelled"): boolean {
  if (!calledOver()) return false;
  navigator.serviceWorker.controller?.postMessage({ kind: "jinqiao.checkout", checkoutSessionId, outcome });
  return true;
}

/** Whether this window was opened by the worker over a shop's page: it says so behind the `#`. */
function calledOver(): boolean {
  return (
    window.location.hash === "#over" && "serviceWorker" in navigator && !!navigator.serviceWorker.controller
  );
}

type PaymentManager = { enableDelegations?: (delegations: string[]) => Promise<boolean> };

/** `ready`: the browser offers the wallet by itself when a shop asks for our payment method. */
export async function readHandlerState(): Promise<"unsupported" | "ready"> {
  if (!("PaymentRequest" in window) || !("serviceWorker" in navigator)) return "unsupported";
  const registration = await navigator.serviceWorker.getRegistration();
  const manager = (registration as { paymentManager?: PaymentManager } | undefined)?.paymentManager;
  return manager === undefined ? "unsupported" : "ready";
}

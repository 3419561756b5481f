const keyOf = (paymentId: string): string => `jinqiao.shop.${paymentId}`;

/** Keeps, for this tab, which shop's payment somebody leaves for their bank's page: the bank sends them back to a top-up. */
export function rememberShopPath(paymentId: string, path: string): void {
  try {
    sessionStorage.setItem(keyOf(paymentId), path);
  } catch {
    // Without storage the payment's own page is where they come back to.
  }
}

/** The path of the shop's payment, once: whoever opens the top-up later means the top-up. */
export function takeShopPath(paymentId: string): string | undefined {
  try {
    const path = sessionStorage.getItem(keyOf(paymentId));
    sessionStorage.removeItem(keyOf(paymentId));
    return path !== null && /^\/(checkout|pay)\/[0-9a-z]{32}$/.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

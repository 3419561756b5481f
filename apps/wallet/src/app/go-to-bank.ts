/**
 * Leaves the wallet for a page of the bank. Only web addresses are followed: an address with another scheme could
 * run code in this page. The promise lasts until this page is shown again from the browser's memory, so that a button
 * that waits for it stays pending until the bank's page is there, and works again after the way back.
 * @throws TypeError when the address is not a web address
 */
export async function goToBank(address: string): Promise<void> {
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new TypeError("not a web address");
  await new Promise<void>((resolve) => {
    window.addEventListener("pageshow", () => resolve(), { once: true });
    window.location.assign(url);
  });
}

const key = "jinqiao.sent-to-bank";
const sent = new Set<string>();

/**
 * True the first time it is asked for a payment in this tab: the customer is taken to the bank once by itself. Whoever
 * comes back by the browser's way back stays, and goes on by the button.
 */
export function firstTimeToBank(paymentId: string): boolean {
  try {
    for (const id of (sessionStorage.getItem(key) ?? "").split(" ")) sent.add(id);
    if (sent.has(paymentId)) return false;
    sent.add(paymentId);
    sessionStorage.setItem(key, [...sent].join(" ").trim());
    return true;
  } catch {
    // Without storage nothing tells a first visit from a way back: the button alone leads on.
    return false;
  }
}

/**
 * Leaves the wallet for a page of the bank. Only web addresses are followed: an address with another scheme could
 * run code in this page. The promise lasts until this page is shown again from the browser's memory, so that a button
 * that waits for it stays pending until the bank's page is there, and works again after the way back.
 * @throws TypeError when the address is not a web address
 */
export function goToBank(address: string): Promise<void> {
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new TypeError("not a web address");
  return new Promise((resolve) => {
    window.addEventListener("pageshow", () => resolve(), { once: true });
    window.location.assign(url);
  });
}

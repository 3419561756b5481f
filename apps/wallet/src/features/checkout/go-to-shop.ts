/**
 * Leaves the wallet for the shop's page. Only web addresses are followed: an address with another scheme could run code
 * in this page. The payer's way back must not lead to a payment that is over, so this page gives up its place.
 * @throws TypeError when the address is not a web address
 */
export function goToShop(address: string): void {
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new TypeError("not a web address");
  window.location.replace(url);
}

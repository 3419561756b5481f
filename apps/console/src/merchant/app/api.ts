import { createApiClient } from "@jinqiao/contract/client";
import { currentChoice } from "./choice.ts";

/** The client of the API on behalf of the chosen merchant, in the chosen mode. */
export const api = createApiClient({
  baseUrl: "",
  fetch: (input, init) => {
    const request = new Request(input, init);
    const { merchantId, mode } = currentChoice();
    if (merchantId !== null) {
      request.headers.set("Jinqiao-Merchant", merchantId);
      request.headers.set("Jinqiao-Mode", mode);
    }
    return fetch(request);
  },
});

export type WireMoney = { amount: string; currency: string };

/** Key of an answer of the chosen merchant: what belongs to another one or to the other mode is never taken for it. */
export function scopedKey(kind: string, ...rest: readonly unknown[]): readonly unknown[] {
  const { merchantId, mode } = currentChoice();
  return ["merchant", merchantId, mode, kind, ...rest];
}

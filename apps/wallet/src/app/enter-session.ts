import { languageSetting } from "@jinqiao/ui";
import { type Customer, meQuery, queryClient } from "../api.ts";

/**
 * Begins with an empty memory, so that nothing of another customer of this browser is seen, and takes over the
 * customer's language unless this browser has its own choice.
 */
export function enterSession(customer: Customer): void {
  queryClient.clear();
  queryClient.setQueryData(meQuery.queryKey, customer);
  if (!languageSetting.chosen()) languageSetting.set(customer.locale);
}

import type { Language } from "@jinqiao/ui";
import { api, meQuery, queryClient } from "../api.ts";

/**
 * Tells the server the language that messages to the customer are written in. The choice on this screen stands
 * whether or not it arrives, so a failure is let go.
 */
export async function storeLanguage(locale: Language): Promise<void> {
  const { data } = await api.PATCH("/v1/me", { body: { locale } }).catch(() => ({ data: undefined }));
  if (data) queryClient.setQueryData(meQuery.queryKey, data);
}

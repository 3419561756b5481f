import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { WayMessageId } from "../../locales/way/en.ts";

/** As the wallet's own `useT`, with the texts about the way a payment goes. */
export function useWayT(): Translate<WalletMessageId | WayMessageId> {
  return useTranslate<WalletMessageId | WayMessageId>();
}

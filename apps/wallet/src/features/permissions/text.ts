import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { PermissionsMessageId } from "../../locales/permissions/en.ts";

/** As the wallet's own `useT`, with the texts of the page of permissions. */
export function useT(): Translate<WalletMessageId | PermissionsMessageId> {
  return useTranslate<WalletMessageId | PermissionsMessageId>();
}

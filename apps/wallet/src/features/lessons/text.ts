import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { LessonsMessageId } from "../../locales/lessons/en.ts";

/** As the wallet's own `useT`, with the lessons' texts. */
export function useT(): Translate<WalletMessageId | LessonsMessageId> {
  return useTranslate<WalletMessageId | LessonsMessageId>();
}

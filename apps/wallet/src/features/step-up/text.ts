import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { StepUpMessageId } from "../../locales/step-up/en.ts";

/** As the wallet's own `useT`, with the texts of confirming payments. */
export function useT(): Translate<WalletMessageId | StepUpMessageId> {
  return useTranslate<WalletMessageId | StepUpMessageId>();
}

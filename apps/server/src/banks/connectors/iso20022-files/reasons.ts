import { reasonText } from "@jinqiao/iso20022";
import type { LocalText } from "../../types.ts";

/** A code of ISO 20022's external reason sets with words for the customer. */
export function reasonOf(code: string): { code: string; text: LocalText } {
  return { code, text: reasonText(code) };
}

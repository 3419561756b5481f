import { useFormatDate } from "@jinqiao/ui";
import type { PaymentRoute } from "../../api.ts";
import { useWayT } from "./text.ts";

/** What arrives sooner than this is told as "within minutes". */
const soonMs = 15 * 60_000;

/** When a payment that is about to be made arrives, in words. */
export function useArrivalText(): (route: Pick<PaymentRoute, "expectedAt" | "expectedOn">) => string {
  const t = useWayT();
  const date = useFormatDate();
  return ({ expectedAt, expectedOn }) => {
    if (expectedOn !== null) return t("way.arrives.by", { when: date(expectedOn, "day") });
    return Date.parse(expectedAt) - Date.now() < soonMs
      ? t("way.arrives.minutes")
      : t("way.arrives.by", { when: date(expectedAt) });
  };
}

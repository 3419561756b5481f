import { Card, Skeleton } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Store } from "lucide-react";
import { readHandlerState } from "./payment-handler.ts";
import { useT } from "./text.ts";

/** Whether shops can call this wallet over their own page in this browser, and what that means. */
export function HandlerCard() {
  const t = useT();
  const state = useQuery({ queryKey: ["payment-handler"], queryFn: readHandlerState });
  return (
    <Card aria-labelledby="payment-handler" data-testid="payment-handler" data-state={state.data}>
      <h2 id="payment-handler" className="flex items-center gap-2 text-lg font-bold">
        <Store aria-hidden className="size-5 text-jade" />
        {t("handler.title")}
      </h2>
      <p className="text-sm text-ink-muted">{t("handler.text")}</p>
      {state.data === undefined ? (
        <Skeleton className="mt-3 h-10" />
      ) : (
        <p className="mt-2">
          {state.data === "ready" ? `${t("handler.ready")} ${t("handler.asks")}` : t("handler.unsupported")}
        </p>
      )}
    </Card>
  );
}

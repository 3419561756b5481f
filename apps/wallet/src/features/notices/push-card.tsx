import { Button, Card, Notice, Problem, Skeleton, useAction } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { BellRing } from "lucide-react";
import { queryClient } from "../../api.ts";
import { readPushState, switchPushOff, switchPushOn } from "./push.ts";
import { notificationSettingsQuery, pushKeyQuery } from "./queries.ts";
import { useT } from "./text.ts";

const stateKey = ["push-state"];

/** Notices on this device. What the browser is about to ask is explained before it asks, because a no is for good. */
export function PushCard({ offered }: { offered: boolean }) {
  const t = useT();
  const state = useQuery({ queryKey: stateKey, queryFn: readPushState });
  const publicKey = useQuery({ ...pushKeyQuery, enabled: offered });
  const change = useAction(async (on: boolean) => {
    const next = on ? await switchPushOn(publicKey.data ?? "") : await switchPushOff();
    queryClient.setQueryData(stateKey, next);
    await queryClient.invalidateQueries({ queryKey: notificationSettingsQuery.queryKey });
  });
  return (
    <Card aria-labelledby="push">
      <h2 id="push" className="flex items-center gap-2 text-lg font-bold">
        <BellRing aria-hidden className="size-5 text-jade" />
        {t("notices.push")}
      </h2>
      {state.isPending ? (
        <Skeleton className="mt-3 h-20" />
      ) : (
        <div className="mt-1 grid gap-3" data-testid="push-state" data-state={offered ? state.data : "none"}>
          {!offered || !publicKey.data ? (
            <p className="text-sm text-ink-muted">{t("notices.push.none")}</p>
          ) : state.data === "unsupported" ? (
            <p className="text-sm text-ink-muted">{t("notices.push.unsupported")}</p>
          ) : state.data === "denied" ? (
            <Notice tone="warning">{t("notices.push.denied")}</Notice>
          ) : (
            <>
              <p className="text-sm text-ink-muted">
                {t(state.data === "on" ? "notices.push.on" : "notices.push.before")}
              </p>
              <Problem error={change.error} />
              <div>
                <Button
                  variant="secondary"
                  data-testid="switch-push"
                  pending={change.pending}
                  onClick={() => void change.run(state.data !== "on")}
                >
                  {t(state.data === "on" ? "notices.push.off" : "notices.push.switch_on")}
                </Button>
              </div>
            </>
          )}
        </div>
      )}
    </Card>
  );
}

import { unwrap } from "@jinqiao/contract/client";
import { Button, Dialog, Problem } from "@jinqiao/ui";
import { useState } from "react";
import { api } from "../../api.ts";
import { type Freeze, refreshSecurity } from "../security/queries.ts";
import { useGuardedAction } from "../security/reauthenticate.tsx";
import { useT } from "../security/text.ts";

/** Ends a freeze that the customer set, after asking and, where it was long ago, after proving again who is there. */
export function Unfreeze({ freeze, label }: { freeze: Freeze; label: string }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const isCard = freeze.scope === "card";
  const end = useGuardedAction(async () => {
    const params = { path: { freezeId: freeze.id } };
    await unwrap(api.DELETE("/v1/me/freezes/{freezeId}", { params }));
    setAsking(false);
    await refreshSecurity();
  });
  return (
    <>
      <Button variant="secondary" data-testid="unfreeze" onClick={() => setAsking(true)}>
        {label}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t(isCard ? "freeze.card.end.title" : "freeze.end.title")}
        description={t(isCard ? "freeze.card.end.text" : "freeze.end.text")}
      >
        <div className="grid gap-3">
          <Problem error={end.error} />
          <Button data-testid="confirm" pending={end.pending} onClick={() => end.run()}>
            {label}
          </Button>
          <Button variant="secondary" onClick={() => setAsking(false)}>
            {t("freeze.keep")}
          </Button>
        </div>
      </Dialog>
      {end.dialog}
    </>
  );
}

import { Card, CopyText, DateText, Notice, useFormatDate } from "@jinqiao/ui";
import { Hourglass, ShieldCheck } from "lucide-react";
import { useT } from "../welcome/text.ts";
import type { Recovery } from "./queries.ts";

/** Both proofs are right and the recovery is not open yet: until when, and how to find the page again. */
export function WaitingTime({ recovery }: { recovery: Recovery }) {
  const t = useT();
  const formatDate = useFormatDate();
  return (
    <Card aria-labelledby="waiting" className="grid gap-4" data-testid="recovery-waiting">
      <h2 id="waiting" className="flex items-center gap-2 text-lg font-bold">
        <Hourglass aria-hidden className="size-5 text-jade" />
        {t("recovery.waiting")}
      </h2>
      {recovery.opensAt !== null && (
        <p className="text-2xl font-bold tabular">
          <DateText value={recovery.opensAt} style="date-time" />
        </p>
      )}
      <p>
        {t("recovery.waiting.text", {
          date: recovery.opensAt === null ? "" : formatDate(recovery.opensAt, "date-time"),
        })}
      </p>
      <div>
        <p className="text-sm text-ink-muted">{t("recovery.waiting.link")}</p>
        <CopyText text={globalThis.location.href} />
      </div>
      <Notice icon={ShieldCheck}>{t("recovery.money_safe")}</Notice>
    </Card>
  );
}

import { Button, Dialog, loadPageTexts, SkeletonList } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useMay } from "../app/session.ts";
import { deskCatalogues, useT } from "../i18n.ts";

const GiveReason = lazy(async () => {
  await loadPageTexts(deskCatalogues);
  const { GiveReason } = await import("../features/customers/give-reason.tsx");
  return { default: GiveReason };
});

/** Everything in which customers are named. */
const naming = ["payments", "cases", "disputes", "breaks", "statements", "customers"] as const;

/** Beside a masked name: asks in place why it must be seen, and then shows it. */
export function ShowName({ customerId }: { customerId: string }) {
  const t = useT();
  const queryClient = useQueryClient();
  const mayAsk = useMay("customers.read");
  const [open, setOpen] = useState(false);
  if (!mayAsk) return <p className="text-xs text-ink-muted">{t("names.hidden")}</p>;
  const shown = async () => {
    setOpen(false);
    await Promise.all(naming.map((kind) => queryClient.invalidateQueries({ queryKey: [kind] })));
  };
  return (
    <>
      <Button
        size="small"
        variant="secondary"
        data-testid="show-name"
        className="mt-1"
        onClick={() => setOpen(true)}
      >
        {t("names.show")}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={t("names.why")} description={t("names.lead")}>
        <Suspense fallback={<SkeletonList rows={3} />}>
          <GiveReason customerId={customerId} onGiven={shown} />
        </Suspense>
      </Dialog>
    </>
  );
}

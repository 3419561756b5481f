import { unwrap } from "@jinqiao/contract/client";
import { Button, Notice, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api.ts";
import { Section } from "../../components/page.tsx";
import { ProposeForm } from "../../components/propose-form.tsx";
import { useDeskT, useFormat } from "../../i18n.ts";

/** Proposes to erase a customer's personal data, once it is known that nothing stands in the way. */
export function EraseCustomer({ customerId }: { customerId: string }) {
  const t = useDeskT();
  const format = useFormat();
  const [asked, setAsked] = useState(false);
  const path = { params: { path: { customerId } } };
  const query = useQuery({
    queryKey: ["customers", "erasure", customerId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/customers/{customerId}/erasure", { ...path, signal })),
    enabled: asked,
    retry: false,
  });
  const obstacles = query.data?.items;
  return (
    <Section title={t("erase.title")} lead={t("erase.lead")}>
      {!asked && (
        <Button size="small" variant="secondary" data-testid="check-erasure" onClick={() => setAsked(true)}>
          {t("erase.check")}
        </Button>
      )}
      {asked && query.isPending && <SkeletonList rows={2} />}
      <Problem error={query.error} onRetry={() => query.refetch()} />
      {obstacles && obstacles.length > 0 && (
        <Notice tone="warning">
          <p className="font-semibold">{t("erase.obstacles")}</p>
          <ul className="list-disc pl-5" data-testid="obstacles">
            {obstacles.map(({ code, count, at }) => (
              <li key={code}>
                {t(`erase_obstacle.${code}`, {
                  count: count ?? 0,
                  time: at === null ? "" : format.instant(at),
                })}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {obstacles?.length === 0 && (
        <ProposeForm
          label={t("erase.why")}
          action={t("erase.propose")}
          done={t("freeze.proposed")}
          propose={(reason) =>
            unwrap(
              api.POST("/v1/console/customers/{customerId}/erasure-proposals", { ...path, body: { reason } }),
            )
          }
        />
      )}
    </Section>
  );
}

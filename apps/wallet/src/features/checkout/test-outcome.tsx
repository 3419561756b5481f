import { unwrap } from "@jinqiao/contract/client";
import { Button, Problem, useAction } from "@jinqiao/ui";
import { FlaskConical } from "lucide-react";
import { api, queryClient } from "../../api.ts";
import { type Payable, payableQuery } from "./queries.ts";
import { useT } from "./text.ts";

const outcomes = ["succeeds", "insufficient_funds", "declined", "requires_action"] as const;

/** In test mode nobody signs in and no money is real: whoever tries a shop out chooses how it ends. */
export function TestOutcome({ payable }: { payable: Payable }) {
  const t = useT();
  const { token } = payable;
  const choose = useAction(async (outcome: (typeof outcomes)[number]) => {
    await unwrap(
      api.POST("/v1/checkouts/{token}/test_outcomes", { params: { path: { token } }, body: { outcome } }),
    );
    await queryClient.invalidateQueries({ queryKey: payableQuery(token).queryKey });
    await queryClient.invalidateQueries({ queryKey: ["checkouts", token] });
  });
  return (
    <section aria-labelledby="test-outcome" className="grid gap-3" data-testid="test-outcome">
      <h2 id="test-outcome" className="flex items-center gap-2 font-bold">
        <FlaskConical aria-hidden className="size-5 text-jade" />
        {t("pay.test.title")}
      </h2>
      <p className="text-sm text-ink-muted">
        {t(payable.status === "requires_action" ? "pay.test.action" : "pay.test.text")}
      </p>
      <Problem error={choose.error} />
      {outcomes
        .filter((outcome) => outcome !== "requires_action" || payable.status !== "requires_action")
        .map((outcome, index) => (
          <Button
            key={outcome}
            variant={index === 0 ? "primary" : "secondary"}
            className="py-2"
            pending={choose.pending}
            data-testid={`test-${outcome}`}
            onClick={() => choose.run(outcome)}
          >
            {t(`pay.test.${outcome}`)}
          </Button>
        ))}
    </section>
  );
}

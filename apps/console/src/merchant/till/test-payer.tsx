import type { PaymentIntent } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, Problem } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useT } from "../text.ts";

const outcomes = ["succeeds", "insufficient_funds", "declined", "requires_action"] as const;

/** In test mode a made-up payer pays, or does not, as the person wishes to see it. */
export function TestPayer({ intent }: { intent: PaymentIntent }) {
  const t = useT();
  const queryClient = useQueryClient();
  const { run, pending, error } = useAttempt(async (header, outcome: (typeof outcomes)[number]) => {
    try {
      await unwrap(
        api.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
          params: { header, path: { paymentIntentId: intent.id } },
          body: { paymentMethod: { type: "test", outcome } },
        }),
      );
    } finally {
      await queryClient.invalidateQueries({ queryKey: scopedKey("payments") });
    }
  });
  return (
    <div className="grid gap-2">
      {outcomes.map((outcome) => (
        <Button
          key={outcome}
          size="small"
          variant={outcome === "succeeds" ? "primary" : "secondary"}
          data-testid={`test-${outcome}`}
          pending={pending}
          onClick={() => run(outcome)}
        >
          {t(`till.test.${outcome}`)}
        </Button>
      ))}
      <Problem error={error} />
    </div>
  );
}

import type { PaymentIntent } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, useFieldErrors } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useT } from "../text.ts";

/** Charges the code a payer shows. A scanner at the till types it and presses Enter, as all of them do. */
export function ChargeCode({ intent }: { intent: PaymentIntent }) {
  const t = useT();
  const queryClient = useQueryClient();
  const { run, pending, error } = useAttempt(async (header, code: string) => {
    try {
      await unwrap(
        api.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
          params: { header, path: { paymentIntentId: intent.id } },
          body: { paymentMethod: { type: "pay_code", code } },
        }),
      );
    } finally {
      await queryClient.invalidateQueries({ queryKey: scopedKey("payments") });
    }
  });
  const errorOf = useFieldErrors(error);
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const code = String(new FormData(form).get("payCode")).trim().replaceAll(/\s/g, "");
        if (code !== "") void run(code).then(() => form.reset());
      }}
    >
      <Field
        name="payCode"
        label={t("till.code")}
        // A scanner types wherever the focus is.
        autoFocus
        autoComplete="off"
        spellCheck={false}
        maxLength={600}
        error={errorOf("paymentMethod")}
      />
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" data-testid="charge-code" pending={pending}>
          {t("till.charge")}
        </Button>
      </div>
    </form>
  );
}

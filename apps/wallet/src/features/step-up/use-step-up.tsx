import { ApiError, type components, type paths } from "@jinqiao/contract/client";
import { lazyRouteComponent } from "@tanstack/react-router";
import { type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from "react";

export type StepUp = components["schemas"]["StepUp"];
/** The very payment that is to be confirmed; what a shop asks for is named by the token of its link. */
export type PaymentToConfirm =
  | NonNullable<paths["/v1/step-ups"]["post"]["requestBody"]>["content"]["application/json"]
  | { kind: "purchase"; token: string; amount: { amount: string; currency: string } };

/** The person closed the question: nothing was paid, and no error is shown. */
export class StepUpClosed extends Error {}

/** Few payments are asked about: the question and its texts are fetched when the first one is. */
const StepUpDialog = lazyRouteComponent(
  () => import("./load-dialog.ts").then(({ load }) => load()),
  "StepUpDialog",
);

/**
 * Makes payments that may have to be confirmed. `pay` sends the payment; where the server first wants it confirmed, the
 * person is asked in `dialog`, and the same payment is sent again with the confirmation, under the same key. Render
 * `dialog` somewhere on the page.
 */
export function useStepUp(): {
  pay<R>(payment: PaymentToConfirm, send: (stepUpId: string | undefined) => Promise<R>): Promise<R>;
  dialog: ReactNode;
} {
  const [asking, setAsking] = useState<PaymentToConfirm | null>(null);
  const answered = useRef<(stepUpId: string | undefined) => void>(undefined);
  const close = useCallback((stepUpId?: string) => {
    setAsking(null);
    answered.current?.(stepUpId);
  }, []);
  // A page that is left while it asks must not keep its payment waiting for ever.
  useEffect(() => () => answered.current?.(undefined), []);

  const pay = useCallback(
    async <R,>(payment: PaymentToConfirm, send: (stepUpId: string | undefined) => Promise<R>): Promise<R> => {
      try {
        return await send(undefined);
      } catch (error) {
        if (!(error instanceof ApiError && error.problem.code === "sca.required")) throw error;
      }
      const stepUpId = await new Promise<string | undefined>((resolve) => {
        answered.current = resolve;
        setAsking(payment);
      });
      if (stepUpId === undefined) throw new StepUpClosed();
      return send(stepUpId);
    },
    [],
  );
  return {
    pay,
    dialog: asking && (
      <Suspense>
        <StepUpDialog payment={asking} onConfirmed={close} onClose={() => close()} />
      </Suspense>
    ),
  };
}

/** What the page shows of an error: closing the question is none. */
export function shownError(error: unknown): unknown {
  return error instanceof StepUpClosed ? undefined : error;
}

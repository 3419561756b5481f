import { type paths, unwrap } from "@jinqiao/contract/client";
import {
  Button,
  DetailList,
  Dialog,
  MoneyText,
  Notice,
  Problem,
  problemCode,
  Skeleton,
  useAction,
  useFormatMoney,
} from "@jinqiao/ui";
import { KeyRound } from "lucide-react";
import { useEffect, useState } from "react";
import { api } from "../../api.ts";
import { passkeysOffered } from "../../app/passkey.ts";
import { PasskeyProblem } from "../welcome/passkey-problem.tsx";
import { CodeEntry } from "./code-entry.tsx";
import { askPayment } from "./payment-passkey.ts";
import { useT } from "./text.ts";
import type { PaymentToConfirm, StepUp } from "./use-step-up.tsx";

export type Answer = NonNullable<
  paths["/v1/step-ups/{stepUpId}/answers"]["post"]["requestBody"]
>["content"]["application/json"];

/** After these the question cannot be answered any more; a new one can be asked. */
const over: ReadonlySet<string | undefined> = new Set([
  "sca.expired",
  "sca.locked",
  "sca.dynamic_link_mismatch",
]);

/** Asks the person to confirm one payment: what is paid to whom, why we ask, and by which way. */
export function StepUpDialog({
  payment,
  onConfirmed,
  onClose,
}: {
  payment: PaymentToConfirm;
  onConfirmed: (stepUpId: string) => void;
  onClose: () => void;
}) {
  const t = useT();
  const [trustPayee, setTrustPayee] = useState(false);
  const [asked, setAsked] = useState<StepUp | null>(null);
  const begin = useAction(async (trust: boolean) => {
    // Trust is part of what is signed: another question, and not another tick.
    setAsked(await askFor(payment, trust));
  });
  const start = begin.run;
  useEffect(() => void start(trustPayee), [start, trustPayee]);

  return (
    <Dialog open onClose={onClose} title={t("step_up.title")}>
      {asked === null ? (
        <div className="grid gap-3">
          <Problem error={begin.error} onRetry={() => begin.run(trustPayee)} />
          {begin.error === undefined && <Skeleton className="h-48" />}
        </div>
      ) : (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4" data-testid="step-up">
          <p className="text-center">
            <MoneyText display money={asked.amount} alwaysShown data-testid="step-up-amount" />
          </p>
          <DetailList
            rows={[
              { label: t("step_up.to"), value: asked.payee.name },
              ...(asked.note === null ? [] : [{ label: t("step_up.note"), value: asked.note }]),
            ]}
          />
          <Why reasons={asked.reasons} />
          <Problem error={begin.error} onRetry={() => begin.run(trustPayee)} />
          <Ways
            key={asked.id}
            asked={asked}
            onConfirmed={() => onConfirmed(asked.id)}
            onAgain={() => begin.run(trustPayee)}
          />
          <label className="flex min-h-11 items-center gap-3 text-sm">
            <input
              type="checkbox"
              data-testid="trust-payee"
              checked={trustPayee}
              disabled={begin.pending}
              onChange={(event) => setTrustPayee(event.target.checked)}
              className="size-5 shrink-0 accent-jade-solid"
            />
            {t("step_up.trust")}
          </label>
          <p className="text-sm text-ink-muted">{t("step_up.bound")}</p>
        </div>
      )}
    </Dialog>
  );
}

function askFor(payment: PaymentToConfirm, trust: boolean): Promise<StepUp> {
  const trusting = trust ? { trustPayee: true } : {};
  if (payment.kind !== "purchase")
    return unwrap(api.POST("/v1/step-ups", { body: { ...payment, ...trusting } }));
  const { token, amount } = payment;
  return unwrap(
    api.POST("/v1/payables/{token}/step-ups", {
      params: { path: { token } },
      body: { amount, ...trusting },
    }),
  );
}

function Why({ reasons }: { reasons: StepUp["reasons"] }) {
  const t = useT();
  return (
    <div className="rounded-2xl bg-sunken p-4 text-sm">
      <h3 className="font-semibold">{t("step_up.why")}</h3>
      {reasons.length === 0 ? (
        <p>{t("step_up.why_any")}</p>
      ) : (
        <ul className="mt-1 grid gap-1">
          {reasons.map((reason) => (
            <li key={reason} data-testid={`reason-${reason}`}>
              {t(`step_up.reason.${reason}`)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The best way first; every other one behind a button. */
function Ways({
  asked,
  onConfirmed,
  onAgain,
}: {
  asked: StepUp;
  onConfirmed: () => void;
  onAgain: () => Promise<void>;
}) {
  const t = useT();
  const format = useFormatMoney();
  const usable = asked.methods.filter(
    ({ kind, locked }) => !locked && (kind !== "passkey" || passkeysOffered()),
  );
  const [kind, setKind] = useState(usable[0]?.kind);
  const [left, setLeft] = useState(asked.triesLeft);
  const method = usable.find((one) => one.kind === kind);
  const answer = useAction(async (body: () => Promise<Answer> | Answer) => {
    const params = { path: { stepUpId: asked.id } };
    try {
      await unwrap(api.POST("/v1/step-ups/{stepUpId}/answers", { params, body: await body() }));
    } catch (error) {
      if (problemCode(error) === "sca.answer_wrong") setLeft((count) => count - 1);
      throw error;
    }
    onConfirmed();
  });

  if (method === undefined) return <Notice tone="warning">{t("step_up.none")}</Notice>;
  if (over.has(problemCode(answer.error)))
    return (
      <div className="grid gap-3">
        <Problem error={answer.error} />
        <Button data-testid="step-up-again" onClick={onAgain}>
          {t("step_up.begin_again")}
        </Button>
      </div>
    );
  const others = usable.filter((one) => one.kind !== method.kind);
  const confirm = t("step_up.confirm", { amount: format(asked.amount) });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {method.kind === "passkey" ? (
        <>
          <PasskeyProblem error={answer.error} />
          <Button
            data-testid="step-up-passkey"
            pending={answer.pending}
            onClick={() =>
              answer.run(async () => ({ kind: "passkey" as const, credential: await askPayment(asked) }))
            }
          >
            {!answer.pending && <KeyRound aria-hidden className="size-5" />}
            {t("step_up.by_passkey")}
          </Button>
        </>
      ) : (
        <CodeEntry
          key={method.kind}
          kind={method.kind}
          stepUpId={asked.id}
          channels={method.channels ?? []}
          submit={confirm}
          pending={answer.pending}
          error={answer.error}
          left={left}
          onCode={(body) => answer.run(() => body)}
        />
      )}
      {asked.methods
        .filter(({ locked }) => locked)
        .map((one) => (
          <p key={one.kind} className="text-sm text-ink-muted">
            {t(`step_up.method.${one.kind}`)}: {t("step_up.method.locked")}
          </p>
        ))}
      {others.length > 0 && (
        <details className="rounded-xl border border-line" data-testid="step-up-others">
          <summary className="flex min-h-11 cursor-pointer items-center px-4">
            {t("step_up.by_other")}
          </summary>
          <ul className="grid gap-1 p-2">
            {others.map((one) => (
              <li key={one.kind}>
                <Button
                  variant="ghost"
                  className="w-full"
                  data-testid={`step-up-by-${one.kind}`}
                  onClick={() => {
                    answer.clear();
                    setKind(one.kind);
                  }}
                >
                  {t(`step_up.method.${one.kind}`)}
                </Button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

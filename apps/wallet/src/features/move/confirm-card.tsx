import type { WireMoney } from "@jinqiao/money";
import { Button, buttonClasses, Card, DetailList, MoneyText, Problem, problemCode } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useT } from "../../text.ts";

/**
 * What a person agrees to before money moves: the amount, from, to, fee and arrival. The button stays pending until
 * the outcome is known; after a lost answer the same attempt is sent again.
 */
export function ConfirmCard({
  amount,
  rows,
  action,
  checks,
  blocked,
  pending,
  error,
  onConfirm,
  onChange,
}: {
  amount: WireMoney;
  rows: { label: string; value: ReactNode }[];
  action: string;
  /** What to know before agreeing. */
  checks?: ReactNode;
  /** True while something must be read or ticked first. */
  blocked?: boolean;
  pending: boolean;
  error: unknown;
  onConfirm: () => unknown;
  onChange: () => void;
}) {
  const t = useT();
  const code = problemCode(error);
  return (
    <Card aria-label={t("move.confirm")}>
      <p className="pt-2 text-center text-sm text-ink-muted">{t("move.amount")}</p>
      <p className="pb-4 text-center">
        <MoneyText display money={amount} alwaysShown data-testid="confirm-amount" />
      </p>
      <DetailList rows={rows} />
      <div className="mt-4 grid gap-3">
        {checks}
        <Problem
          error={error}
          onRetry={onConfirm}
          action={
            code === "bank.consent_ended" ? (
              <Link to="/link" className={buttonClasses("secondary", "small")}>
                {t("consent.renew")}
              </Link>
            ) : code === "payment.insufficient_funds" ? (
              <Link to="/top-up" className={buttonClasses("secondary", "small")}>
                {t("action.top_up")}
              </Link>
            ) : undefined
          }
        />
        <Button data-testid="confirm" pending={pending} disabled={blocked} onClick={onConfirm}>
          {action}
        </Button>
        <Button variant="ghost" disabled={pending} onClick={onChange}>
          {t("move.change")}
        </Button>
        <p className="text-center text-sm text-ink-muted">{t("move.never_twice")}</p>
      </div>
    </Card>
  );
}

import { Notice, Problem, Skeleton } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleHelp, TriangleAlert, UserRoundX } from "lucide-react";
import { payeeVerificationQuery } from "../../api.ts";
import { useWayT } from "../way/text.ts";

const looks = {
  match: { tone: "positive", icon: CircleCheck },
  close_match: { tone: "warning", icon: TriangleAlert },
  no_match: { tone: "danger", icon: UserRoundX },
  not_possible: { tone: "neutral", icon: CircleHelp },
} as const;

/** What the check of the name says before a withdrawal is confirmed. A name that does not match is confirmed by itself. */
export function PayeeCheck({
  accountId,
  confirmed,
  onConfirm,
}: {
  accountId: string;
  confirmed: boolean;
  onConfirm: (confirmed: boolean) => void;
}) {
  const t = useWayT();
  const check = useQuery(payeeVerificationQuery(accountId));
  if (check.isPending)
    return (
      <div role="status">
        <span className="sr-only">{t("payee_check.pending")}</span>
        <Skeleton className="h-14 w-full" />
      </div>
    );
  if (check.isError) return <Problem error={check.error} onRetry={() => check.refetch()} />;
  const { result, name, bankSpelling } = check.data;
  const { tone, icon } = looks[result];
  return (
    <div className="grid gap-3" data-testid="payee-check" data-result={result}>
      <Notice tone={tone} icon={icon} role="status">
        {t(`payee_check.${result}`, { name, spelling: bankSpelling ?? "" })}
      </Notice>
      {result === "no_match" && (
        <label className="flex min-h-11 cursor-pointer items-center gap-3 rounded-2xl border-2 border-line p-3 text-sm has-checked:border-jade has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-jade">
          <input
            type="checkbox"
            data-testid="payee-confirm"
            checked={confirmed}
            onChange={(event) => onConfirm(event.target.checked)}
            className="size-5 shrink-0 accent-jade-solid"
          />
          <span>{t("payee_check.go_on")}</span>
        </label>
      )}
    </div>
  );
}

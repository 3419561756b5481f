import type { WireMoney } from "@jinqiao/money";
import { Button, Notice, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Lightbulb } from "lucide-react";
import type { LinkedAccount } from "../../api.ts";
import { accountName } from "../accounts/account-row.tsx";
import { topUpRecommendationQuery } from "./queries.ts";
import { useWayT } from "./text.ts";

/**
 * Which of several accounts a top-up goes best from, and why. Quiet: nothing is shown where the customer has chosen
 * that one already, or where there is nothing to choose.
 */
export function RecommendedAccount({
  amount,
  accounts,
  chosen,
  onChoose,
}: {
  /** Null while the amount is not one that can be moved. */
  amount: WireMoney | null;
  accounts: LinkedAccount[];
  chosen: LinkedAccount;
  onChoose: (account: LinkedAccount) => void;
}) {
  const t = useWayT();
  const local = useLocalText();
  const several = accounts.filter(({ currency }) => currency === chosen.currency).length > 1;
  const found = useQuery({
    ...topUpRecommendationQuery(amount ?? { amount: "0", currency: chosen.currency }),
    enabled: several && amount !== null,
  }).data?.recommended;
  const account = accounts.find(({ id }) => id === found?.linkedAccountId);
  if (!several || amount === null || !found || !account || account.id === chosen.id) return null;
  const reason = found.reasons[0];
  // Where it makes no difference, there is nothing to say.
  if (reason === undefined || reason === "order" || reason === "only_way") return null;
  return (
    <Notice tone="neutral" icon={Lightbulb}>
      <div className="grid gap-2" data-testid="recommended-account">
        <span>
          {t("way.recommended", {
            account: `${local(account.bankName)} · ${accountName(account)}`,
            reason: t(`way.reason.${reason}`),
          })}
        </span>
        <Button
          variant="secondary"
          size="small"
          className="justify-self-start"
          onClick={() => onChoose(account)}
        >
          {t("way.use")}
        </Button>
      </div>
    </Notice>
  );
}

import type { TrialBalance } from "@jinqiao/contract";
import { MoneyText } from "@jinqiao/ui";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useBooksT } from "../../i18n.ts";
import { barShares } from "./shares.ts";

type Safeguarding = TrialBalance["currencies"][number]["safeguarding"];

/** Customers' money at the banks beside what we owe: two bars of one scale, and the verdict in words. */
export function SafeguardingPicture({ safeguarding }: { safeguarding: Safeguarding }) {
  const t = useBooksT();
  const { assets, owed, surplus, held } = safeguarding;
  const [assetShare = 0, owedShare = 0] = barShares([assets, owed]);
  const Icon = held ? ShieldCheck : ShieldAlert;
  return (
    <div className="min-w-0">
      <h3 className="mb-2 flex items-center gap-1.5 text-sm font-semibold">
        <Icon aria-hidden className={`size-4 ${held ? "text-positive" : "text-danger"}`} />
        {t("safeguarding.title")}
      </h3>
      <Bar name={t("safeguarding.assets")} share={assetShare} money={assets} className="bg-jade-solid" />
      <Bar name={t("safeguarding.owed")} share={owedShare} money={owed} className="bg-warning" />
      <p className={`mt-2 text-sm font-medium ${held ? "text-positive" : "text-danger"}`}>
        {t(held ? "safeguarding.held" : "safeguarding.not_held")}
      </p>
      <p className="text-xs text-ink-muted">
        {t("safeguarding.surplus")} <MoneyText money={surplus} />
      </p>
    </div>
  );
}

function Bar(props: { name: string; share: number; money: Safeguarding["assets"]; className: string }) {
  return (
    <div className="mb-2">
      <div className="flex flex-wrap justify-between gap-x-2 text-xs">
        <span className="text-ink-muted">{props.name}</span>
        <span className="font-medium">
          <MoneyText money={props.money} />
        </span>
      </div>
      <div aria-hidden className="mt-1 h-2.5 overflow-hidden rounded-full bg-sunken">
        <div className={`h-full rounded-full ${props.className}`} style={{ width: `${props.share / 10}%` }} />
      </div>
    </div>
  );
}

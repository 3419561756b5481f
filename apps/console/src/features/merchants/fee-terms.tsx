import { Fact, Facts } from "../../components/page.tsx";
import { useFormat } from "../../i18n.ts";
import type { FeePlan } from "./queries.ts";
import { useMerchantsT } from "./text.ts";

/** Hundredths of a percent as people write a percentage: whole numbers only, so that nothing is rounded. */
const percentOf = (basisPoints: number): string =>
  `${Math.floor(basisPoints / 100)}.${String(basisPoints % 100).padStart(2, "0")}`;
const isNothing = (decimal: string): boolean => /^0*(\.0*)?$/.test(decimal);

/** What a plan says, in words. */
export function FeeTerms({ terms }: { terms: FeePlan["terms"] }) {
  const t = useMerchantsT();
  const format = useFormat();
  const { settlement, reserve, promotion, refundFee, rates } = terms;
  return (
    <div className="grid gap-3">
      <table className="w-full max-w-2xl text-left text-sm">
        <thead>
          <tr className="border-b border-line text-xs text-ink-muted">
            <th scope="col" className="py-1.5 pr-4 font-medium">
              {t("plans.column.what")}
            </th>
            <th scope="col" className="py-1.5 font-medium">
              {t("plans.column.fee")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rates.map(({ method, currency, tiers }) => (
            <tr key={`${method} ${currency}`} className="border-b border-line align-top last:border-0">
              <th scope="row" className="py-1.5 pr-4 font-normal">
                {method === null ? t("plans.every_method") : t(`fee_method.${method}`)}
                {" · "}
                {currency ?? t("plans.every_currency")}
              </th>
              <td className="py-1.5 tabular-nums">
                {tiers.map(({ from, basisPoints, fixed }) => (
                  <span key={from} className="block">
                    {percentOf(basisPoints)} %{!isNothing(fixed) && ` + ${fixed} ${currency}`}
                    {!isNothing(from) && (
                      <span className="text-ink-muted">
                        {" "}
                        {t("plans.from_volume", { volume: `${from} ${currency}` })}
                      </span>
                    )}
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Facts>
        <Fact name={t("plans.settlement")}>
          {t("plans.settlement_value", {
            days: settlement.delayDays,
            hour: String(settlement.cutOffHour).padStart(2, "0"),
          })}
        </Fact>
        <Fact name={t("plans.reserve")}>
          {reserve === null
            ? t("plans.reserve_none")
            : t("plans.reserve_value", { percent: percentOf(reserve.basisPoints), days: reserve.days })}
        </Fact>
        <Fact name={t("plans.refund_fee")}>{t(`refund_fee.${refundFee}`)}</Fact>
        {promotion !== null && <Fact name={t("plans.promotion")}>{format.instant(promotion.until)}</Fact>}
      </Facts>
    </div>
  );
}

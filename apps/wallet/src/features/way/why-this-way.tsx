import { Card, DetailList, useFormatDate, useFormatMoney, useLocalText } from "@jinqiao/ui";
import { ChevronDown } from "lucide-react";
import type { PaymentRoute } from "../../api.ts";
import { useWayT } from "./text.ts";

/** A quiet line on a payment's page that opens: which bank and rail carry it, why, and what else was possible. */
export function WhyThisWay({ route }: { route: PaymentRoute }) {
  const t = useWayT();
  return (
    <Card>
      <details className="group" data-testid="why-this-way">
        <summary className="flex min-h-11 cursor-pointer list-none items-center justify-between gap-3 rounded-xl font-semibold focus-visible:outline-3 focus-visible:outline-offset-2 focus-visible:outline-jade">
          <h2 className="text-base">{t("way.title")}</h2>
          <ChevronDown
            aria-hidden
            className="size-5 text-ink-muted transition-transform group-open:rotate-180 motion-reduce:transition-none"
          />
        </summary>
        <WayDetails route={route} />
      </details>
    </Card>
  );
}

function WayDetails({ route }: { route: PaymentRoute }) {
  const t = useWayT();
  const local = useLocalText();
  const date = useFormatDate();
  const format = useFormatMoney();
  const name = ({ bankName, rail }: Pick<PaymentRoute, "bankName" | "rail">) =>
    t("way.by", { bank: local(bankName), rail: t(`way.rail.${rail}`) });
  const expected =
    route.expectedOn === null
      ? date(route.expectedAt)
      : t("way.arrives.by", { when: date(route.expectedOn, "date") });
  return (
    <div className="grid gap-4 pt-2">
      {route.before && (
        <p data-testid="way-before">
          {t(`way.before.${route.before.why}`, { bank: local(route.before.bankName) })}
        </p>
      )}
      <DetailList
        rows={[
          { label: t("way.sent_by"), value: name(route) },
          { label: t("move.fee"), value: isFree(route) ? t("move.fee.free") : format(route.fee) },
          { label: t("way.expected"), value: expected },
        ]}
      />
      <section>
        <h3 className="text-sm font-semibold">{t("way.because")}</h3>
        <ul className="mt-1 list-disc pl-5">
          {route.reasons.map((reason) => (
            <li key={reason}>{t(`way.reason.${reason}`)}</li>
          ))}
        </ul>
      </section>
      {route.others.length > 0 && (
        <section>
          <h3 className="text-sm font-semibold">{t("way.others")}</h3>
          <ul className="mt-1 grid gap-2" data-testid="way-others">
            {route.others.map((other) => (
              <li key={`${other.bankId} ${other.rail}`}>
                <span className="block">{name(other)}</span>
                <span className="block text-sm text-ink-muted">{t(`way.not.${other.whyNot}`)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** True where the customer pays nothing. */
export function isFree({ fee }: Pick<PaymentRoute, "fee">): boolean {
  return /^[0.]+$/.test(fee.amount);
}

import type { ConsoleRoute } from "@jinqiao/contract";
import { DateText, MoneyText } from "@jinqiao/ui";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { useLocalText, usePaymentT } from "../../i18n.ts";

type Way = Pick<ConsoleRoute, "cost" | "expectedAt" | "expectedOn" | "successPerMille" | "payments">;

/** By which bank and rail a payment goes, what it was chosen by, and what else there was. Facts of that moment. */
export function RouteFacts({ route }: { route: ConsoleRoute }) {
  const t = usePaymentT();
  const localText = useLocalText();
  const name = ({ bankName, rail }: Pick<ConsoleRoute, "bankName" | "rail">) =>
    `${localText(bankName)} · ${t(`rail.${rail}`)}`;
  return (
    <Section title={t("route.title")} lead={t("route.lead")}>
      {route.before !== null && (
        <p className="mb-3 text-sm" data-testid="route-before">
          {t(`route.before.${route.before.why}`, { way: name(route.before) })}
          {route.before.code !== null && <code className="text-xs text-ink-muted"> {route.before.code}</code>}{" "}
          <span className="text-ink-muted">
            <DateText value={route.before.at} />
          </span>
        </p>
      )}
      <Facts>
        <Fact name={t("route.chosen")}>{name(route)}</Fact>
        <Fact name={t("route.reasons")}>
          {route.reasons.map((reason) => t(`route.reason.${reason}`)).join(" · ")}
        </Fact>
        <WayFacts way={route} />
      </Facts>
      {route.others.length > 0 && (
        <>
          <h3 className="mt-4 mb-2 text-sm font-semibold">{t("route.others")}</h3>
          <ul className="grid gap-3" data-testid="route-others">
            {route.others.map((other) => (
              <li key={`${other.bankId} ${other.rail}`} className="border-t border-line pt-2 text-sm">
                <span className="font-medium">{name(other)}</span>
                <span className="block text-ink-muted">{t(`route.not.${other.whyNot}`)}</span>
                <Facts>
                  <WayFacts way={other} />
                </Facts>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

function WayFacts({ way }: { way: Way }) {
  const t = usePaymentT();
  return (
    <>
      <Fact name={t("route.cost")}>
        <MoneyText money={way.cost} />
      </Fact>
      <Fact name={t("route.expected")}>
        {way.expectedOn === null ? <DateText value={way.expectedAt} /> : <DateText value={way.expectedOn} />}
      </Fact>
      <Fact name={t("route.success")}>
        {t("route.success_of", { share: way.successPerMille / 1_000, payments: way.payments })}
      </Fact>
    </>
  );
}

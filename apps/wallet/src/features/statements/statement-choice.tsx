import { Card, Field, SelectField } from "@jinqiao/ui";
import type { StatementsSearch } from "../../router.tsx";
import { addDays, type PeriodChoice, timeZones } from "./period.ts";
import type { StatementQuery } from "./queries.ts";
import { useT } from "./text.ts";

const choices: PeriodChoice[] = ["this_month", "last_month", "this_year", "own"];

/** Which days, which currency, whose clocks. A change takes effect at once. */
export function StatementChoice({
  choice,
  query,
  currencies,
  today,
  errorOf,
  onChange,
}: {
  choice: PeriodChoice;
  query: StatementQuery;
  currencies: string[];
  today: string;
  errorOf: (field: string) => string | null;
  onChange: (changed: StatementsSearch) => void;
}) {
  const t = useT();
  const zones = timeZones(query.timeZone);
  const lastDay = addDays(query.to, -1);
  return (
    <Card aria-label={t("statements.choose")}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <SelectField
          name="period"
          label={t("statements.period")}
          value={choice}
          onChange={(event) => {
            const period = event.target.value as PeriodChoice;
            // One's own days begin as the days on screen, so that nothing jumps.
            if (period === "own")
              onChange({ period, from: query.from, until: lastDay > today ? today : lastDay });
            else onChange({ period, from: undefined, until: undefined });
          }}
        >
          {choices.map((one) => (
            <option key={one} value={one}>
              {t(`statements.period.${one}`)}
            </option>
          ))}
        </SelectField>
        {choice === "own" && (
          <div className="grid grid-cols-[repeat(2,minmax(0,1fr))] items-start gap-3 lg:grid-cols-[minmax(0,1fr)]">
            <Field
              name="from"
              type="date"
              label={t("statements.from")}
              value={query.from}
              min="1970-01-01"
              error={errorOf("from")}
              onChange={(event) => event.target.value && onChange({ from: event.target.value })}
            />
            <Field
              name="until"
              type="date"
              label={t("statements.until")}
              value={lastDay}
              min="1970-01-01"
              error={errorOf("to")}
              onChange={(event) => event.target.value && onChange({ until: event.target.value })}
            />
          </div>
        )}
        {currencies.length > 1 && (
          <SelectField
            name="currency"
            label={t("balance.currency")}
            value={query.currency}
            onChange={(event) => onChange({ currency: event.target.value })}
          >
            {currencies.map((currency) => (
              <option key={currency} value={currency}>
                {currency}
              </option>
            ))}
          </SelectField>
        )}
        <SelectField
          name="zone"
          label={t("statements.zone")}
          hint={t("statements.zone.hint")}
          value={query.timeZone}
          error={errorOf("timeZone")}
          translate="no"
          onChange={(event) => onChange({ zone: event.target.value })}
        >
          <optgroup label={t("statements.zone.usual")}>{zones.usual.map(zoneOption)}</optgroup>
          <optgroup label={t("statements.zone.all")}>{zones.others.map(zoneOption)}</optgroup>
        </SelectField>
      </div>
    </Card>
  );
}

function zoneOption(zone: string) {
  return (
    <option key={zone} value={zone} translate="no">
      {zone.replaceAll("_", " ")}
    </option>
  );
}

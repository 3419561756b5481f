import type { DeclaredRail } from "../rails.ts";
import type { DialectName, DialectSettings } from "./index.ts";

const both = ["top_up", "withdrawal"] as const;

/** What each dialect carries money by, and how soon its rules let it arrive. */
const declared: {
  [Name in DialectName]: (settings: DialectSettings & { connector: Name }) => DeclaredRail[];
} = {
  // SEPA Instant: ten seconds at any hour (EPC004-16); SEPA Credit Transfer: one banking business day (EPC125-05).
  "berlin-group": () => [
    {
      id: "instant_transfer",
      kinds: both,
      urgency: "instant",
      arrival: { withinSeconds: 10 },
      currencies: ["EUR"],
    },
    {
      id: "credit_transfer",
      kinds: both,
      urgency: "usual",
      arrival: { businessDays: 1, cutOff: "16:00" },
    },
  ],
  // Faster Payments: at any hour, at most two hours. Under a standing permission (VRP) no bank page is needed.
  "uk-open-banking": ({ sweeping }) => [
    ...(sweeping === undefined
      ? []
      : [
          {
            id: "standing_permission" as const,
            kinds: ["top_up"] as const,
            urgency: "instant" as const,
            arrival: { withinSeconds: 60 },
            currencies: [sweeping.currency],
            maxPerPayment: { amount: sweeping.maximumPerPayment, currency: sweeping.currency },
          },
        ]),
    { id: "faster_payment", kinds: both, urgency: "usual", arrival: { withinSeconds: 7_200 } },
  ],
  // SEPA Direct Debit Core (EPC016-06): handed in at least one business day before the due date.
  "iso20022-files": () => [
    {
      id: "file_transfer",
      kinds: ["withdrawal"],
      urgency: "usual",
      arrival: { businessDays: 1, cutOff: "15:00" },
    },
    {
      id: "direct_debit",
      kinds: ["top_up"],
      urgency: "usual",
      arrival: { businessDays: 1, cutOff: "15:00" },
    },
  ],
  // docs/quick-payment.md: the bank pays at once, around the clock.
  "quick-payment": () => [
    { id: "quick_payment", kinds: both, urgency: "usual", arrival: { withinSeconds: 60 } },
  ],
};

/** Rails of a bank as its dialect knows them, without the prices that the operator agreed with the bank. */
export function declaredRails(settings: DialectSettings): DeclaredRail[] {
  const ofDialect = declared[settings.connector] as (settings: DialectSettings) => DeclaredRail[];
  return ofDialect(settings);
}

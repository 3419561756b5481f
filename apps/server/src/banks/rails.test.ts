import { expect, test } from "vitest";
import { declaredRails } from "./connectors/rails.ts";
import { railSettings, railsOf } from "./rails.ts";

const berlin = declaredRails({ connector: "berlin-group" } as never);
const albion = declaredRails({
  connector: "uk-open-banking",
  sweeping: { currency: "GBP", maximumPerPayment: "1000.00", maximumPerMonth: "5000.00" },
} as never);

test("without terms a bank's rails cost nothing and reach its own accounts only", () => {
  const rails = railsOf({ declared: berlin, settings: undefined, currencies: ["CNY", "EUR"] });
  expect(rails.map(({ id, currencies, reach }) => [id, Object.keys(currencies), reach])).toEqual([
    ["instant_transfer", ["EUR"], []],
    ["credit_transfer", ["CNY", "EUR"], []],
  ]);
  expect(rails[1]?.currencies.CNY).toEqual({
    fee: { fixed: 0n, perMille: 0n },
    maxPerPayment: null,
    maxPerDay: null,
  });
});

test("what is agreed with the bank takes the place of what the dialect says; what is not listed is not used", () => {
  const settings = [
    railSettings.parse({
      id: "credit_transfer",
      kinds: ["withdrawal"],
      arrival: { withinSeconds: 5 },
      currencies: {
        JPY: { fee: { fixed: "150", perMille: 2 }, maxPerPayment: "90000", maxPerDay: "1000000" },
      },
      reach: "any",
    }),
  ];
  expect(railsOf({ declared: berlin, settings, currencies: ["CNY", "JPY"] })).toEqual([
    {
      id: "credit_transfer",
      kinds: ["withdrawal"],
      urgency: "usual",
      arrival: { withinSeconds: 5 },
      currencies: {
        JPY: { fee: { fixed: 150n, perMille: 2n }, maxPerPayment: 90_000n, maxPerDay: 1_000_000n },
      },
      reach: "any",
    },
  ]);
});

test("a limit that the rail has by nature holds also where the bank allows more", () => {
  const settings = [
    railSettings.parse({ id: "standing_permission", currencies: { GBP: { maxPerPayment: "2500.00" } } }),
  ];
  const [rail] = railsOf({ declared: albion, settings, currencies: ["GBP"] });
  expect(rail).toMatchObject({ kinds: ["top_up"], currencies: { GBP: { maxPerPayment: 100_000n } } });
});

test.each([
  { id: "credit_transfer", currencies: { JPY: { fee: { fixed: "1.50" } } } },
  { id: "credit_transfer", currencies: { EUR: { fee: { fixed: "-1.00" } } } },
  { id: "credit_transfer", currencies: { EUR: { maxPerPayment: "1e3" } } },
  { id: "credit_transfer", currencies: { XXQ: {} } },
  { id: "carrier_pigeon", currencies: { EUR: {} } },
  { id: "credit_transfer", currencies: { EUR: {} }, reach: ["cz"] },
  { id: "credit_transfer", currencies: { EUR: {} }, arrival: { businessDays: 1, cutOff: "25:00" } },
])("refuses terms that cannot be meant: %j", (settings) => {
  expect(railSettings.safeParse(settings).success).toBe(false);
});

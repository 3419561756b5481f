import fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SandboxBank } from "../index.ts";
import { createTpp, demoIban, startBank, type Tpp } from "../testing/tpp.ts";

let bank: SandboxBank;
let tpp: Tpp;
let close: () => Promise<void>;
let client: Client;
let accounts: string[];
const EXTERNAL = "GB33BUKB20201555555555";

beforeAll(async () => {
  const started = await startBank({ settleAfterMs: 5, autoEndOfDay: false });
  ({ bank, close } = started);
  client = new Client({ connectionString: started.databaseUrl });
  await client.connect();
  tpp = await createTpp(bank);
  const [custody] = await bank.script.custodyAccounts({ clientId: tpp.clientId, currencies: ["CNY"] });
  accounts = [
    custody?.iban ?? "",
    await demoIban(bank, "linxiao", "CNY"),
    await demoIban(bank, "wanglei", "CNY"),
  ];
});
afterAll(async () => {
  await client.end();
  await close();
});

type Step = { kind: "pay"; from: number; to: number; minor: number } | { kind: "close" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant("pay" as const),
      from: fc.nat(2),
      to: fc.nat(3),
      minor: fc.integer({ min: 1, max: 900_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "close" as const }) },
);

async function run(one: Step): Promise<void> {
  if (one.kind === "close") {
    await bank.script.endOfDay();
    return;
  }
  const from = accounts[one.from] ?? "";
  const to = accounts[one.to] ?? EXTERNAL;
  if (from === to) return;
  const text = String(one.minor).padStart(3, "0");
  const payment = await tpp.pay({ from, to, amount: `${text.slice(0, -2)}.${text.slice(-2)}` });
  if (payment.body.transactionStatus === "RCVD") await bank.script.authorisePayment(payment.body.paymentId);
}

test("whatever is paid at once: books balance, no account below zero, every sequence unbroken", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      await Promise.all(steps.map(run));
      expect((await bank.script.trialBalance()).filter(({ sumMinor }) => sumMinor !== "0")).toEqual([]);
      const transfers = await client.query(
        "SELECT transfer_id FROM bank.entries GROUP BY transfer_id HAVING sum(amount_minor) <> 0 OR count(DISTINCT status) > 1",
      );
      expect(transfers.rows).toEqual([]);
      const broken = await client.query(
        `SELECT account_id FROM (
           SELECT account_id, sequence, balance_after_minor, amount_minor,
                  lag(sequence, 1, 0) OVER w AS before, lag(balance_after_minor, 1, 0) OVER w AS balance_before,
                  booking_date, lag(booking_date, 1, '0001-01-01') OVER w AS date_before
             FROM bank.entries WHERE status = 'booked' WINDOW w AS (PARTITION BY account_id ORDER BY sequence)) AS lines
          WHERE sequence <> before + 1 OR balance_after_minor <> balance_before + amount_minor OR booking_date < date_before`,
      );
      expect(broken.rows).toEqual([]);
      const accountsWrong = await client.query(
        `SELECT a.id FROM bank.accounts a LEFT JOIN bank.entries e ON e.account_id = a.id GROUP BY a.id
          HAVING a.booked_minor <> coalesce(sum(e.amount_minor) FILTER (WHERE e.status = 'booked'), 0)
              OR a.pending_debit_minor + a.pending_credit_minor <> coalesce(sum(e.amount_minor) FILTER (WHERE e.status = 'pending'), 0)
              OR (a.kind <> 'internal' AND a.booked_minor + a.pending_debit_minor < 0)`,
      );
      expect(accountsWrong.rows).toEqual([]);
    }),
    { numRuns: 8 },
  );
});

test("booked entries can be neither changed nor deleted", async () => {
  await expect(
    client.query("UPDATE bank.entries SET amount_minor = 1 WHERE status = 'booked'"),
  ).rejects.toThrow(/never changed/);
  await expect(client.query("DELETE FROM bank.entries WHERE status = 'booked'")).rejects.toThrow(
    /never changed/,
  );
});

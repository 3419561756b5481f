import { createHmac } from "node:crypto";
import { dynamicCode } from "@jinqiao/contract";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { parseDecimal } from "@jinqiao/money";
import { afterAll, beforeAll, expect, it } from "vitest";
import { usualStepUpPolicy } from "../../apps/server/src/identity/index.ts";
import { attempt, createWorld, type LinkedAccount, type Session, type World } from "../support/world.ts";

/**
 * A seeded simulation: people do at random what people do while the bank does at random what banks do. An auditor
 * beside it predicts nothing but conservation: what left the bank accounts is in wallets, on its way, or back. Banks
 * send and take settled payments back, in parts, also when the customer no longer has the money.
 * `JINQIAO_SEED_OF_SIMULATION=<number>` replays a run; `JINQIAO_SIMULATION_STEPS` makes it longer.
 */
const seed = Number(process.env.JINQIAO_SEED_OF_SIMULATION ?? 20_260_301);
const steps = Number(process.env.JINQIAO_SIMULATION_STEPS ?? 120);
const faults = [
  "refuse",
  "reset-connection-before",
  "reset-connection-after",
  "duplicate-notice",
  "withhold-notice",
  "error",
] as const;

/** Mulberry32: small, seeded, good enough to choose among actions. */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Person = Session & { id: string; account: string; secret: string };
type StepUp = { id: string; digest: string };
/** As installations confirm payments, but codes that were wrong wait for a moment only. */
const stepUp = { ...usualStepUpPolicy, lockMs: 1_000 };
/** What a person's other device shows for a payment. */
const codeOf = ({ secret }: Person, { digest }: StepUp) =>
  dynamicCode(
    createHmac("sha256", Buffer.from(secret, "base64")).update(Buffer.from(digest, "base64url")).digest(),
  );
let world: World;
let people: Person[];
let bankIbans: string[];

beforeAll(async () => {
  world = await createWorld({ bank: { settleAfterMs: 0 }, overrides: { stepUp } });
  people = [];
  // Several wallets may draw on one bank account, as couples' do.
  for (const username of ["linxiao", "wanglei", "linxiao", "wanglei"]) {
    const person = await world.customer(username);
    const account = (await world.link(person, username)).get("CNY") as LinkedAccount;
    const { secret } = await unwrap(person.api.POST("/v1/me/in-app-tokens", { body: { name: "Device" } }));
    people.push({ ...person, account: account.id, secret });
  }
  const custody = world.config.custodyAccounts.find((one) => one.currency === "CNY")?.iban ?? "";
  const psus = await world.bank.script.psus();
  bankIbans = [
    custody,
    ...psus.flatMap((psu) => psu.accounts.filter((one) => one.currency === "CNY").map((one) => one.iban)),
  ];
});
afterAll(() => world.close());

const atBank = async (): Promise<bigint> => {
  const states = await Promise.all(bankIbans.map((iban) => world.bank.script.account(iban)));
  return states.reduce((sum, state) => sum + BigInt(state.expectedMinor), 0n);
};
const inWallets = async (): Promise<bigint> => {
  const balances = await Promise.all(people.map((person) => unwrap(person.api.GET("/v1/balances"))));
  return balances
    .flatMap(({ items }) => items)
    .reduce((sum, one) => sum + (one.currency === "CNY" ? parseDecimal(one.total.amount, "CNY") : 0n), 0n);
};

const owedByPeople = async (): Promise<bigint> => {
  const rows = await Promise.all(people.map(({ id }) => world.app.ledger.balances(`receivable:${id}`)));
  return rows.flat().reduce((sum, { balance }) => sum + balance, 0n);
};
/** Custody may be short by what customers owe, and by nothing else. */
const violations = async () => {
  const owed = await owedByPeople();
  const found = await world.app.ledger.violations();
  if (owed === 0n) return found;
  const { assets, owed: liable } = await world.app.ledger.safeguarding("CNY");
  expect(liable - assets).toBeLessThanOrEqual(owed);
  return found.filter(({ invariant }) => invariant !== "custody covers what is owed");
};

it(`conserves every cent through ${steps} random steps, seed ${seed}`, { timeout: 600_000 }, async () => {
  const random = randomFrom(seed);
  // A stream of its own: who cheats changes nothing of what else happens.
  const dishonest = randomFrom(seed + 1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const amount = () => ({
    amount: `${Math.floor(random() * 40) + 1}.${String(Math.floor(random() * 100)).padStart(2, "0")}`,
    currency: "CNY",
  });
  const before = await atBank();
  const done = {
    top_up: 0,
    transfer: 0,
    withdrawal: 0,
    refused: 0,
    faults: 0,
    days: 0,
    returns: 0,
    confirmed: 0,
  };

  const act = async () => {
    const person = pick(people);
    const body = { linkedAccountId: person.account, amount: amount() };
    // One press in four is a double press with one key.
    const header = attempt();
    const presses = random() < 0.25 ? 2 : 1;
    const kind = pick(["top_up", "top_up", "transfer", "transfer", "withdrawal"] as const);
    const payeeId = pick(people.filter((one) => one.id !== person.id)).id;
    const press = () => {
      if (kind === "top_up") return unwrap(person.api.POST("/v1/top-ups", { params: { header }, body }));
      return confirming((proof) =>
        kind === "withdrawal"
          ? unwrap(person.api.POST("/v1/withdrawals", { params: { header }, body: { ...body, ...proof } }))
          : unwrap(person.api.POST("/v1/transfers", { params: { header }, body: { ...transfer, ...proof } })),
      );
    };
    const transfer = { payeeId, amount: body.amount };
    /** Pays; where it must be confirmed, confirms and pays again. One in five presents what was confirmed for another payment. */
    async function confirming<R>(pay: (proof: { stepUpId?: string }) => Promise<R>): Promise<R> {
      try {
        return await pay({});
      } catch (error) {
        if (!(error instanceof ApiError && error.problem.code === "sca.required")) throw error;
      }
      done.confirmed += 1;
      if (dishonest() < 0.2) {
        const other = await confirmed({ amount: "77.77", currency: "CNY" });
        const refused = await pay({ stepUpId: other }).catch((error: unknown) => error);
        // The double press may have paid meanwhile, and is then answered the same.
        if (refused instanceof ApiError) expect(refused.problem.code).toMatch(/^sca\.|insufficient/);
        else expect(refused).toMatchObject({ amount: body.amount });
      }
      return pay({ stepUpId: await confirmed(body.amount) });
    }
    async function confirmed(money: { amount: string; currency: string }): Promise<string> {
      const asked = await unwrap(
        person.api.POST("/v1/step-ups", {
          body:
            kind === "withdrawal"
              ? { kind, linkedAccountId: person.account, amount: money }
              : { kind: "transfer", payeeId, amount: money },
        }),
      );
      const params = { path: { stepUpId: asked.id } };
      const answer = { kind: "in_app" as const, code: codeOf(person, asked) };
      await unwrap(person.api.POST("/v1/step-ups/{stepUpId}/answers", { params, body: answer }));
      return asked.id;
    }
    const answers = await Promise.allSettled(Array.from({ length: presses }, press));
    const ids = new Set(
      answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.id] : [])),
    );
    expect(ids.size).toBeLessThanOrEqual(1);
    for (const answer of answers) {
      if (
        answer.status === "rejected" &&
        !(answer.reason instanceof ApiError && answer.reason.problem.code === "payment.insufficient_funds")
      )
        throw answer.reason;
    }
    if (ids.size === 1) done[kind] += 1;
    else done.refused += 1;
  };

  for (let step = 0; step < steps; step += 1) {
    const dice = random();
    if (dice < 0.12) {
      await world.bank.script.addFault({
        operation: pick(["initiatePayment", "initiatePayment", "paymentStatus", "transactions", "token"]),
        action: pick(faults),
        times: 1,
      });
      done.faults += 1;
    } else if (dice < 0.15) {
      await world.settleJobs();
      await world.closeDay().catch(() => undefined);
      done.days += 1;
    } else if (dice < 0.2) {
      // The bank takes a settled payment back, whole or in part; what it refuses to take back is no return.
      const settled = await world.app.db.query<{ reference: string }>(
        "SELECT reference FROM payments.payment WHERE kind IN ('top_up', 'withdrawal') AND status = 'settled' ORDER BY id",
      );
      if (settled.length > 0) {
        const part = random() < 0.5 ? { amount: `0.${Math.floor(random() * 90) + 10}` } : {};
        const input = {
          endToEndId: pick(settled).reference,
          reason: pick(["AC04", "MD06", "AM09"]),
          ...part,
        };
        await world.bank.script.returnPayment(input).then(
          () => {
            done.returns += 1;
          },
          () => undefined,
        );
      }
    } else if (dice < 0.3) await world.settleJobs();
    else await Promise.all(Array.from({ length: 1 + Math.floor(random() * 4) }, act));
    if (step % 20 === 19) expect(await violations(), `after step ${step}`).toEqual([]);
  }

  // Calm returns; everything that is open comes to its end.
  await world.bank.script.clearFaults();
  await world.settleJobs();
  await world.closeDay();
  await world.closeDay();
  expect(
    done.top_up * done.transfer * done.withdrawal * done.faults * done.returns * done.confirmed,
    JSON.stringify(done),
  ).toBeGreaterThan(0);
  const open = await world.app.db.query(
    "SELECT id, kind, status FROM payments.payment WHERE status NOT IN ('settled', 'rejected', 'cancelled', 'returned')",
  );
  expect(open).toEqual([]);
  expect(await violations()).toEqual([]);
  const staff = await world.staff();
  expect((await unwrap(staff.GET("/v1/console/breaks"))).items).toEqual([]);
  // All the bank's accounts together hold what they held, and what is owed in wallets stands on the custody account.
  expect(await atBank()).toBe(before);
  const custody = BigInt((await world.bank.script.account(bankIbans[0] ?? "")).bookedMinor);
  // What customers owe for top-ups taken back is missing in custody, to the cent, and each debt is a case.
  const owed = await owedByPeople();
  expect((await inWallets()) - owed).toBe(custody);
  const { items } = await unwrap(staff.GET("/v1/console/cases"));
  const cases = items.filter(({ kind }) => kind === "money_owed");
  expect(cases.reduce((sum, one) => sum + parseDecimal(one.amount.amount, "CNY"), 0n)).toBe(owed);
  const [{ excess } = { excess: -1n }] = await world.app.db.query<{ excess: bigint }>(
    `SELECT count(*) AS excess FROM payments.payment o WHERE o.amount < (SELECT sum(amount) FROM payments.payment WHERE original_id = o.id)`,
  );
  expect(excess).toBe(0n);
  // Every payment out has its confirmation or its room, no confirmation has two, and no more than five in a row went without.
  const unfounded = await world.app.db.query(
    `SELECT p.id FROM payments.payment p LEFT JOIN identity.step_up s ON s.id = p.authentication ->> 'stepUpId' AND s.customer_id = p.customer_id
      WHERE p.kind IN ('transfer', 'withdrawal') AND p.authentication ->> 'exemption' IS NULL AND s.used_at IS NULL
     UNION ALL SELECT p.authentication ->> 'stepUpId' FROM payments.payment p WHERE p.authentication ->> 'stepUpId' IS NOT NULL GROUP BY 1 HAVING count(*) > 1
     UNION ALL SELECT e.attempt FROM identity.step_up_exemption e
      WHERE (SELECT count(*) FROM identity.step_up_exemption o WHERE o.customer_id = e.customer_id AND o.at <= e.at AND o.at > coalesce(
        (SELECT max(used_at) FROM identity.step_up s WHERE s.customer_id = e.customer_id AND s.used_at <= e.at), '-infinity')) > 5`,
  );
  expect(unfounded).toEqual([]);
});

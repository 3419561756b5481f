import {
  type AccountRef,
  fxPosition,
  hashOf,
  type Instruction,
  type Leg,
} from "../../../apps/server/src/ledger/index.ts";
import { event } from "../../../apps/server/src/platform/events.ts";
import { type Id, makeId } from "../../../packages/money/src/index.ts";
import type { Random } from "./random.ts";

/** One thing that is asked of the ledger, by one process or by two at once. */
export type Step = {
  instruction: Instruction;
  /** Numbers of the engine processes that are asked. */
  to: number[];
  /** Its writer does not exist: the ledger can neither do nor refuse it for good. */
  poison: boolean;
};

/** What breaks during a round, and when. */
export type Fault =
  /** An engine process ends by SIGKILL around its n-th statement of the round. */
  | { what: "kill engine"; engine: number; statement: number; when: "before" | "during" | "after" }
  /** The answer to an engine's n-th statement is lost, or the statement never reaches the database. */
  | { what: "lose answer"; engine: number; statement: number; when: "before" | "after" }
  /** PostgreSQL ends by SIGKILL when so many answers of the round have come: all of it, or one of its sessions. */
  | { what: "kill PostgreSQL"; answers: number; part: "postmaster" | "backend" };

/** What is asked at the same time. Rounds follow one another. */
export type Round = {
  /** What each engine's clock says, ms since 1970. */
  clocks: number[];
  steps: Step[];
  /** How many of the steps only put money into the books; they are not counted. */
  opening: number;
  faults: Fault[];
  /** Afterwards every engine is told to end holds whose time has passed. */
  expires: boolean;
};

const minute = 60_000;
const day = 1_440 * minute;
/** No account's entries end up more than about two years ahead: a partition per month. */
const firstInstant = Date.parse("2026-01-30T22:00:00.000Z");

/**
 * Writes the rounds of a run. What comes next follows from the seed and never from an answer, so that a shorter run of
 * the same seed is the beginning of the longer one.
 */
export function* rounds(
  random: Random,
  options: { steps: number; engines: number; calm?: boolean },
): Generator<Round> {
  const chance = {
    faults: random.fork("faults"),
    steps: random.fork("steps"),
    clocks: random.fork("clocks"),
  };
  const make = createSteps(chance.steps, options.engines);
  let base = firstInstant;
  let made = 0;
  for (let number = 0; made < options.steps; number += 1) {
    base += jump(chance.clocks);
    if (base < firstInstant - 60 * day || base > firstInstant + 600 * day) base = firstInstant;
    const clocks = Array.from({ length: options.engines }, () => base + chance.clocks.between(-5, 5) * 700);
    const size = chance.steps.weighted({ few: 2, some: 5, many: 1 });
    const count = { few: 3, some: 25, many: 120 }[size];
    const steps = Array.from({ length: chance.steps.between(1, count) }, () =>
      make.step(Math.max(...clocks)),
    );
    const faults = number === 0 || options.calm ? [] : faultsOf(chance.faults, options.engines, steps.length);
    const opening = number === 0 ? make.opening() : [];
    yield {
      clocks,
      steps: [...opening, ...steps.slice(0, options.steps - made)],
      opening: opening.length,
      faults,
      expires: chance.faults.chance(0.3),
    };
    made += steps.length;
  }
}

/** How far the clocks move between two rounds: mostly on, at times by months, at times back. */
function jump(random: Random): number {
  const kind = random.weighted({ on: 12, hours: 3, months: 2, back: 2, farBack: 1 });
  if (kind === "on") return random.between(1, 5 * minute);
  if (kind === "hours") return random.between(1, 30) * 60 * minute;
  if (kind === "months") return random.between(20, 90) * day;
  return kind === "back" ? -random.between(1, 120) * minute : -random.between(20, 70) * day;
}

function faultsOf(random: Random, engines: number, size: number): Fault[] {
  if (random.chance(0.6)) return [];
  const fault = (): Fault => {
    const what = random.weighted({ "lose answer": 10, "kill engine": 4, "kill PostgreSQL": 2 });
    const engine = random.below(engines);
    const statement = random.between(1, 12);
    if (what === "lose answer") return { what, engine, statement, when: random.pick(["before", "after"]) };
    if (what === "kill engine")
      return { what, engine, statement, when: random.pick(["before", "during", "after"]) };
    const part = random.pick(["postmaster", "backend"] as const);
    return { what, answers: random.below(Math.max(1, size)), part };
  };
  return Array.from({ length: random.between(1, 2) }, fault);
}

type Hold = { id: Id<"hld">; account: AccountRef };

function createSteps(random: Random, engines: number) {
  let serial = 0;
  const id = <P extends "trf" | "hld">(prefix: P): Id<P> => makeId(prefix, firstInstant, random.bytes(10));
  const inYuan = (code: string): AccountRef => ({ code, currency: "CNY" });
  const inEuro = (code: string): AccountRef => ({ code, currency: "EUR" });
  const customers = Array.from({ length: 8 }, (_, index) => inYuan(`customer:sim${index}`));
  const shops = [inYuan("merchant:sim0"), inYuan("merchant:sim1")];
  const bank = inYuan("custody:sim");
  const holds: Hold[] = [];
  const asked: Instruction[] = [];

  const instruct = (parts: Omit<Instruction, "key" | "hash">): Instruction => {
    serial += 1;
    return { key: `sim/${serial}`, hash: hashOf({ serial }), result: { serial }, ...parts };
  };
  const book = (kind: string, legs: readonly Leg[], parts: Omit<Instruction, "key" | "hash"> = {}) =>
    instruct({ transfer: { id: id("trf"), kind, subject: `subject-${serial % 50}`, legs }, ...parts });
  const move = (
    kind: string,
    debit: AccountRef,
    credit: AccountRef,
    amount: bigint,
    parts: Omit<Instruction, "key" | "hash"> = {},
  ) => instruct({ transfer: { id: id("trf"), kind, postings: [{ debit, credit, amount }] }, ...parts });

  const amount = (most = 400): bigint => BigInt(random.between(1, most));
  const someone = (): AccountRef => random.pick(customers);
  const someHold = (): Hold =>
    holds.length > 0 && random.chance(0.97)
      ? (holds[Math.max(0, holds.length - random.between(1, 15))] as Hold)
      : { id: id("hld"), account: someone() };

  const kinds = {
    fund: () => move("fund", bank, someone(), amount(900)),
    withdraw: () => move("withdraw", someone(), bank, amount(600)),
    send: () => move("send", someone(), someone(), amount()),
    hotSend: () => move("send", someone(), customers[0] as AccountRef, amount(50)),
    purchase() {
      const [price, fee] = [amount() + 5n, amount(5)];
      return book("purchase", [
        { account: someone(), amount: price },
        { account: random.pick(shops), amount: fee - price },
        { account: inYuan("fees:sim"), amount: -fee },
      ]);
    },
    payOut() {
      const part = amount(200);
      return instruct({
        transfer: {
          id: id("trf"),
          kind: "pay_out",
          postings: shops.map((shop) => ({ debit: shop, credit: bank, amount: part })),
        },
      });
    },
    convert() {
      const customer = someone();
      const [yuan, euro] = [amount(), amount(50)];
      const sides = [
        { account: customer, amount: yuan },
        { account: fxPosition("EUR/CNY", "CNY"), amount: -yuan },
        { account: fxPosition("EUR/CNY", "EUR"), amount: euro },
        { account: inEuro(customer.code), amount: -euro },
      ];
      return book(
        "convert",
        random.chance(0.5) ? sides : sides.map((side) => ({ ...side, amount: -side.amount })),
      );
    },
    hold(latest: number) {
      const hold = { id: id("hld"), account: someone() };
      holds.push(hold);
      const expiresAt = new Date(latest + random.between(1, 240) * minute);
      return instruct({
        holds: [{ ...hold, amount: amount(), subject: `subject-${serial % 50}`, expiresAt }],
      });
    },
    capture() {
      const { id: holdId, account } = someHold();
      const part = amount(150);
      const how = random.weighted({ whole: 1, part: 2, keep: 3 });
      return move("capture", account, random.pick(shops), part, {
        releases: [
          {
            holdId,
            account,
            as: "captured",
            ...(how === "whole" ? {} : { amount: part }),
            ...(how === "keep" ? { keepRest: true } : {}),
          },
        ],
      });
    },
    void() {
      const { id: holdId, account } = someHold();
      return instruct({ releases: [{ holdId, account, as: random.pick(["voided", "expired"]) }] });
    },
    limited: () =>
      move("send", someone(), someone(), amount(200), {
        allowances: [
          {
            counter: `limit/${serial >> 5}/${random.below(2)}`,
            currency: "CNY",
            amount: random.chance(0.1) ? -amount(300) : amount(300),
            max: 400n,
            resetsAt: new Date(firstInstant + 700 * day),
          },
        ],
      }),
    status: () =>
      instruct({
        accounts: [
          {
            account: random.pick([...customers, ...shops]),
            status: random.weighted({ open: 14, credit_only: 1, debit_only: 1, frozen: 1 }),
          },
        ],
      }),
    floor: () =>
      instruct({ accounts: [{ account: someone(), floor: random.pick([0n, 0n, 0n, -500n, 100n, null]) }] }),
    /** Opens, uses and closes an account that nobody else knows, or tries to close one in use. */
    close() {
      const account = random.chance(0.3) ? someone() : inYuan(`customer:brief${random.below(6)}`);
      const status = "closed" as const;
      return random.chance(0.5)
        ? instruct({ accounts: [{ account, status }] })
        : move("sweep", account, bank, amount(20), { accounts: [{ account, status }] });
    },
    fundBrief: () => move("fund", bank, inYuan(`customer:brief${random.below(6)}`), amount(20)),
    /** One of a few rows that several decide about: only what saw the present version goes through. */
    guarded() {
      const row = `row${random.below(2)}`;
      const version = Math.floor(serial / 40) + random.below(2);
      return instruct({
        guards: [{ check: "simulation.stale", arg: { id: row, version }, id: row }],
        rows: [{ writer: "simulation.write", row: { id: row, version: version + 1 } }],
        ...(random.chance(0.5)
          ? {
              transfer: {
                id: id("trf"),
                kind: "guarded",
                postings: [{ debit: bank, credit: someone(), amount: amount() }],
              },
            }
          : {}),
      });
    },
    eventful: () =>
      move("send", someone(), someone(), amount(), {
        events: [event("balance.changed", { customerId: "cus_sim" as never, currency: "CNY" })],
        jobs: [{ task: "sim", payload: { serial } }],
      }),
    wrong() {
      const [one, other] = [someone(), someone()];
      return random.pick([
        () => move("wrong", one, other, 0n),
        () => move("wrong", one, other, -5n),
        () => move("wrong", one, other, 10n ** 30n),
        () => move("wrong", one, one, 5n),
        () => move("wrong", one, inEuro(other.code), 5n),
        () => move("wrong", one, inYuan("nowhere:1"), 5n),
        () =>
          book("wrong", [
            { account: one, amount: 5n },
            { account: bank, amount: -4n },
          ]),
        () => book("wrong", []),
        () =>
          book(
            "wrong",
            Array.from({ length: 1_001 }, () => ({ account: one, amount: 1n })),
          ),
      ])();
    },
    /** Nothing that two processes would wait for each other on, but the key. */
    aside: () =>
      instruct({ rows: [{ writer: "simulation.write", row: { id: `aside${serial}`, version: 1 } }] }),
    poison: () =>
      move("poison", bank, someone(), amount(), { rows: [{ writer: "simulation.nowhere", row: {} }] }),
    /** An old key again, or a recent one, as it was or altered. */
    again() {
      const back = random.chance(0.7) ? random.between(1, 12) : random.between(1, 200);
      const earlier = asked[Math.max(0, asked.length - back)];
      if (!earlier) return kinds.fund();
      if (random.chance(0.7)) return earlier;
      const altered = move("altered", bank, someone(), amount());
      return { ...altered, key: earlier.key };
    },
  };
  const weights: { [Kind in keyof typeof kinds]: number } = {
    fund: 8,
    withdraw: 3,
    send: 10,
    hotSend: 8,
    purchase: 6,
    payOut: 2,
    convert: 4,
    hold: 9,
    capture: 10,
    void: 4,
    limited: 6,
    status: 2,
    floor: 2,
    close: 2,
    fundBrief: 2,
    guarded: 4,
    eventful: 2,
    wrong: 3,
    aside: 2,
    poison: 0.5,
    again: 8,
  };

  return {
    /** Money to begin with; the operator's own euros stand behind conversions, its own yuan behind credit. */
    opening: (): Step[] =>
      [
        move("opening", inEuro("custody:sim"), inEuro("own-funds"), 1_000_000n),
        move("opening", bank, inYuan("own-funds"), 1_000_000n),
        ...customers.map((customer) => move("opening", bank, customer, 1_000n)),
      ].map((instruction) => ({ instruction, to: [0], poison: false })),
    step(latest: number): Step {
      const kind = random.weighted(weights);
      const instruction = kinds[kind](latest);
      asked.push(instruction);
      const first = random.below(engines);
      const second = random.below(engines);
      // Two processes that ask for the same at once race most where no account makes one wait for the other.
      const twice = random.chance(kind === "aside" || kind === "wrong" || kind === "limited" ? 0.5 : 0.15);
      const poison = (instruction.rows ?? []).some((row) => row.writer === "simulation.nowhere");
      return { instruction, to: twice ? [first, second] : [first], poison };
    },
  };
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountsOf, type BatchState, formProblem, toItem } from "./decide.ts";
import {
  type AccountRef,
  type AccountStatus,
  type Instruction,
  type Leg,
  maxLegs,
  type RefusalCode,
  refusals,
} from "./instruction.ts";
import {
  account,
  cny,
  codeOf,
  custody,
  eur,
  fresh,
  holdOn,
  largest,
  noonMs,
  postingOf,
  run,
  snapshot,
  stateOf,
  tomorrow,
  transferOf,
} from "./testing/books.ts";

describe("the order of refusals", () => {
  /** Everything wrong that can be, each by itself and on accounts of its own, so that any may stand together. */
  type Parts = Required<Pick<Instruction, "holds" | "releases" | "allowances" | "accounts">> & {
    legs: Leg[];
  };
  const faults: Record<RefusalCode, (parts: Parts) => Partial<Parts>> = {
    "ledger.too_many_legs": ({ legs }) => ({
      legs: [
        ...legs,
        ...Array.from({ length: maxLegs }, (_, i) => ({ account: custody, amount: i % 2 ? 1n : -1n })),
      ],
    }),
    "ledger.amount_invalid": ({ holds }) => ({ holds: [...holds, holdOn(cny("customer:a"), 0n)] }),
    "ledger.amount_too_large": ({ holds }) => ({ holds: [...holds, holdOn(cny("customer:a"), 2n ** 63n)] }),
    "ledger.account_unknown": ({ legs }) => ({ legs: [...legs, ...pair(cny("nobody:1"), 1n)] }),
    "ledger.currency_mismatch": ({ holds }) => ({
      holds: [...holds, holdOn({ code: "customer:a", currency: "XXX" }, 1n)],
    }),
    "ledger.unbalanced": ({ legs }) => ({ legs: [...legs, { account: custody, amount: 7n }] }),
    "ledger.hold_not_open": ({ releases }) => ({
      releases: [...releases, { holdId: "hld_done", account: cny("customer:a"), as: "voided" }],
    }),
    "ledger.hold_exceeded": ({ releases }) => ({
      releases: [
        ...releases,
        { holdId: "hld_open", account: cny("customer:a"), as: "captured", amount: 11n },
      ],
    }),
    "ledger.account_closed": ({ legs }) => ({ legs: [...legs, ...pair(cny("customer:closed"), -1n)] }),
    "ledger.account_frozen": ({ legs }) => ({ legs: [...legs, ...pair(cny("customer:frozen"), -1n)] }),
    "ledger.account_not_empty": ({ accounts }) => ({
      accounts: [...accounts, { account: cny("customer:full"), status: "closed" }],
    }),
    "ledger.limit_exceeded": ({ allowances }) => ({
      allowances: [
        ...allowances,
        { counter: "day", currency: "CNY", amount: 11n, max: 100n, resetsAt: tomorrow },
      ],
    }),
    "payment.insufficient_funds": ({ legs }) => ({ legs: [...legs, ...pair(cny("customer:poor"), 1n)] }),
  };
  const pair = (ref: AccountRef, amount: bigint): Leg[] => [
    { account: ref, amount },
    { account: custody, amount: -amount },
  ];
  /** Ten for one customer, with nothing wrong. */
  const sound = (): Parts => ({
    legs: pair(cny("customer:b"), -10n),
    holds: [],
    releases: [],
    allowances: [],
    accounts: [],
  });

  function world(): BatchState {
    const a = account(cny("customer:a"), { balance: 100n, held: 10n });
    const state = stateOf([
      account(custody, { balance: 1_000n }),
      a,
      account(cny("customer:b")),
      account(cny("customer:full"), { balance: 5n }),
      account(cny("customer:poor")),
      account(cny("customer:closed"), { status: "closed" }),
      account(cny("customer:frozen"), { status: "frozen" }),
    ]);
    state.holds.set("hld_open", { id: "hld_open", account: a, amount: 10n, captured: 0n, status: "open" });
    state.holds.set("hld_done", { id: "hld_done", account: a, amount: 10n, captured: 0n, status: "voided" });
    state.allowances.set("day CNY", { counter: "day", currency: "CNY", used: 90n, resetsAt: tomorrow });
    return state;
  }

  const names = Object.keys(refusals) as RefusalCode[];
  const formFaults = new Set<RefusalCode>(names.slice(0, names.indexOf("ledger.hold_not_open")));

  it("is that of the catalogue, whatever else is wrong and wherever it stands", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(names), (chosen) => {
        const parts = sound();
        for (const name of chosen) Object.assign(parts, faults[name](parts));
        const { legs, ...rest } = parts;
        const instruction = fresh({ transfer: transferOf(legs), ...rest });
        const expected = names.find((name) => chosen.includes(name));
        const state = world();
        const before = snapshot(state);
        const decision = run(state, instruction);

        expect(codeOf(decision.outcomes[0])).toBe(expected ?? "accepted");
        expect(formProblem(instruction)).toBe(expected && formFaults.has(expected) ? expected : undefined);
        if (!expected) return;
        expect(decision.outcomes[0]).toEqual({ status: "refused", code: expected, ...refusals[expected] });
        expect(snapshot(state)).toEqual(before);
        expect(decision).toMatchObject({
          answers: [{ item: 0, code: expected }],
          transfers: [],
          newHolds: [],
        });
        for (const changed of [decision.accounts, decision.restated, decision.holds, decision.allowances])
          expect(changed.size).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it.each(names)("knows %s alone, and a replay is told the same", (name) => {
    const { legs, ...rest } = { ...sound(), ...faults[name](sound()) };
    const instruction = fresh({ transfer: transferOf(legs), ...rest });
    const decision = run(world(), instruction, instruction, { ...instruction, hash: "other" });
    const refused = { status: "refused", code: name, ...refusals[name] };
    expect(decision.outcomes).toEqual([refused, refused, { status: "conflict" }]);
    expect(decision.answers).toEqual([{ item: 0, code: name }]);
  });
});

describe("what is well formed", () => {
  const legs = (count: number): Instruction =>
    fresh({
      transfer: transferOf(
        Array.from({ length: count }, (_, index) => ({ account: custody, amount: index % 2 ? 1n : -1n })),
      ),
    });
  const hold = (amount: bigint, ref = cny("customer:a")): Instruction =>
    fresh({ holds: [{ id: "hld_1", account: ref, amount, expiresAt: tomorrow }] });
  const capture = (amount: bigint): Instruction =>
    fresh({ releases: [{ holdId: "hld_1", account: cny("customer:a"), as: "captured", amount }] });
  const allow = (amount: bigint, max: bigint): Instruction =>
    fresh({ allowances: [{ counter: "day", currency: "CNY", amount, max, resetsAt: tomorrow }] });
  const floor = (amount: bigint | null): Instruction =>
    fresh({ accounts: [{ account: cny("customer:a"), floor: amount }] });
  const posting = (debit: AccountRef, credit: AccountRef, amount = 1n) =>
    fresh(postingOf(debit, credit, amount));

  it.each<[string, Instruction, RefusalCode | undefined]>([
    ["nothing but a key", fresh({}), undefined],
    ["as many legs as allowed", legs(maxLegs), undefined],
    ["two more", legs(maxLegs + 2), "ledger.too_many_legs"],
    [
      "postings count twice",
      fresh({
        transfer: {
          id: "trf_1",
          kind: "test",
          postings: Array.from({ length: 501 }, () => ({
            debit: custody,
            credit: cny("own-funds"),
            amount: 1n,
          })),
        },
      }),
      "ledger.too_many_legs",
    ],
    ["a transfer of nothing", fresh({ transfer: transferOf([]) }), "ledger.amount_invalid"],
    [
      "a leg of zero",
      fresh({ transfer: transferOf([{ account: custody, amount: 0n }]) }),
      "ledger.amount_invalid",
    ],
    ["a posting of zero", posting(custody, cny("customer:a"), 0n), "ledger.amount_invalid"],
    ["a posting of less", posting(custody, cny("customer:a"), -1n), "ledger.amount_invalid"],
    ["the largest posting", posting(custody, cny("customer:a"), largest), undefined],
    ["a larger one", posting(custody, cny("customer:a"), largest + 1n), "ledger.amount_too_large"],
    ["10^30", posting(custody, cny("customer:a"), 10n ** 30n), "ledger.amount_too_large"],
    [
      "a leg that is too negative",
      fresh({
        transfer: transferOf([
          { account: custody, amount: -largest - 1n },
          { account: cny("own-funds"), amount: largest + 1n },
        ]),
      }),
      "ledger.amount_too_large",
    ],
    ["the largest hold", hold(largest), undefined],
    ["a larger hold", hold(largest + 1n), "ledger.amount_too_large"],
    ["a hold of less than nothing", hold(-1n), "ledger.amount_invalid"],
    ["a capture of nothing", capture(0n), "ledger.amount_invalid"],
    ["a capture of less than nothing", capture(-1n), "ledger.amount_invalid"],
    ["a capture of 10^30", capture(10n ** 30n), "ledger.amount_too_large"],
    ["a limit of 10^30", allow(1n, 10n ** 30n), "ledger.amount_too_large"],
    ["an allowance of 10^30", allow(10n ** 30n, 1n), "ledger.amount_too_large"],
    ["an allowance given back", allow(-largest, 1n), undefined],
    ["a floor of 10^30", floor(10n ** 30n), "ledger.amount_too_large"],
    ["a floor of less than 2^63", floor(-largest - 1n), "ledger.amount_too_large"],
    ["no floor", floor(null), undefined],
    ["an account outside the chart", hold(1n, cny("stranger")), "ledger.account_unknown"],
    [
      "a currency that is none",
      hold(1n, { code: "customer:a", currency: "ABC" }),
      "ledger.currency_mismatch",
    ],
    ["a posting between currencies", posting(custody, eur("customer:a")), "ledger.currency_mismatch"],
    ["a posting to itself", posting(custody, custody), "ledger.unbalanced"],
    [
      "legs that balance in sum but not in each currency",
      fresh({
        transfer: transferOf([
          { account: custody, amount: 5n },
          { account: eur("customer:a"), amount: -5n },
        ]),
      }),
      "ledger.unbalanced",
    ],
    [
      "legs of which one currency balances and another does not",
      fresh({
        transfer: transferOf([
          { account: custody, amount: 5n },
          { account: cny("customer:a"), amount: -5n },
          { account: eur("customer:a"), amount: -5n },
        ]),
      }),
      "ledger.unbalanced",
    ],
    [
      "legs of which three balance",
      fresh({
        transfer: transferOf([
          { account: custody, amount: 5n },
          { account: cny("customer:a"), amount: -3n },
          { account: cny("customer:b"), amount: -2n },
        ]),
      }),
      undefined,
    ],
    [
      "an exchange through the position accounts",
      fresh({
        transfer: transferOf([
          { account: cny("customer:a"), amount: 780n },
          { account: cny("fx:position:EUR/CNY"), amount: -780n },
          { account: eur("fx:position:EUR/CNY"), amount: 100n },
          { account: eur("customer:a"), amount: -100n },
        ]),
      }),
      undefined,
    ],
  ])("%s", (_, instruction, problem) => {
    expect(formProblem(instruction)).toBe(problem);
    expect(toItem(instruction)).toMatchObject({ instruction, malformed: problem });
  });

  it("names every account it touches, in every part", () => {
    const refs = ["a", "b", "c", "d", "e", "f"].map((name) => cny(`customer:${name}`)) as [
      AccountRef,
      AccountRef,
      AccountRef,
      AccountRef,
      AccountRef,
      AccountRef,
    ];
    expect(
      accountsOf(
        fresh({
          ...postingOf(refs[0], refs[1], 1n),
          holds: [{ id: "hld_1", account: refs[2], amount: 1n, expiresAt: tomorrow }],
          releases: [{ holdId: "hld_2", account: refs[3], as: "voided" }],
          accounts: [{ account: refs[4], status: "frozen" }],
        }),
      ),
    ).toEqual(refs.slice(0, 5));
    expect(accountsOf(fresh({ transfer: transferOf([{ account: refs[5], amount: 1n }]) }))).toEqual([
      refs[5],
    ]);
    expect(accountsOf(fresh({}))).toEqual([]);
  });
});

describe("an account's status", () => {
  type Act = "debit" | "credit" | "hold" | "void";
  const acts: readonly Act[] = ["debit", "credit", "hold", "void"];
  /** Which acts each status lets through. A hold prepares what lowers the balance: a debit of what is owed. */
  const allowed: Record<AccountStatus, { owed: readonly Act[]; owned: readonly Act[] }> = {
    open: { owed: acts, owned: acts },
    debit_only: { owed: ["debit", "hold", "void"], owned: ["debit", "void"] },
    credit_only: { owed: ["credit", "void"], owned: ["credit", "hold", "void"] },
    frozen: { owed: ["void"], owned: ["void"] },
    closed: { owed: ["void"], owned: ["void"] },
  };
  const cases = (Object.keys(allowed) as AccountStatus[]).flatMap((status) =>
    (["owed", "owned"] as const).flatMap((side) => acts.map((act) => ({ status, side, act }))),
  );

  it.each(cases)("$status on what is $side: $act", ({ status, side, act }) => {
    const ref = side === "owed" ? cny("customer:a") : cny("custody:b");
    const one = account(ref, { status, balance: 100n, held: 10n });
    const state = stateOf([one, account(custody, { balance: 100n })]);
    state.holds.set("hld_open", { id: "hld_open", account: one, amount: 10n, captured: 0n, status: "open" });
    const instruction = fresh(
      {
        debit: postingOf(ref, custody, 5n),
        credit: postingOf(custody, ref, 5n),
        hold: { holds: [holdOn(ref, 5n)] },
        void: { releases: [{ holdId: "hld_open", account: ref, as: "voided" as const }] },
      }[act],
    );
    const barred = status === "closed" ? "ledger.account_closed" : "ledger.account_frozen";
    expect(codeOf(run(state, instruction).outcomes[0])).toBe(
      allowed[status][side].includes(act) ? "accepted" : barred,
    );
  });

  it("changes with what goes with it, and for what comes after", () => {
    const a = account(cny("customer:a"), { balance: 5n });
    const state = stateOf([a, account(custody, { balance: 5n })]);
    const decision = run(
      state,
      fresh({ ...postingOf(a.ref, custody, 5n), accounts: [{ account: a.ref, status: "closed" }] }),
      fresh(postingOf(custody, a.ref, 1n)),
      fresh({ accounts: [{ account: a.ref, status: "open" }] }),
    );
    expect(decision.outcomes.map(codeOf)).toEqual([
      "accepted",
      "ledger.account_closed",
      "ledger.account_closed",
    ]);
    expect(a).toMatchObject({ status: "closed", balance: 0n });
    expect([...decision.restated]).toEqual([a]);
  });

  it("is closed only when nothing is left and nothing held", () => {
    const a = account(cny("customer:a"));
    const state = stateOf([a, account(custody)]);
    state.holds.set("hld_open", { id: "hld_open", account: a, amount: 1n, captured: 0n, status: "open" });
    const close = { accounts: [{ account: a.ref, status: "closed" as const }] };
    a.balance = 1n;
    expect(codeOf(run(state, fresh(close)).outcomes[0])).toBe("ledger.account_not_empty");
    a.held = 1n;
    expect(codeOf(run(state, fresh({ ...close, ...postingOf(a.ref, custody, 1n) })).outcomes[0])).toBe(
      "ledger.account_not_empty",
    );
    const release = { holdId: "hld_open", account: a.ref, as: "captured" as const };
    expect(
      codeOf(
        run(state, fresh({ ...close, ...postingOf(a.ref, custody, 1n), releases: [release] })).outcomes[0],
      ),
    ).toBe("accepted");
  });

  it("is left alone by a change of the floor, and the floor by a change of the status", () => {
    const a = account(cny("customer:a"), { balance: 5n, floor: 2n, status: "credit_only" });
    const state = stateOf([a]);
    run(state, fresh({ accounts: [{ account: a.ref, floor: 1n }] }));
    expect(a).toMatchObject({ status: "credit_only", floor: 1n });
    run(state, fresh({ accounts: [{ account: a.ref, status: "frozen" }] }));
    expect(a).toMatchObject({ status: "frozen", floor: 1n });
  });

  it("is closed by itself when it is empty already", () => {
    const a = account(cny("customer:a"));
    const close = fresh({ accounts: [{ account: a.ref, status: "closed" }] });
    expect(run(stateOf([a]), close).outcomes.map(codeOf)).toEqual(["accepted"]);
  });

  it("may lower the floor for what goes with it, and not raise it above what is there", () => {
    const a = account(cny("customer:a"), { balance: 10n, held: 4n });
    const state = stateOf([a, account(custody)]);
    const floor = (amount: bigint | null) => fresh({ accounts: [{ account: a.ref, floor: amount }] });
    expect(run(state, floor(7n)).outcomes.map(codeOf)).toEqual(["payment.insufficient_funds"]);
    expect(run(state, floor(6n)).outcomes.map(codeOf)).toEqual(["accepted"]);
    expect(a.floor).toBe(6n);
    const overdraw = fresh({
      ...postingOf(a.ref, custody, 50n),
      accounts: [{ account: a.ref, floor: -44n }],
    });
    expect(run(state, overdraw).outcomes.map(codeOf)).toEqual(["accepted"]);
    expect(run(state, fresh(postingOf(a.ref, custody, 1n))).outcomes.map(codeOf)).toEqual([
      "payment.insufficient_funds",
    ]);
    expect(run(state, floor(null), fresh(postingOf(a.ref, custody, 1n))).outcomes.map(codeOf)).toEqual([
      "accepted",
      "accepted",
    ]);
    expect(a).toMatchObject({ floor: null, balance: -41n });
  });

  it("does not let out what the floor keeps, because it changes on the way", () => {
    const a = account(cny("customer:a"), { balance: 1n });
    const state = stateOf([a, account(custody)]);
    const both = fresh({
      ...postingOf(a.ref, custody, 2n),
      accounts: [{ account: a.ref, status: "frozen" }],
    });
    expect(run(state, both).outcomes.map(codeOf)).toEqual(["payment.insufficient_funds"]);
    expect(a).toMatchObject({ status: "open", balance: 1n });
  });

  it("below its floor may be passed through, when it ends as it began", () => {
    const a = account(cny("customer:a"), { balance: -10n });
    const state = stateOf([a, account(custody), account(cny("customer:b"))]);
    const through = transferOf([
      { account: custody, amount: 3n },
      { account: a.ref, amount: -3n },
      { account: a.ref, amount: 3n },
      { account: cny("customer:b"), amount: -3n },
    ]);
    expect(run(state, fresh({ transfer: through })).outcomes.map(codeOf)).toEqual(["accepted"]);
  });

  it("below its floor may still be paid into, but nothing may lower it", () => {
    const a = account(cny("customer:a"), { balance: -10n });
    const state = stateOf([a, account(custody)]);
    expect(codeOf(run(state, fresh(postingOf(custody, a.ref, 3n))).outcomes[0])).toBe("accepted");
    expect(codeOf(run(state, fresh(postingOf(a.ref, custody, 1n))).outcomes[0])).toBe(
      "payment.insufficient_funds",
    );
  });
});

describe("what is written", () => {
  const legsOf = (...legs: [{ ref: AccountRef }, bigint][]): Leg[] =>
    legs.map(([of, amount]) => ({ account: of.ref, amount }));

  it("dates a transfer not before the last entry of any account it touches", () => {
    const a = account(cny("customer:a"), { lastMs: noonMs + 5, sequence: 7n, balance: 10n });
    const b = account(cny("customer:b"));
    const state = stateOf([a, b, account(custody)]);
    const decision = run(state, fresh(postingOf(a.ref, b.ref, 4n)), fresh(postingOf(custody, b.ref, 1n)));
    expect(decision.transfers).toEqual([
      {
        id: "trf_1",
        kind: "test",
        subject: null,
        atMs: noonMs + 5,
        legs: [
          { account: a, amount: 4n, sequence: 8n, after: 6n, other: b },
          { account: b, amount: -4n, sequence: 1n, after: 4n, other: a },
        ],
      },
      expect.objectContaining({ atMs: noonMs + 5 }),
    ]);
    expect(b).toMatchObject({ lastMs: noonMs + 5, sequence: 2n, balance: 5n });
    expect([...decision.accounts]).toEqual([a, b, state.accounts.get("custody:bank CNY")]);
    const untouched = stateOf([account(custody), account(cny("own-funds"))]);
    expect(run(untouched, fresh(postingOf(custody, cny("own-funds"), 1n))).transfers[0]?.atMs).toBe(noonMs);
  });

  it("names the other side of a transfer of two legs, and none where there are more", () => {
    const [a, b, c] = ["a", "b", "c"].map((name) => account(cny(`customer:${name}`), { balance: 9n })) as [
      ReturnType<typeof account>,
      ReturnType<typeof account>,
      ReturnType<typeof account>,
    ];
    const state = stateOf([a, b, c]);
    const two = run(
      state,
      fresh({ transfer: { ...transferOf(legsOf([a, 1n], [b, -1n])), subject: "pay_1" } }),
    );
    expect(two.transfers[0]).toMatchObject({ subject: "pay_1", legs: [{ other: b }, { other: a }] });
    const three = run(state, fresh({ transfer: transferOf(legsOf([a, 2n], [b, -1n], [c, -1n])) }));
    expect(three.transfers[0]?.legs.map(({ other }) => other)).toEqual([null, null, null]);
  });

  it("fits the tables at every entry, and not only at the last", () => {
    const full = account(custody, { balance: largest });
    const state = stateOf([full, account(cny("own-funds"), { balance: largest })]);
    const upAndDown = legsOf(
      [full, 1n],
      [{ ref: cny("own-funds") }, -1n],
      [full, -1n],
      [{ ref: cny("own-funds") }, 1n],
    );
    expect(codeOf(run(state, fresh({ transfer: transferOf(upAndDown) })).outcomes[0])).toBe(
      "ledger.amount_too_large",
    );
    const downAndUp = legsOf(
      [full, -1n],
      [{ ref: cny("own-funds") }, 1n],
      [full, 1n],
      [{ ref: cny("own-funds") }, -1n],
    );
    expect(codeOf(run(state, fresh({ transfer: transferOf(downAndUp) })).outcomes[0])).toBe("accepted");
    full.held = largest;
    expect(codeOf(run(state, fresh({ holds: [holdOn(custody, 1n)] })).outcomes[0])).toBe(
      "ledger.amount_too_large",
    );
  });

  it("gives limits back, never below nothing, and counts twice what is asked twice", () => {
    const state = stateOf([]);
    const counter = { counter: "day", currency: "CNY", used: 50n, resetsAt: tomorrow };
    state.allowances.set("day CNY", counter);
    const use = (...amounts: bigint[]) =>
      run(
        state,
        fresh({
          allowances: amounts.map((amount) => ({
            counter: "day",
            currency: "CNY",
            amount,
            max: 100n,
            resetsAt: tomorrow,
          })),
        }),
      );
    expect(codeOf(use(50n).outcomes[0])).toBe("accepted");
    expect(counter.used).toBe(100n);
    expect(codeOf(use(1n).outcomes[0])).toBe("ledger.limit_exceeded");
    expect([...use(-130n).allowances]).toEqual([counter]);
    expect(counter.used).toBe(0n);
    expect(codeOf(use(60n, 41n).outcomes[0])).toBe("ledger.limit_exceeded");
    expect(counter.used).toBe(0n);
    expect(codeOf(use(60n, -10n, 50n).outcomes[0])).toBe("accepted");
    counter.used = 120n;
    // A limit that was lowered meanwhile bars more, and nothing else.
    expect(codeOf(use(-5n).outcomes[0])).toBe("accepted");
  });
});

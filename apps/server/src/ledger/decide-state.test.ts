import { describe, expect, it } from "vitest";
import { type AccountState, type BatchState, type HoldState, toItem } from "./decide.ts";
import type { HoldRelease, Instruction } from "./instruction.ts";
import {
  account,
  cny,
  codeOf,
  custody,
  eur,
  fresh,
  holdOn,
  postingOf,
  run,
  snapshot,
  stateOf,
  tomorrow,
} from "./testing/books.ts";

describe("holds", () => {
  function world(): { a: AccountState; state: BatchState; hold: HoldState } {
    const a = account(cny("customer:a"), { balance: 100n, held: 30n });
    const state = stateOf([a, account(cny("customer:b")), account(custody, { balance: 100n })]);
    const hold: HoldState = { id: "hld_1", account: a, amount: 40n, captured: 10n, status: "open" };
    state.holds.set(hold.id, hold);
    return { a, state, hold };
  }
  type Release = Omit<Extract<HoldRelease, { as: "captured" }>, "holdId" | "account">;
  const capture = (given: Release, moved: bigint): Instruction =>
    fresh({
      ...postingOf(cny("customer:a"), custody, moved),
      releases: [{ holdId: "hld_1", account: cny("customer:a"), ...given }],
    });

  it("set money aside: available falls, the balance stays", () => {
    const { a, state } = world();
    const decision = run(
      state,
      fresh({ holds: [{ ...holdOn(a.ref, 50n, "hld_2"), subject: "pay_1" }] }),
      fresh({ holds: [holdOn(a.ref, 20n, "hld_3")] }),
      fresh({ holds: [holdOn(a.ref, 1n, "hld_4")] }),
    );
    expect(decision.outcomes.map(codeOf)).toEqual(["accepted", "accepted", "payment.insufficient_funds"]);
    expect(a).toMatchObject({ balance: 100n, held: 100n });
    const open = { account: a, captured: 0n, status: "open" };
    expect(decision.newHolds).toEqual([
      { hold: { id: "hld_2", amount: 50n, ...open }, subject: "pay_1", expiresAt: tomorrow },
      { hold: { id: "hld_3", amount: 20n, ...open }, subject: null, expiresAt: tomorrow },
    ]);
    expect([...state.holds.keys()]).toEqual(["hld_1", "hld_2", "hld_3"]);
    expect([...decision.holds]).toEqual([]);
    expect([...decision.accounts]).toEqual([a]);
  });

  it.each<[string, Release, bigint, Partial<HoldState>, bigint]>([
    ["all that is left", { as: "captured" }, 30n, { captured: 40n, status: "captured" }, 0n],
    [
      "a part, and the rest is free",
      { as: "captured", amount: 12n },
      12n,
      { captured: 22n, status: "captured" },
      0n,
    ],
    [
      "a part, and the rest stays",
      { as: "captured", amount: 12n, keepRest: true },
      12n,
      { captured: 22n, status: "open" },
      18n,
    ],
    [
      "all, with nothing to stay",
      { as: "captured", amount: 30n, keepRest: true },
      30n,
      { captured: 40n, status: "captured" },
      0n,
    ],
    [
      "a part, the rest not to stay",
      { as: "captured", amount: 1n, keepRest: false },
      1n,
      { captured: 11n, status: "captured" },
      0n,
    ],
  ])("are captured: %s", (_, given, moved, becomes, heldAfter) => {
    const { a, state, hold } = world();
    const decision = run(state, capture(given, moved));
    expect(decision.outcomes.map(codeOf)).toEqual(["accepted"]);
    expect(hold).toMatchObject(becomes);
    expect(a).toMatchObject({ balance: 100n - moved, held: heldAfter });
    expect([...decision.holds]).toEqual([hold]);
  });

  it("may be captured for all that is left and not for more", () => {
    const { state } = world();
    const before = snapshot(state);
    expect(run(state, capture({ as: "captured", amount: 31n }, 31n)).outcomes.map(codeOf)).toEqual([
      "ledger.hold_exceeded",
    ]);
    expect(snapshot(state)).toEqual(before);
  });

  it.each(["voided", "expired"] as const)("are %s: all that is left is free again", (as) => {
    const { a, state, hold } = world();
    const decision = run(state, fresh({ releases: [{ holdId: "hld_1", account: a.ref, as }] }));
    expect(decision.outcomes.map(codeOf)).toEqual(["accepted"]);
    expect(hold).toMatchObject({ captured: 10n, status: as });
    expect(a).toMatchObject({ balance: 100n, held: 0n });
    expect(decision.transfers).toEqual([]);
  });

  it("free their money for the very posting that ends them", () => {
    const { a, state } = world();
    a.balance = 30n;
    expect(run(state, fresh(postingOf(a.ref, custody, 1n))).outcomes.map(codeOf)).toEqual([
      "payment.insufficient_funds",
    ]);
    expect(run(state, capture({ as: "captured", amount: 20n }, 30n)).outcomes.map(codeOf)).toEqual([
      "accepted",
    ]);
    expect(a).toMatchObject({ balance: 0n, held: 0n });
  });

  it("give a new hold its place in one instruction", () => {
    const { a, state } = world();
    a.balance = 30n;
    const moved = fresh({
      releases: [{ holdId: "hld_1", account: a.ref, as: "voided" }],
      holds: [holdOn(a.ref, 30n, "hld_2")],
    });
    expect(run(state, moved).outcomes.map(codeOf)).toEqual(["accepted"]);
    expect(a.held).toBe(30n);
  });

  it.each([
    ["that nobody knows", "hld_9", cny("customer:a")],
    ["of another account", "hld_1", cny("customer:b")],
  ])("%s are not open", (_, holdId, ref) => {
    const { state } = world();
    expect(
      run(state, fresh({ releases: [{ holdId, account: ref, as: "voided" }] })).outcomes.map(codeOf),
    ).toEqual(["ledger.hold_not_open"]);
  });

  it("that have ended are not open", () => {
    const { a, state } = world();
    const end = (as: "voided" | "captured" | "expired") =>
      codeOf(run(state, fresh({ releases: [{ holdId: "hld_1", account: a.ref, as }] })).outcomes[0]);
    expect([end("expired"), end("expired"), end("voided"), end("captured")]).toEqual([
      "accepted",
      "ledger.hold_not_open",
      "ledger.hold_not_open",
      "ledger.hold_not_open",
    ]);
  });
});

describe("keys", () => {
  const world = () => stateOf([account(cny("customer:a")), account(custody)]);
  const funding = (result?: unknown): Instruction => ({
    ...fresh(postingOf(custody, cny("customer:a"), 5n)),
    ...(result !== undefined && { result }),
  });

  it("act once in a batch, and the same again is answered with the first result", () => {
    const state = world();
    const first = funding({ id: "pay_1" });
    const decision = run(state, first, { ...first, result: "another" }, { ...first, hash: "other" });
    expect(decision.outcomes).toEqual([
      { status: "accepted", result: { id: "pay_1" } },
      { status: "replayed", result: { id: "pay_1" } },
      { status: "conflict" },
    ]);
    expect(decision.answers).toEqual([{ item: 0, code: null }]);
    expect(decision.transfers).toHaveLength(1);
    expect(state.accounts.get("customer:a CNY")?.balance).toBe(5n);
    expect(state.known.get(first.key)).toEqual({
      hash: "hash",
      outcome: "accepted",
      code: null,
      result: { id: "pay_1" },
    });
  });

  it("without a result are answered with none", () => {
    const first = funding();
    expect(run(world(), first, first).outcomes).toEqual([
      { status: "accepted", result: null },
      { status: "replayed", result: null },
    ]);
  });

  it("are kept over batches, accepted or refused", () => {
    const state = world();
    const before = snapshot(state);
    state.known.set("done", { hash: "hash", outcome: "accepted", code: null, result: 7 });
    state.known.set("not", { hash: "hash", outcome: "refused", code: "ledger.account_frozen", result: null });
    const again = (key: string, hash = "hash") => ({ ...funding(), key, hash });
    const decision = run(state, again("done"), again("not"), again("done", "other"), again("not", "other"));
    expect(decision.outcomes).toEqual([
      { status: "replayed", result: 7 },
      { status: "refused", code: "ledger.account_frozen", retryable: true },
      { status: "conflict" },
      { status: "conflict" },
    ]);
    expect(decision.answers).toEqual([]);
    expect(snapshot(state)).toEqual(before);
  });

  it("of what rests on something that has changed are not stored, unless they were before", () => {
    const state = { ...world(), stale: new Set([0, 1, 2]) };
    const before = snapshot(state);
    const one = funding();
    state.known.set("done", { hash: "hash", outcome: "accepted", code: null, result: 7 });
    const malformed = fresh(postingOf(custody, custody, 0n));
    const decision = run(state, one, { ...funding(), key: "done" }, malformed);
    expect(decision.outcomes).toEqual([
      { status: "stale" },
      { status: "replayed", result: 7 },
      { status: "stale" },
    ]);
    expect(decision.answers).toEqual([]);
    expect(state.known.has(one.key)).toBe(false);
    expect(snapshot(state)).toEqual(before);
  });
});

describe("what an item touches", () => {
  it("is its key, its guards, and each account, hold and counter it reads or changes", () => {
    const item = toItem({
      key: "k",
      hash: "h",
      ...postingOf(cny("customer:a"), custody, 1n),
      holds: [holdOn(eur("customer:b"), 1n)],
      releases: [{ holdId: "hld_1", account: cny("customer:a"), as: "voided" }],
      allowances: [{ counter: "day", currency: "EUR", amount: 1n, max: 2n, resetsAt: tomorrow }],
      guards: [{ check: "payments.check", arg: {}, id: "pay_1" }],
    });
    expect(item.guards).toEqual(["guard payments.check pay_1"]);
    expect(new Set(item.touches)).toEqual(
      new Set([
        "key k",
        "guard payments.check pay_1",
        "customer:a CNY",
        "custody:bank CNY",
        "customer:b EUR",
        "hold hld_1",
        "counter day EUR",
      ]),
    );
    expect(toItem({ key: "k", hash: "h" })).toMatchObject({
      guards: [],
      touches: ["key k"],
      malformed: undefined,
    });
  });
});

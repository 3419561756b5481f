import { exponentOf, type Id, parseAmount, toWire, type WireMoney } from "@jinqiao/money";
import { hashOf, type Leg } from "../ledger/index.ts";
import type { DraftedPayout } from "../payments/index.ts";
import { dateIn } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import { accountsOf } from "./books.ts";
import { eventRow } from "./events.ts";
import type { MerchantsDeps } from "./index.ts";
import { type PayoutView, payoutView } from "./payout-views.ts";
import { balanceTransactionRow, type WrittenRow } from "./rows.ts";
import { type Funds, type Settled, settledOf, withheldOf } from "./settlement-arithmetic.ts";
import { lastCutOff, nextCutOff } from "./settlement-calendar.ts";
import {
  type Book,
  bookGuard,
  type Due,
  type PayoutRow,
  selectBooksWithWork,
  selectDue,
  settlementWrite,
  type Withheld,
} from "./settlement-rows.ts";
import type { SettlementTerms, TermsOf } from "./settlement-terms.ts";
import type { SettlementAccountRecord } from "./shop-data.ts";
import type { MerchantMode, Request } from "./types.ts";

export type SettlementDeps = Pick<
  MerchantsDeps,
  "db" | "clock" | "ids" | "vault" | "ledger" | "payments" | "logger"
> & { terms: TermsOf; watch: { isStopped(currency: string): Promise<boolean> } };

/** What a book holds as things stand, and when it is looked at next. */
export type Forecast = { nextAt: Date; amount: bigint; withheld: Withheld | null };

export type Settlements = {
  /** Settles a book up to its last cut-off, once, and pays out what can be. */
  settle(book: Book): Promise<void>;
  /**
   * Pays out now what the merchant asks for.
   * @throws Refusal every code that the route `createPayout` declares
   */
  payOut(merchant: MerchantMode, request: Request, amount: WireMoney): Promise<PayoutView>;
  forecast(book: Book): Promise<Forecast | undefined>;
  jobs: JobHandlers;
  cron: CronJob[];
};

/** Whole major units below which nothing is paid out by itself; 1 where a currency is not named. */
const minimumMajor: Record<string, bigint> = { JPY: 100n, CZK: 20n };
const minimumOf = (currency: string) => (minimumMajor[currency] ?? 1n) * 10n ** BigInt(exponentOf(currency));
/** Refunds and payments at the same moment change what was decided on; so often it is decided anew. */
const maxRounds = 8;
const booksAtOnce = 1_000;
const dayMs = 86_400_000;

type Way = { automatic: true } | { automatic: false; amount: bigint; request: Request };

export function createSettlements(deps: SettlementDeps): Settlements {
  const { ids, clock, ledger } = deps;

  async function fundsOf({ merchantId, livemode, currency }: Book): Promise<Funds> {
    const accounts = accountsOf(merchantId, livemode)(currency);
    const read = async ({ code }: { code: string }) => {
      const row = (await ledger.balances(code)).find((one) => one.currency === currency);
      return { total: row?.balance ?? 0n, free: row ? row.balance - row.held : 0n };
    };
    const [pending, available, reserve, owed] = await Promise.all([
      read(accounts.pending),
      read(accounts.available),
      read(accounts.reserve),
      read(accounts.receivable),
    ]);
    return {
      pending: pending.total,
      pendingFree: pending.free,
      availableFree: available.free,
      reserveFree: reserve.free,
      reserveHeld: reserve.total - reserve.free,
      owed: owed.total,
    };
  }

  /** What keeps a merchant's payouts, whatever there is to pay out. */
  async function blockedBy(
    { livemode, currency }: Book,
    { merchant }: SettlementTerms,
    account: SettlementAccountRecord | undefined,
  ): Promise<Withheld | null> {
    if (!livemode) return null;
    if (merchant.status !== "active") return "merchant_not_active";
    if (merchant.payoutsPausedUntil !== null && merchant.payoutsPausedUntil > clock.now())
      return "payouts_paused";
    if (account === undefined) return "no_verified_account";
    return (await deps.watch.isStopped(currency)) ? "outgoing_stopped" : null;
  }

  const accountFor = (book: Book) =>
    book.livemode ? deps.terms.accountOf(book.merchantId, book.currency, clock.now()) : undefined;

  async function look(book: Book, until: Date): Promise<{ due: Due; funds: Funds } | undefined> {
    const due = await selectDue(deps.db, book, until);
    return { due, funds: await fundsOf(book) };
  }

  /** One decision and its commit. @returns the payout's view, `done` without one, or `again` */
  async function attempt(
    book: Book,
    terms: SettlementTerms,
    cutOffAt: Date,
    way: Way,
  ): Promise<PayoutView | "done" | "again"> {
    const now = clock.now();
    const account = await accountFor(book);
    const blocked = await blockedBy(book, terms, account);
    if (!way.automatic && blocked !== null) throw new Refusal(refusalFor[blocked]);
    const found = await look(book, cutOffAt);
    if (found === undefined) return "done";
    const { due, funds } = found;
    if (way.automatic && due.settledTo !== null && due.settledTo >= cutOffAt) return "done";
    const settled = settledOf(due, funds, terms.reserve?.basisPoints ?? 0);
    if (!way.automatic && way.amount > settled.payable) throw new Refusal("payout.insufficient_balance");
    const minimum = way.automatic ? minimumOf(book.currency) : 1n;
    let withheld = withheldOf(settled, minimum, blocked);
    let amount = way.automatic ? (withheld === null ? settled.payable : 0n) : way.amount;
    if (isNothing(due, settled) && amount === 0n) return "done";

    let drafted: DraftedPayout | undefined;
    if (amount > 0n && account !== undefined) {
      try {
        drafted = await deps.payments.payouts.draft({
          merchantId: book.merchantId,
          settlementAccountId: account.id,
          creditor: { iban: account.number, holder: account.holderName, bankId: account.bankId },
          money: { minor: amount, currency: book.currency },
        });
      } catch (error) {
        if (!way.automatic || !(error instanceof Refusal)) throw error;
        // No bank carries it now: the money stays available, and the next cut-off tries again.
        [withheld, amount] = ["no_route", 0n];
      }
    }

    const settlementId = ids.next("stl");
    const payout =
      amount === 0n ? null : newPayout(book, { amount, way, settlementId, account, drafted, now });
    const events = [
      ...(settled.moved > 0n ? [availableEvent(book, settlementId, settled.moved, cutOffAt, now)] : []),
      ...(payout === null ? [] : payoutEvents(book, payout, now)),
    ];
    const { id: _id, ...common } = { id: settlementId, ...book };
    const transaction = (
      type: "payout" | "reserve_hold" | "reserve_release",
      minor: bigint,
      sourceId: string,
    ): WrittenRow[] =>
      minor === 0n
        ? []
        : [
            balanceTransactionRow({
              id: ids.next("txn"),
              merchant_id: common.merchantId as Id<"mer">,
              livemode: common.livemode,
              type,
              currency: common.currency,
              amount: minor,
              fee: 0n,
              source_id: sourceId,
              store_id: null,
              available_on: cutOffAt,
              settlement_id: settlementId,
              created_at: now,
            }),
          ];
    const legs = legsOf(book, settled, book.livemode ? 0n : amount);
    const own = [settled.reserved, settled.released].filter((minor) => minor > 0n).length;
    const outcome = await ledger.commit<PayoutView>({
      ...(way.automatic
        ? {
            key: `settlement/${book.merchantId}/${book.livemode ? "live" : "test"}/${book.currency}/${cutOffAt.toISOString()}/${due.version}/${ids.next("att")}`,
            hash: hashOf({ settlement: settlementId }),
          }
        : { ...way.request, ...(payout ? { result: payoutView(payout) } : {}) }),
      ...(legs.length > 0
        ? { transfer: { id: ids.next("trf"), kind: "merchant.settlement", subject: settlementId, legs } }
        : {}),
      holds: drafted?.instruction.holds ?? [],
      rows: [
        ...(drafted?.instruction.rows ?? []),
        ...transaction("reserve_hold", -settled.reserved, settlementId),
        ...transaction("reserve_release", settled.released, settlementId),
        ...(payout !== null && !book.livemode ? transaction("payout", -amount, payout.id) : []),
        settlementWrite({
          settlement: {
            id: settlementId,
            merchant_id: book.merchantId as Id<"mer">,
            livemode: book.livemode,
            currency: book.currency,
            cut_off_at: cutOffAt,
            date: dateIn(terms.calendar.timeZone, cutOffAt),
            time_zone: terms.calendar.timeZone,
            automatic: way.automatic,
            moved: settled.moved,
            recovered: settled.recovered,
            lines: own,
            reserved: -settled.reserved,
            released: settled.released,
            payout: -amount,
            payout_id: payout?.id ?? null,
            withheld,
            version: 1,
            created_at: now,
          },
          payout,
          reserve:
            settled.reserved > 0n && terms.reserve !== null
              ? {
                  amount: settled.reserved,
                  release_on: new Date(cutOffAt.getTime() + terms.reserve.days * dayMs),
                }
              : null,
          releases: settled.releases,
        }),
        ...events,
      ],
      guards: [bookGuard(book, due.version)],
      events: drafted?.instruction.events ?? [],
      jobs: drafted?.instruction.jobs ?? [],
    });
    switch (outcome.status) {
      case "accepted":
        return payout === null ? "done" : payoutView(payout);
      case "replayed":
        return way.automatic ? "done" : outcome.result;
      case "stale":
        return "again";
      case "conflict":
        throw new Refusal("idempotency.key_reused");
      case "refused":
        // Somebody took money between the look and the commit.
        if (outcome.code !== "payment.insufficient_funds") throw new Refusal(outcome.code);
        if (!way.automatic) throw new Refusal("payout.insufficient_balance");
        return "again";
    }
  }

  function newPayout(
    book: Book,
    from: {
      amount: bigint;
      way: Way;
      settlementId: Id<"stl">;
      account: SettlementAccountRecord | undefined;
      drafted: DraftedPayout | undefined;
      now: Date;
    },
  ): PayoutRow {
    const { amount, way, settlementId, account, drafted, now } = from;
    const expected = drafted?.payment.route?.expectedAt;
    return {
      id: ids.next("po"),
      merchant_id: book.merchantId as Id<"mer">,
      livemode: book.livemode,
      currency: book.currency,
      amount,
      // Test money has no bank to wait for.
      status: book.livemode ? "pending" : "paid",
      automatic: way.automatic,
      settlement_id: settlementId,
      settlement_account_id: account?.id ?? null,
      masked_number: account?.maskedNumber ?? null,
      payment_id: drafted?.payment.id ?? null,
      reference: drafted?.payment.reference ?? null,
      expected_at: expected ? new Date(expected) : book.livemode ? null : now,
      returned: 0n,
      failure_code: null,
      failure_en: null,
      failure_zh: null,
      waiting_code: null,
      waiting_en: null,
      waiting_zh: null,
      version: 1,
      created_at: now,
      updated_at: now,
    };
  }

  function payoutEvents({ merchantId, livemode }: Book, payout: PayoutRow, now: Date): WrittenRow[] {
    const object = payoutView(payout);
    const types = livemode ? (["payout.created"] as const) : (["payout.created", "payout.paid"] as const);
    return types.map((type) =>
      eventRow({ ids, vault: deps.vault, now }, { merchantId, livemode, type, object }),
    );
  }

  function availableEvent(
    { merchantId, livemode, currency }: Book,
    id: Id<"stl">,
    moved: bigint,
    cutOffAt: Date,
    now: Date,
  ): WrittenRow {
    const object = {
      object: "settlement",
      id,
      version: 1,
      livemode,
      createdAt: now.toISOString(),
      currency,
      cutOffAt: cutOffAt.toISOString(),
      moved: toWire({ minor: moved, currency }),
    };
    return eventRow(
      { ids, vault: deps.vault, now },
      { merchantId, livemode, type: "balance.available", object },
    );
  }

  async function rounds(book: Book, terms: SettlementTerms, cutOffAt: Date, way: Way) {
    for (let round = 0; round < maxRounds; round += 1) {
      const outcome = await attempt(book, terms, cutOffAt, way);
      if (outcome !== "again") return outcome;
    }
    throw new Refusal("payout.changed_meanwhile");
  }

  async function settle(book: Book): Promise<void> {
    const now = clock.now();
    const terms = await deps.terms.of(book.merchantId, book.currency, now);
    if (terms === undefined) return;
    await rounds(book, terms, lastCutOff(terms.calendar, now), { automatic: true });
  }

  return {
    settle,
    async payOut({ merchantId, livemode }, request, wire) {
      const { minor: amount, currency } = parseAmount(wire);
      const book = { merchantId, livemode, currency };
      const now = clock.now();
      const terms = await deps.terms.of(merchantId, currency, now);
      if (terms === undefined) throw new Refusal("request.not_found");
      const outcome = await rounds(book, terms, now, { automatic: false, amount, request });
      if (typeof outcome === "string") throw new Refusal("payout.insufficient_balance");
      return outcome;
    },
    async forecast(book) {
      const now = clock.now();
      const terms = await deps.terms.of(book.merchantId, book.currency, now);
      if (terms === undefined) return undefined;
      const nextAt = nextCutOff(terms.calendar, now);
      const [found, account] = await Promise.all([look(book, nextAt), accountFor(book)]);
      if (found === undefined) return undefined;
      const settled = settledOf(found.due, found.funds, terms.reserve?.basisPoints ?? 0);
      const blocked = await blockedBy(book, terms, account);
      return {
        nextAt,
        amount: settled.payable,
        withheld: withheldOf(settled, minimumOf(book.currency), blocked),
      };
    },
    jobs: {
      // One book after the other, each a commit of its own: one that fails keeps no other waiting.
      "merchants.settle": async () => {
        let failed: unknown;
        for (const book of await selectBooksWithWork(deps.db, clock.now(), booksAtOnce)) {
          try {
            await settle(book);
          } catch (error) {
            failed ??= error;
            deps.logger.warn({ err: error, merchantId: book.merchantId }, "a merchant could not be settled");
          }
        }
        // The job's own retry settles what failed; what is done is not done twice.
        if (failed !== undefined) throw failed;
      },
    },
    cron: [{ task: "merchants.settle", pattern: "*/5 * * * *" }],
  };
}

const isNothing = (due: Due, { moved, released, recovered }: Settled): boolean =>
  due.lines === 0 && due.carriedOver <= 0n && moved === 0n && released === 0n && recovered === 0n;

/** Debit positive: the merchant's accounts are liabilities, what is owed to us an asset. */
function legsOf({ merchantId, livemode, currency }: Book, settled: Settled, paidInTest: bigint): Leg[] {
  const { moved, released, recovered, reserved } = settled;
  const accounts = accountsOf(merchantId, livemode)(currency);
  const all: Leg[] = [
    { account: accounts.pending, amount: moved },
    { account: accounts.available, amount: recovered + reserved - moved - released + paidInTest },
    { account: accounts.receivable, amount: -recovered },
    { account: accounts.reserve, amount: released - reserved },
    { account: accounts.testBank, amount: -paidInTest },
  ];
  return all.filter(({ amount }) => amount !== 0n);
}

const refusalFor = {
  no_verified_account: "payout.no_verified_account",
  payouts_paused: "payout.on_hold",
  merchant_not_active: "payout.on_hold",
  outgoing_stopped: "ledger.outgoing_stopped",
  below_minimum: "payout.insufficient_balance",
  no_route: "payment.no_route",
  held_by_dispute: "payout.insufficient_balance",
} as const satisfies Record<Withheld, string>;

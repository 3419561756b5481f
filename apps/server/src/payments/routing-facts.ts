import { Temporal } from "temporal-polyfill";
import type { Banks, LinkedAccountRecord, Rail } from "../banks/index.ts";
import { custodyAccount, type Ledger, transitIn, transitOut } from "../ledger/index.ts";
import { type Clock, dateIn } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { expectedArrival } from "./arrival.ts";
import { type PaidOutKind, paidOutKinds } from "./own-account.ts";
import { type Candidate, type Choice, chooseRoute, feeOf, successPerMille } from "./routing.ts";
import * as routingSql from "./routing-sql.ts";
import type { RouteFrom, RouteRow } from "./sql.ts";

export type RoutingDeps = { db: Db; clock: Clock; ledger: Pick<Ledger, "balances">; banks: Banks };

/** What is to be moved, between the wallet and which account. */
export type RoutedOrder = {
  kind: "top_up" | PaidOutKind;
  /** Minor units. */
  amount: bigint;
  currency: string;
  account: Pick<LinkedAccountRecord, "bankId" | "iban">;
  /** The payment itself, where it exists already: it takes no room from itself. */
  paymentId?: string;
};

/** Finds out by which banks and rails a payment could go, and chooses. */
export type Routing = {
  /**
   * @param from the way that certainly moved nothing, for the second and last choice
   * @throws Refusal `payment.limit_exceeded`, `payment.no_route`
   */
  choose(order: RoutedOrder, from?: RouteFrom): Promise<{ bankId: string; route: RouteRow }>;
  /** The same without a refusal: undefined when there is no way. */
  find(order: RoutedOrder, from?: RouteFrom): Promise<Choice | undefined>;
  /** From which of a customer's accounts a top-up goes best. Amounts in minor units. */
  recommend(
    money: { amount: bigint; currency: string },
    accounts: readonly LinkedAccountRecord[],
  ): Promise<ReturnType<typeof chooseRoute<Candidate & { accountId: string }>>>;
};

/**
 * Reasons for which a bank or a rail fails whoever asks (ISO 20022 ExternalStatusReason1Code, and message codes of
 * NextGenPSD2 XS2A 1.3.11). Everything else is about this payment and would be refused elsewhere too, or might be.
 */
const bankFaults: readonly string[] = [
  ...["AB05", "AB06", "AB07", "AB08", "AB09", "AB10", "AG01", "AG03", "AG09", "AG10", "AG11"],
  ...["CNOR", "DNOR", "ED05", "ED06", "RC11", "TM01"],
  ...["PRODUCT_INVALID", "PRODUCT_UNKNOWN", "SERVICE_BLOCKED", "SERVICE_INVALID"],
];
/** Of the account that pays: for a withdrawal our own at that bank, for a top-up the customer's. */
const shortages: readonly string[] = ["AM02", "AM04", "AM14", "AM21", "AM23", "FUNDS_NOT_AVAILABLE"];

/** Whether a refusal says that another way may do. */
export function mayDoElsewhere(kind: string, code: string): boolean {
  return (
    bankFaults.includes(code) || ((kind === "withdrawal" || kind === "payout") && shortages.includes(code))
  );
}

const lastPayments = 100;
/** Records change slowly, and every top-up asks for them. */
const recordsAgeMs = 30_000;
/** Others than the chosen way that are kept with a payment. */
const maxOthers = 20;

export function createRouting(deps: RoutingDeps): Routing {
  const { banks } = deps;
  type Records = Map<string, Candidate["record"]>;
  const records = new Map<string, { readAtMs: number; rows: Promise<Records> }>();

  async function recordsOf(kind: "top_up" | "withdrawal"): Promise<Records> {
    const nowMs = deps.clock.now().getTime();
    const known = records.get(kind);
    if (known && nowMs - known.readAtMs < recordsAgeMs) return known.rows;
    const rows = routingSql
      .selectRecords(deps.db, {
        kinds: kindsLike(kind),
        bankIds: banks.list().map(({ id }) => id),
        faults: bankFaults,
        last: lastPayments,
      })
      .then(
        (found) =>
          new Map(
            found.map((row) => [
              `${row.bank_id} ${row.rail}`,
              { payments: Number(row.payments), succeeded: Number(row.succeeded) },
            ]),
          ),
      );
    records.set(kind, { readAtMs: nowMs, rows });
    // What could not be read is asked for anew by the next one.
    rows.catch(() => records.delete(kind));
    return rows;
  }

  /** Banks whose custody, with what is on its way there and without what is on its way out, covers the amount. */
  async function coveredBanks(order: RoutedOrder, bankIds: readonly string[]): Promise<Set<string>> {
    const { amount, currency, paymentId = null } = order;
    const underWay = await routingSql.selectUnderWay(deps.db, { bankIds, currency, except: paymentId });
    const balance = async ({ code }: { code: string }) =>
      (await deps.ledger.balances(code)).find((row) => row.currency === currency)?.balance ?? 0n;
    const covered = await Promise.all(
      bankIds.map(async (bankId) => {
        const [custody, incoming, outgoing] = await Promise.all([
          balance(custodyAccount(bankId, currency)),
          balance(transitIn(bankId, currency)),
          balance(transitOut(bankId, currency)),
        ]);
        return custody + incoming - outgoing - (underWay.get(bankId) ?? 0n) >= amount;
      }),
    );
    return new Set(bankIds.filter((_bankId, index) => covered[index]));
  }

  async function leftToday(order: RoutedOrder, bankId: string, rail: Rail): Promise<bigint | null> {
    const { kind, currency, paymentId = null } = order;
    const maxPerDay = rail.currencies[currency]?.maxPerDay ?? null;
    if (maxPerDay === null) return null;
    const since = startOfDay(banks.config(bankId)?.timeZone ?? "UTC", deps.clock.now());
    const where = { bankId, rail: rail.id, kinds: kindsLike(kind), currency, since, except: paymentId };
    return maxPerDay - (await routingSql.selectSentSince(deps.db, where));
  }

  async function candidatesFor(order: RoutedOrder): Promise<Candidate[]> {
    const { kind, amount, currency, account } = order;
    const now = deps.clock.now();
    // To a bank a payout is what a withdrawal is.
    const railKind = kind === "top_up" ? kind : "withdrawal";
    const bankIds =
      kind === "top_up"
        ? [account.bankId]
        : banks.list().flatMap(({ id }) => (banks.custody(id, currency) === undefined ? [] : [id]));
    const ways = bankIds.flatMap((bankId) =>
      banks
        .rails(bankId)
        .filter(({ kinds }) => kinds.includes(railKind))
        .map((rail) => ({ bankId, rail })),
    );
    const [known, covered, left] = await Promise.all([
      recordsOf(railKind),
      kind === "top_up" ? new Set(bankIds) : coveredBanks(order, bankIds),
      Promise.all(ways.map(({ bankId, rail }) => leftToday(order, bankId, rail))),
    ]);
    return ways.map(({ bankId, rail }, index) => {
      const { state, until } = banks.availability(bankId);
      const config = banks.config(bankId);
      const terms = rail.currencies[currency];
      const isOwnBank = bankId === account.bankId;
      return {
        bankId,
        rail,
        isOwnBank,
        carriesCurrency: terms !== undefined,
        reaches: isOwnBank || reaches(rail, account.iban),
        maxPerPayment: terms?.maxPerPayment ?? null,
        leftToday: left[index] ?? null,
        fee: terms === undefined ? 0n : feeOf(terms.fee, amount),
        expected: expectedArrival(rail.arrival, until ?? now, {
          timeZone: config?.timeZone ?? "UTC",
          holidays: config?.holidays ?? [],
        }),
        closed: state === "available" ? null : state,
        isCovered: covered.has(bankId),
        record: known.get(`${bankId} ${rail.id}`) ?? { payments: 0, succeeded: 0 },
      };
    });
  }

  async function choose(order: RoutedOrder, from?: RouteFrom) {
    // A bank that failed is left alone; one that refused a rail for what only that rail lacks may do by another.
    const railOnly = from?.why === "refused" && !shortages.includes(from.code ?? "");
    const tried = from === undefined ? [] : [{ bankId: from.bankId, railId: railOnly ? from.rail : null }];
    return chooseRoute(order.amount, await candidatesFor(order), tried);
  }

  return {
    async choose(order, from) {
      const { choice, excluded } = await choose(order, from);
      if (choice) return { bankId: choice.chosen.bankId, route: routeRow(choice, from ?? null) };
      const byLimit = excluded.some(({ whyNot }) => whyNot.startsWith("over_"));
      throw new Refusal(byLimit ? "payment.limit_exceeded" : "payment.no_route");
    },
    async find(order, from) {
      return (await choose(order, from)).choice;
    },
    async recommend({ amount, currency }, accounts) {
      const ways = await Promise.all(
        [...accounts]
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .map(async (account) =>
            (await candidatesFor({ kind: "top_up", amount, currency, account })).map((way) => ({
              ...way,
              accountId: account.id,
            })),
          ),
      );
      return chooseRoute(amount, ways.flat());
    },
  };
}

/** What is kept of a choice with the payment. */
export function routeRow({ chosen, reasons, others }: Choice, from: RouteFrom | null): RouteRow {
  const known = (candidate: Candidate) => ({
    bankId: candidate.bankId,
    rail: candidate.rail.id,
    fee: candidate.fee.toString(),
    expectedAt: candidate.expected.at.toISOString(),
    precision: candidate.expected.precision,
    successPerMille: successPerMille(candidate.record),
    payments: candidate.record.payments,
  });
  return {
    ...known(chosen),
    urgency: chosen.rail.urgency,
    reasons,
    // A rail that does not carry the currency was never a possibility: nobody would miss it.
    others: others
      .filter(({ whyNot }) => whyNot !== "other_currency")
      .slice(0, maxOthers)
      .map(({ candidate, whyNot }) => ({ ...known(candidate), whyNot })),
    from,
  };
}

function reaches({ reach }: Rail, iban: string): boolean {
  return reach === "any" || reach.some((beginning) => iban.startsWith(beginning));
}

/** Kinds that share a bank's limits and its record. */
const kindsLike = (kind: RoutedOrder["kind"]): readonly string[] =>
  kind === "top_up" ? [kind] : paidOutKinds;

/** The moment at which the bank's present day began. */
function startOfDay(timeZone: string, now: Date): Date {
  const today = Temporal.PlainDate.from(dateIn(timeZone, now));
  return new Date(today.toZonedDateTime(timeZone).epochMilliseconds);
}

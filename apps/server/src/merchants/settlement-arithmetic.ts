import type { Due, Withheld } from "./settlement-rows.ts";

/** What of a merchant's money stands where, minor units; `free` is without what is held. */
export type Funds = {
  pending: bigint;
  pendingFree: bigint;
  availableFree: bigint;
  reserveFree: bigint;
  /** Of the reserve, what disputes hold. */
  reserveHeld: bigint;
  owed: bigint;
};

/** What a settlement moves. Minor units, none below zero. */
export type Settled = {
  /** Pending → available. */
  moved: bigint;
  /** Reserve → available: reserves whose time is over, as far as the money is still there. */
  released: bigint;
  /** The settlements whose reserves are over by that. */
  releases: string[];
  /** Available → what the merchant owed. */
  recovered: bigint;
  /** Available → reserve. */
  reserved: bigint;
  /** What can be paid out then: never more than is there, nor than the settlements leave. */
  payable: bigint;
  /** What the settlements leave before a payout; below zero, it is owed to them. */
  left: bigint;
};

/**
 * The arithmetic of one settlement, pure. First what is due becomes available, then what is owed is taken, then the
 * reserve is kept back; the rest can be paid out.
 *
 * A refund may have been paid from pending money although its payment is not due yet. So much less is moved: what is not
 * due stays pending whole, as far as it is still there.
 */
export function settledOf(
  due: Pick<Due, "carriedOver" | "net" | "charges" | "notYet" | "releases">,
  funds: Funds,
  reserveBasisPoints: number,
): Settled {
  const moved = atLeastZero(least(funds.pendingFree, funds.pending - due.notYet));
  const { released, releases } = releasedOf(due.releases, funds);
  let available = atLeastZero(funds.availableFree) + moved + released;
  const recovered = least(funds.owed, available);
  available -= recovered;
  const wanted = (atLeastZero(due.charges) * BigInt(reserveBasisPoints)) / 10_000n;
  const reserved = least(wanted, available);
  available -= reserved;
  const left = due.carriedOver + due.net + released - reserved;
  return {
    moved,
    released,
    releases,
    recovered,
    reserved,
    left,
    payable: atLeastZero(least(available, left)),
  };
}

/**
 * Reserves that are given free. Where refunds or disputes have used some of the reserve, less comes back than was kept.
 * Where a dispute still holds some, what it may leave waits for its end instead of being forgotten.
 */
function releasedOf(
  entries: Due["releases"],
  { reserveFree, reserveHeld }: Funds,
): Pick<Settled, "released" | "releases"> {
  const free = atLeastZero(reserveFree);
  let released = 0n;
  const releases: string[] = [];
  for (const { settlement_id, amount } of entries) {
    if (reserveHeld > 0n && released + amount > free) break;
    released = least(released + amount, free);
    releases.push(settlement_id);
  }
  return { released, releases };
}

/** Why nothing is paid out although something is left; null where it is paid out, or nothing is left. */
export function withheldOf(
  { payable, left }: Pick<Settled, "payable" | "left">,
  minimum: bigint,
  blocked: Withheld | null,
): Withheld | null {
  if (left <= 0n) return null;
  if (blocked !== null) return blocked;
  if (payable >= minimum) return null;
  return left >= minimum ? "held_by_dispute" : "below_minimum";
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);
const atLeastZero = (value: bigint): bigint => (value < 0n ? 0n : value);

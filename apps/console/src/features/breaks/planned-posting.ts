import type { Break } from "@jinqiao/contract";
import { formatDecimal, parseDecimal } from "@jinqiao/money";
import type { Action, WireMoney } from "../../api.ts";

export type PlannedLeg = { debit: string; credit: string; amount: WireMoney };

/** How the operator stands after a write-off: it bears a loss, or keeps money that nobody claims. */
export type WriteOffSide = "bears" | "keeps";

type Facts = Pick<Break, "kind" | "bankId" | "currency" | "bankSide" | "ledgerSide" | "difference">;

/**
 * The posting that an action will make, told before it is made. The server decides and posts; this only says it in
 * advance, by the flows of the chart of accounts. Directions are those of the custody account: credit is money in.
 */
export function plannedPosting(found: Facts, action: Action): PlannedLeg[] {
  const suspense = `suspense:${found.bankId}`;
  const losses = "losses:unreconciled";
  const bank = found.bankSide === null ? 0n : minorOf(found.bankSide.amount);
  const ours = found.ledgerSide === null ? 0n : minorOf(found.ledgerSide.amount);
  const moneyIn = (found.bankSide ?? found.ledgerSide)?.direction === "credit";
  const leg = (debit: string, credit: string, minor: bigint): PlannedLeg[] =>
    minor > 0n
      ? [
          {
            debit,
            credit,
            amount: { amount: formatDecimal(minor, found.currency), currency: found.currency },
          },
        ]
      : [];
  const less = bank < ours ? bank : ours;

  switch (action) {
    case "credit_payment_customer":
      return leg(suspense, "customer", bank);
    case "complete_payment":
      return moneyIn
        ? [
            ...leg(suspense, `transit:in:${found.bankId} / customer`, less),
            ...leg(losses, `transit:in:${found.bankId} / customer`, ours - less),
            ...leg(suspense, losses, bank - less),
          ]
        : [
            ...leg(`transit:out:${found.bankId}`, suspense, less),
            ...leg(`transit:out:${found.bankId}`, losses, ours - less),
            ...leg(losses, suspense, bank - less),
          ];
    case "reverse_payment":
      return moneyIn
        ? leg("customer", `transit:in:${found.bankId}`, ours)
        : leg(`transit:out:${found.bankId}`, "customer", ours);
    case "write_off": {
      const waiting = found.kind === "closing_differs" ? `custody:${found.bankId}` : suspense;
      const minor = found.kind === "closing_differs" ? absolute(minorOf(found.difference)) : bank;
      return writeOffSide(found) === "keeps" ? leg(waiting, losses, minor) : leg(losses, waiting, minor);
    }
  }
}

export function writeOffSide(found: Facts): WriteOffSide {
  if (found.kind === "closing_differs") return minorOf(found.difference) > 0n ? "keeps" : "bears";
  return found.bankSide?.direction === "credit" ? "keeps" : "bears";
}

const minorOf = (money: WireMoney): bigint => parseDecimal(money.amount, money.currency);
const absolute = (minor: bigint): bigint => (minor < 0n ? -minor : minor);

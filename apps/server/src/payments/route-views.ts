import type { ConsoleRoute, PaymentRoute } from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { Banks } from "../banks/index.ts";
import { dateIn } from "../platform/clock.ts";
import type { PaymentRow, RouteRow } from "./sql.ts";

type Names = Pick<Banks, "config">;

/** By which way a payment goes, for its customer: nothing of what banks charge the operator. */
export function routeView(
  payment: PaymentRow,
  accountBankId: string | undefined,
  banks: Names,
): z.input<typeof PaymentRoute> | null {
  if (payment.route === null) return null;
  return routeViewOf(payment.route, payment.currency, accountBankId, banks);
}

export function routeViewOf(
  route: RouteRow,
  currency: string,
  accountBankId: string | undefined,
  banks: Names,
): z.input<typeof PaymentRoute> {
  return {
    ...wayOf(route, banks),
    isOwnBank: route.bankId === accountBankId,
    fee: toWire({ minor: 0n, currency }),
    ...expectedOf(route, banks),
    reasons: route.reasons,
    others: route.others.map((other) => ({ ...wayOf(other, banks), whyNot: other.whyNot })),
    before:
      route.from === null ? null : { ...wayOf(route.from, banks), why: route.from.why, at: route.from.at },
  };
}

/** The same for staff, with the facts by which it was chosen. */
export function consoleRouteView(payment: PaymentRow, banks: Names): z.input<typeof ConsoleRoute> | null {
  const { route, currency } = payment;
  if (route === null || payment.kind === "return") return null;
  const factsOf = (one: Omit<RouteRow, "urgency" | "reasons" | "others" | "from">) => ({
    ...wayOf(one, banks),
    cost: toWire({ minor: BigInt(one.fee), currency }),
    ...expectedOf(one, banks),
    successPerMille: one.successPerMille,
    payments: one.payments,
  });
  return {
    ...factsOf(route),
    reasons: route.reasons,
    others: route.others.map((other) => ({ ...factsOf(other), whyNot: other.whyNot })),
    before:
      route.from === null
        ? null
        : { ...wayOf(route.from, banks), why: route.from.why, code: route.from.code, at: route.from.at },
  };
}

function expectedOf(
  { bankId, expectedAt, precision }: Pick<RouteRow, "bankId" | "expectedAt" | "precision">,
  banks: Names,
) {
  const timeZone = banks.config(bankId)?.timeZone ?? "UTC";
  return { expectedAt, expectedOn: precision === "day" ? dateIn(timeZone, new Date(expectedAt)) : null };
}

function wayOf({ bankId, rail }: Pick<RouteRow, "bankId" | "rail">, banks: Names) {
  return { bankId, bankName: banks.config(bankId)?.name ?? { en: bankId, zh: bankId }, rail };
}

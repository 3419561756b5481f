import { PaymentStatus } from "@jinqiao/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bookingFor } from "./books.ts";
import { type Cause, finalStatuses, isRepeat, type Kind, moveFor, moves, type Status } from "./lifecycle.ts";
import { ownAccount } from "./own-account.ts";
import type { PaymentRow } from "./sql.ts";

const causes: Cause[] = [
  "sending",
  "not_sent",
  "bank_accepted",
  "bank_asks_customer",
  "bank_rejected",
  "bank_silent",
  "not_received",
  "on_statement",
  "cancelled_by_customer",
  "approval_expired",
  "confirmed_by_staff",
  "reversed_by_staff",
];

function payment(kind: Kind, amount: bigint): PaymentRow {
  return {
    id: "pay_x",
    kind,
    status: "authorised",
    customer_id: "cus_x",
    payee_id: null,
    bank_id: "bank",
    linked_account_id: "lac_x",
    consent_id: "cns_x",
    settlement_account_id: null,
    currency: "CNY",
    amount,
    note_sealed: null,
    reference: "JQX",
    request_id: "",
    original_id: null,
    original_kind: null,
    merchant_id: null,
    merchant_name: null,
    merchant_reference: null,
    intent_id: null,
    authorised_amount: null,
    payee_check: null,
    route: null,
    authentication: null,
    hold_id: kind === "top_up" ? null : "hld_x",
    bank_payment_id: null,
    bank_status: null,
    action_url: null,
    credited: false,
    reason_code: null,
    reason_en: null,
    reason_zh: null,
    sent_at: null,
    accepted_at: null,
    inquiries: 0,
    needs_review: false,
    version: 1,
    created_at: new Date(0),
    updated_at: new Date(0),
  };
}

describe("states of a payment", () => {
  it("final states have no move", () => {
    // A settled payment with a bank can only come back; the return has postings of its own.
    for (const table of Object.values(moves))
      for (const status of finalStatuses)
        for (const [cause, { effect }] of Object.entries(table[status] ?? {})) {
          expect([status, effect]).toEqual(["settled", "none"]);
          expect(["returned", "returned_in_part"]).toContain(cause);
        }
  });

  it("every move leads to a status of the contract", () => {
    for (const table of Object.values(moves))
      for (const row of Object.values(table))
        for (const move of Object.values(row)) expect(PaymentStatus.options).toContain(move.to);
  });

  it("a late acceptance never revives a payment that ended", () => {
    for (const status of ["rejected", "cancelled", "expired", "settled"] as const) {
      expect(moveFor("top_up", status, "bank_accepted")).toBeUndefined();
      expect(moveFor("withdrawal", status, "on_statement")).toBeUndefined();
    }
    expect(isRepeat("settled", "on_statement")).toBe(true);
    expect(isRepeat("rejected", "on_statement")).toBe(false);
  });

  it("whatever news comes in whatever order, the books of one payment end whole", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Kind>("top_up", "withdrawal", "payout"),
        fc.boolean(),
        fc.array(fc.constantFrom(...causes), { maxLength: 25 }),
        (kind, instantCredit, news) => {
          const amount = 700n;
          const balances = new Map<string, bigint>([
            [ownAccount(payment(kind, amount)).code, kind === "top_up" ? 0n : -1_000n],
          ]);
          let held = kind === "top_up" ? 0n : amount;
          let current = payment(kind, amount);
          for (const cause of news) {
            const move = moveFor(kind, current.status, cause);
            if (move === undefined) continue;
            const booking = bookingFor(current, move.effect, {
              instantCredit,
              captured: current.status === "submitted",
              recoverable: amount,
            });
            for (const release of booking.releases) {
              expect(release.holdId).toBe("hld_x");
              held -= amount;
            }
            for (const posting of booking.postings) {
              balances.set(posting.debit.code, (balances.get(posting.debit.code) ?? 0n) + posting.amount);
              balances.set(posting.credit.code, (balances.get(posting.credit.code) ?? 0n) - posting.amount);
            }
            const credited =
              kind === "top_up" &&
              (current.credited ? move.effect !== "undo" : instantCredit && move.effect === "accept");
            current = { ...current, status: move.to, credited };
          }
          expect([...balances.values()].reduce((sum, one) => sum + one, 0n)).toBe(
            kind === "top_up" ? 0n : -1_000n,
          );
          const ended: Partial<Record<Status, true>> = {
            settled: true,
            rejected: true,
            cancelled: true,
            expired: true,
          };
          if (ended[current.status]) {
            expect(held).toBe(0n);
            // Nothing is left on the way, and custody moved exactly when the payment settled.
            expect(balances.get("transit:in:bank") ?? 0n).toBe(0n);
            expect(balances.get("transit:out:bank") ?? 0n).toBe(0n);
            const settled = current.status === "settled" ? (kind === "top_up" ? amount : -amount) : 0n;
            expect(balances.get("custody:bank") ?? 0n).toBe(settled);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("a statement that moved another amount settles the payment as agreed and books the gap", () => {
    for (const kind of ["top_up", "withdrawal"] as const) {
      for (const moved of [600n, 700n, 800n]) {
        const booking = bookingFor({ ...payment(kind, 700n), status: "submitted" }, "settle", {
          captured: true,
          from: { account: { code: "suspense:bank", currency: "CNY" }, amount: moved },
        });
        const sum = (code: string) =>
          booking.postings.reduce(
            (total, posting) =>
              total +
              (posting.debit.code === code ? posting.amount : 0n) -
              (posting.credit.code === code ? posting.amount : 0n),
            0n,
          );
        const sign = kind === "top_up" ? 1n : -1n;
        expect(sum("suspense:bank")).toBe(sign * moved);
        expect(sum(kind === "top_up" ? "customer:cus_x" : "transit:out:bank")).toBe(-sign * 700n);
        expect(sum("losses:unreconciled")).toBe(sign * (700n - moved));
      }
    }
  });
});

import * as contract from "@jinqiao/contract";
import { formatDecimal, type Id, toWire } from "@jinqiao/money";
import type { PaymentRow, PayoutRecords, PayoutStep } from "../payments/index.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { JobHandlers } from "../platform/jobs.ts";
import { eventRow, type MerchantEventType } from "./events.ts";
import type { MerchantsDeps } from "./index.ts";
import { type PayoutView, payoutView, settlementView } from "./payout-views.ts";
import { balanceTransactionRow, type WrittenRow } from "./rows.ts";
import type { Settlements } from "./settlement.ts";
import {
  type PayoutRow,
  payoutWrite,
  selectPayout,
  selectPayoutOf,
  selectPayouts,
  selectSettlement,
  selectSettlements,
} from "./settlement-rows.ts";
import type { TermsOf } from "./settlement-terms.ts";
import { checksAccounts } from "./settlement-test-payment.ts";
import type { MerchantMode } from "./types.ts";

export type PayoutsDeps = Pick<MerchantsDeps, "db" | "clock" | "ids" | "vault" | "payments" | "identity"> & {
  terms: TermsOf;
  settlements: Settlements;
};

/** Payouts as their merchants see them, kept in the commits that move them. */
export function createPayouts(deps: PayoutsDeps): { routes: RouteHandler[]; jobs: JobHandlers } {
  const { db, clock, ids, terms } = deps;

  /**
   * What a step of the order to the bank means for the merchant: another state of the payout, and a line of its balance
   * for all that moves. A payout that never left has both lines, so that statements show what was asked and given back.
   */
  async function together({ before, after, moved, returned }: PayoutStep) {
    // A test payment is nobody's payout.
    if (before.customer_id === (checksAccounts as string)) return {};
    const payout = await selectPayoutOf(db, before.id);
    assert(payout, "every order to a bank has its payout");
    const now = clock.now();
    const neverLeft = moved === 0n && hasEnded(after) && !hasEnded(before);
    const next: PayoutRow = {
      ...payout,
      status: statusOf(after),
      returned: returned ? payout.returned + returned.amount : payout.returned,
      expected_at: after.route ? new Date(after.route.expectedAt) : payout.expected_at,
      ...reasonsOf(after, returned),
      version: payout.version + 1,
      updated_at: now,
    };
    const lines: WrittenRow[] = [
      ...(moved < 0n || neverLeft ? [line(payout, "payout", -payout.amount, payout.settlement_id, now)] : []),
      ...(moved > 0n || neverLeft ? [line(payout, "payout_failure", moved || payout.amount, null, now)] : []),
    ];
    // The order's own steps, such as asking the bank once more, are nothing that a merchant hears of.
    if (lines.length === 0 && isSame(payout, next)) return {};
    const type = eventOf(payout, next);
    return {
      rows: [...lines, payoutWrite(next), ...(type ? [eventFor(next, type, now)] : [])],
      jobs: next.status === "failed" || returned ? [tellOwners(next)] : [],
    };
  }

  function line(
    payout: PayoutRow,
    type: "payout" | "payout_failure",
    amount: bigint,
    settlementId: Id<"stl"> | null,
    now: Date,
  ): WrittenRow {
    return balanceTransactionRow({
      id: ids.next("txn"),
      merchant_id: payout.merchant_id,
      livemode: payout.livemode,
      type,
      currency: payout.currency,
      amount,
      fee: 0n,
      source_id: payout.id,
      store_id: null,
      available_on: now,
      settlement_id: settlementId,
      created_at: now,
    });
  }

  function eventFor(payout: PayoutRow, type: MerchantEventType, now: Date): WrittenRow {
    const { merchant_id: merchantId, livemode } = payout;
    return eventRow(
      { ids, vault: deps.vault, now },
      { merchantId, livemode, type, object: payoutView(payout) },
    );
  }

  const records: PayoutRecords = {
    async creditorOf(payment) {
      const account = await terms.accountById(payment.settlement_account_id ?? "");
      if (payment.customer_id === (checksAccounts as string))
        return account?.code == null
          ? undefined
          : {
              iban: account.number,
              holder: account.holderName,
              bankId: account.bankId,
              text: `Jinqiao code ${account.code}`,
            };
      const isPayable = account?.status === "verified" && account.usableFrom !== null;
      return isPayable
        ? { iban: account.number, holder: account.holderName, bankId: account.bankId }
        : undefined;
    },
    async waits(payment) {
      if (payment.customer_id === (checksAccounts as string)) return undefined;
      const found = await terms.of(payment.customer_id, payment.currency, clock.now());
      const { status, payoutsPausedUntil } = found?.merchant ?? {
        status: "closed",
        payoutsPausedUntil: null,
      };
      const isPaused = payoutsPausedUntil !== null && payoutsPausedUntil > clock.now();
      return status === "active" && !isPaused ? undefined : onHold;
    },
    together,
    async names(merchantIds) {
      const rows = await db.query<{ id: string; name: string }>(
        "SELECT id, trading_name_en AS name FROM merchants.merchant WHERE id = ANY ($1)",
        [merchantIds],
      );
      return new Map([
        ...rows.map(({ id, name }) => [id, name] as const),
        [checksAccounts, "Jinqiao, check of an account 账户验证"],
      ]);
    },
  };
  deps.payments.payouts.keptBy(records);

  /** Another merchant's payout, or one of the other mode, is as unknown as one that does not exist. */
  async function own({ merchantId, livemode }: MerchantMode, payoutId: string): Promise<PayoutRow> {
    const payout = await selectPayout(db, payoutId);
    if (payout === undefined || payout.merchant_id !== merchantId || payout.livemode !== livemode)
      throw new Refusal("request.not_found");
    return payout;
  }

  const whole = async (payout: PayoutRow): Promise<PayoutView> =>
    payoutView(payout, await selectSettlement(db, payout.settlement_id));

  /** Tells the shop's owners that a payout did not arrive: their money is back in the balance. */
  async function tell(payoutId: string): Promise<void> {
    const payout = await selectPayout(db, payoutId);
    if (payout === undefined || payout.failure_code === null) return;
    const [owners, [shop]] = await Promise.all([
      db.query<{ customer_id: Id<"cus"> }>(
        "SELECT customer_id FROM merchants.member WHERE merchant_id = $1 AND status = 'active' AND role = 'owner' ORDER BY id",
        [payout.merchant_id],
      ),
      db.query<{ en: string; zh: string }>(
        "SELECT trading_name_en AS en, trading_name_zh AS zh FROM merchants.merchant WHERE id = $1",
        [payout.merchant_id],
      ),
    ]);
    const back = payout.status === "failed" ? payout.amount : payout.returned;
    const content = {
      kind: "notice.payout_failed" as const,
      shopEn: shop?.en ?? "",
      shopZh: shop?.zh ?? "",
      amount: `${formatDecimal(back, payout.currency)} ${payout.currency}`,
      reasonEn: payout.failure_en ?? "",
      reasonZh: payout.failure_zh ?? "",
      at: payout.updated_at.toISOString(),
    };
    await db.transaction(async (tx) => {
      for (const { customer_id: customerId } of owners)
        await deps.identity.messages.queue(tx, { to: { customerId }, content });
    });
  }

  return {
    jobs: { [tellTask]: (payload) => tell(String(payload.payoutId)) },
    routes: [
      handle(contract.createPayout, ({ merchant, idempotency, body }) =>
        deps.settlements.payOut(merchant, idempotency, body.amount),
      ),
      handle(contract.listPayouts, async ({ merchant, query }) => {
        const limit = query.limit ?? 20;
        const rows = await selectPayouts(db, merchant, { ...query, limit: limit + 1 });
        return {
          items: rows.slice(0, limit).map((row) => payoutView(row)),
          nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
        };
      }),
      handle(contract.getPayout, async ({ merchant, params }) => whole(await own(merchant, params.payoutId))),
      handle(contract.cancelPayout, async ({ merchant, params }) => {
        const payout = await own(merchant, params.payoutId);
        if (payout.status === "canceled") return whole(payout);
        if (payout.payment_id === null || payout.status !== "pending")
          throw new Refusal("payout.not_cancellable");
        try {
          await deps.payments.payouts.cancel(payout.payment_id);
        } catch (error) {
          const isLate = error instanceof Refusal && error.code === "payment.not_cancellable";
          throw isLate ? new Refusal("payout.not_cancellable") : error;
        }
        return whole(await own(merchant, params.payoutId));
      }),
      handle(contract.listMerchantSettlements, async ({ merchant, query }) => {
        const limit = query.limit ?? 20;
        const rows = await selectSettlements(db, merchant, { ...query, limit: limit + 1 });
        return {
          items: rows.slice(0, limit).map(settlementView),
          nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
        };
      }),
      handle(contract.getPayoutSchedule, async ({ merchant }) => {
        const { merchantId, livemode } = merchant;
        const books = await db.query<{ currency: string }>(
          `SELECT currency FROM merchants.settlement_book WHERE merchant_id = $1 AND livemode = $2
           UNION SELECT DISTINCT currency FROM merchants.takings WHERE merchant_id = $1 AND livemode = $2
           UNION SELECT currency FROM merchants.merchant WHERE id = $1 ORDER BY 1`,
          [merchantId, livemode],
        );
        const [first] = books;
        const found = await terms.of(merchantId, first?.currency ?? "", clock.now());
        if (found === undefined) throw new Refusal("request.not_found");
        const items = await Promise.all(
          books.map(async ({ currency }) => {
            const forecast = await deps.settlements.forecast({ merchantId, livemode, currency });
            assert(forecast, "the merchant was there a moment ago");
            return {
              currency,
              nextAt: forecast.nextAt.toISOString(),
              amount: toWire({ minor: forecast.amount, currency }),
              withheld: forecast.withheld,
            };
          }),
        );
        const { timeZone, delayDays, cutOffHour } = found.calendar;
        return { timeZone, delayDays, cutOffHour, items };
      }),
    ],
  };
}

const ended: readonly PaymentRow["status"][] = ["rejected", "cancelled", "expired"];
const hasEnded = ({ status }: PaymentRow): boolean => ended.includes(status);

/** The state of the order to the bank, in the words that merchants' programs know. */
function statusOf({ status, sent_at }: PaymentRow): PayoutRow["status"] {
  switch (status) {
    case "submitted":
    case "unknown":
      return "in_transit";
    case "settled":
      return "paid";
    case "returned":
      return "returned";
    case "rejected":
    case "expired":
      return "failed";
    case "cancelled":
      return "canceled";
    default:
      return sent_at === null ? "pending" : "in_transit";
  }
}

function reasonsOf(after: PaymentRow, returned: PaymentRow | undefined) {
  const { reason_code: code, reason_en: en, reason_zh: zh } = returned ?? after;
  const none = { failure_code: null, failure_en: null, failure_zh: null };
  const free = { waiting_code: null, waiting_en: null, waiting_zh: null };
  if (code === null) return { ...none, ...free };
  return returned || hasEnded(after)
    ? { failure_code: code, failure_en: en, failure_zh: zh, ...free }
    : { ...none, waiting_code: code, waiting_en: en, waiting_zh: zh };
}

const isSame = (one: PayoutRow, other: PayoutRow): boolean =>
  one.status === other.status &&
  one.returned === other.returned &&
  one.failure_code === other.failure_code &&
  one.waiting_code === other.waiting_code;

/** What the merchant's programs are told; of steps in between, nothing. */
function eventOf(before: PayoutRow, after: PayoutRow): MerchantEventType | undefined {
  if (after.returned > before.returned) return "payout.returned";
  if (after.status === before.status) return undefined;
  if (after.status === "paid") return "payout.paid";
  // Called off by the merchant: it failed to be paid all the same, and its status says why.
  return after.status === "failed" || after.status === "canceled" ? "payout.failed" : undefined;
}

const tellTask = "merchants.payout_told";
const tellOwners = ({ id, version }: PayoutRow) => ({
  task: tellTask,
  payload: { payoutId: id },
  key: `payout/${id}/${version}`,
});

const onHold = {
  code: "payout.on_hold",
  text: {
    en: "Payouts of this shop are paused. The money is kept for it and goes out by itself once they go on.",
    zh: "该商户的提款已暂停。款项已为其留存，恢复后将自动付出。",
  },
};

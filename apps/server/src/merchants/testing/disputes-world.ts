import { randomBytes } from "node:crypto";
import type { Id } from "@jinqiao/money";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { createLedger, custodyAccount, customerAccount, hashOf } from "../../ledger/index.ts";
import type { Payments } from "../../payments/index.ts";
import type { StatementFault } from "../../platform/db.ts";
import { createSubscriptions } from "../../platform/events.ts";
import { createIds } from "../../platform/ids.ts";
import { createVault } from "../../vault/index.ts";
import { accountsOf, purchaseLegs } from "../books.ts";
import { createDisputeUseCases } from "../dispute-cases.ts";
import { selectDisputeViolations } from "../dispute-sql.ts";
import { balanceTransactionRow, type IntentRow, intentRow } from "../rows.ts";

const currency = "GBP";
export const dayMs = 86_400_000;

/** Disputes on real books and a real database; purchases are booked as shops' payments are, without a wallet. */
export async function createDisputesWorld(options: { fault?: StatementFault } = {}) {
  const database = await createServerDatabase(options);
  const { db } = database;
  const time = { now: new Date("2026-03-01T10:00:00.000Z") };
  const clock = { now: () => time.now };
  const ids = createIds(clock);
  const vault = createVault({ masterKey: randomBytes(32).toString("base64") });
  const subscriptions = createSubscriptions();
  const ledger = createLedger({ db, clock, subscriptions });
  const intentsById = async (wanted: readonly string[]) => {
    const rows = await db.query<IntentRow>("SELECT * FROM merchants.intent WHERE id = ANY ($1)", [wanted]);
    return new Map(rows.map((row) => [row.id as string, row]));
  };
  /** The payer's wallet: what disputes ask of it. */
  const payments: Pick<Payments, "byId" | "purchases"> = {
    byId: async () => undefined,
    purchases: {} as Payments["purchases"],
  };
  const disputes = createDisputeUseCases({
    db,
    clock,
    ids,
    vault,
    ledger,
    payments,
    intentsById,
    customersById: async () => new Map(),
    shopsById: async (wanted) =>
      new Map(wanted.map((id) => [id, { name: { en: "Shop", zh: "商店" }, country: null }])),
  });
  let serial = 0;
  const request = () => {
    serial += 1;
    return { key: `test/request/${serial}`, hash: hashOf(serial) };
  };

  async function commit(instruction: Omit<Parameters<typeof ledger.commit>[0], "key" | "hash">) {
    const outcome = await ledger.commit({ ...request(), ...instruction });
    if (outcome.status !== "accepted") throw new Error(JSON.stringify(outcome));
  }

  return {
    db,
    time,
    ledger,
    disputes,
    request,
    commit,
    newMerchant: () => ids.next("mer"),
    accounts: (merchantId: string, livemode = true) => accountsOf(merchantId, livemode)(currency),

    /** A payer with money buys; `settled` of it is made available at once. Minor units. */
    async buy(
      merchantId: Id<"mer">,
      { amount, settled = amount, livemode = true }: { amount: bigint; settled?: bigint; livemode?: boolean },
    ): Promise<IntentRow> {
      const accounts = accountsOf(merchantId, livemode)(currency);
      const payerId = ids.next("cus");
      if (livemode)
        await commit({
          transfer: {
            id: ids.next("trf"),
            kind: "test.top_up",
            postings: [
              {
                debit: custodyAccount("harbour", currency),
                credit: customerAccount(payerId, currency),
                amount,
              },
            ],
          },
        });
      const id = ids.next("pi");
      const intent: IntentRow = {
        id,
        merchant_id: merchantId,
        livemode,
        status: "succeeded",
        currency,
        amount,
        capturable: 0n,
        received: amount,
        refunded: 0n,
        disputed: 0n,
        fee: 0n,
        fee_refunded: 0n,
        fee_details: null,
        capture_method: "automatic",
        reference: null,
        description_sealed: null,
        metadata_sealed: null,
        shopper_id: null,
        store_id: null,
        till_id: null,
        origin_kind: "api",
        origin_id: null,
        method: livemode ? "wallet_balance" : "test",
        payer_id: livemode ? payerId : null,
        payment_id: null,
        top_up_id: null,
        hold_id: null,
        authentication: null,
        error_code: null,
        cancellation_reason: null,
        token: id,
        return_url: null,
        latest_refund_id: null,
        dispute_id: null,
        balance_transaction_id: null,
        expires_at: null,
        capture_before: null,
        version: 1,
        created_at: time.now,
        updated_at: time.now,
      };
      await commit({
        transfer: {
          id: ids.next("trf"),
          kind: "purchase",
          legs: purchaseLegs(accounts, { payerId: intent.payer_id, gross: amount, fee: 0n }),
        },
        rows: [
          intentRow(intent),
          balanceTransactionRow({
            id: ids.next("txn"),
            merchant_id: merchantId,
            livemode,
            type: "charge",
            currency,
            amount,
            fee: 0n,
            source_id: id,
            store_id: null,
            available_on: null,
            settlement_id: null,
            created_at: time.now,
          }),
        ],
      });
      if (settled > 0n)
        await commit({
          transfer: {
            id: ids.next("trf"),
            kind: "settlement",
            postings: [{ debit: accounts.pending, credit: accounts.available, amount: settled }],
          },
        });
      return intent;
    },

    /** The merchant's money leaves, as a payout would take it. */
    async payOut(merchantId: Id<"mer">, amount: bigint, livemode = true): Promise<void> {
      const accounts = accountsOf(merchantId, livemode)(currency);
      await commit({
        transfer: {
          id: ids.next("trf"),
          kind: "test.payout",
          postings: [
            {
              debit: accounts.available,
              credit: livemode ? custodyAccount("harbour", currency) : accounts.testBank,
              amount,
            },
          ],
        },
        rows: [
          balanceTransactionRow({
            id: ids.next("txn"),
            merchant_id: merchantId,
            livemode,
            type: "payout",
            currency,
            amount: -amount,
            fee: 0n,
            source_id: "po_test",
            store_id: null,
            available_on: null,
            settlement_id: null,
            created_at: time.now,
          }),
        ],
      });
    },

    intent: async (id: string) => (await intentsById([id])).get(id) as IntentRow,

    /** Balance less holds, and holds, of one account. */
    async money(code: string): Promise<{ balance: bigint; held: bigint }> {
      const row = (await ledger.balances(code)).find((one) => one.currency === currency);
      return { balance: row?.balance ?? 0n, held: row?.held ?? 0n };
    },

    /** Every broken promise; `owed` is what the operator must bring because a merchant's money was gone. */
    async violations(merchantId: string, livemode = true): Promise<unknown[]> {
      const accounts = accountsOf(merchantId, livemode)(currency);
      const [pending, available, reserve, receivable] = await Promise.all(
        [accounts.pending, accounts.available, accounts.reserve, accounts.receivable].map((account) =>
          ledger.balances(account.code),
        ),
      );
      const of = (rows: Awaited<ReturnType<typeof ledger.balances>> | undefined) => rows?.[0]?.balance ?? 0n;
      const [sum] = await db.query<{ net: bigint }>(
        "SELECT coalesce(sum(net), 0)::bigint AS net FROM merchants.balance_transaction WHERE merchant_id = $1 AND livemode = $2",
        [merchantId, livemode],
      );
      const expected = of(pending) + of(available) + of(reserve) - of(receivable);
      return [
        ...(await ledger.violations()),
        ...(await selectDisputeViolations(db)),
        ...(sum?.net === expected ? [] : [{ net: sum?.net, expected }]),
      ];
    },
    async close() {
      await ledger.idle();
      await database.drop();
    },
  };
}
export type DisputesWorld = Awaited<ReturnType<typeof createDisputesWorld>>;

import { formatDecimal, type Id } from "@jinqiao/money";
import type { Identity } from "../identity/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { emit, type Subscriptions } from "../platform/events.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { Vault } from "../vault/index.ts";
import {
  createDisputeUseCases,
  type DisputesDeps,
  type DisputeUseCases,
  dueTask,
  remindDays,
  tellDisputeTask,
} from "./dispute-cases.ts";
import { daysAfter } from "./dispute-packs.ts";
import { disputeRoutes } from "./dispute-routes.ts";
import type { DisputeRow, DisputeStepName } from "./dispute-rows.ts";
import * as sql from "./dispute-sql.ts";
import { createDisputeStaff } from "./dispute-staff.ts";
import type { IntentRow } from "./rows.ts";

export type { RefundOfDisputed } from "./dispute-cases.ts";
export { disputesSealed } from "./dispute-rows.ts";

/** What the part of disputes is made with; its neighbours in this module come as functions. */
export type DisputePartDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Ledger;
  subscriptions: Subscriptions;
  identity: Identity;
  payments: Payments;
  intentsById(ids: readonly string[]): Promise<Map<string, IntentRow>>;
  intentOfPayment(paymentId: string): Promise<IntentRow | undefined>;
  /** As the API shows an intent to its merchant. */
  intentView(intent: IntentRow): Promise<{ object: "payment_intent"; [field: string]: unknown }>;
};

/** Disputes of purchases. */
export type Disputes = Pick<DisputeUseCases, "forRefund"> & {
  /** Every figure of a dispute that differs from the books; empty when all agree. */
  violations(): Promise<{ invariant: string; subject: string; detail: string }[]>;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

const watchTask = "merchants.disputes_due";

export function createDisputes(deps: DisputePartDeps): Disputes {
  const { db, clock, identity } = deps;
  const known: DisputesDeps = {
    ...deps,
    customersById: identity.customersById,
    shopsById: (ids) => sql.selectShops(db, ids),
  };
  const disputes = createDisputeUseCases(known);

  return {
    forRefund: disputes.forRefund,
    async violations() {
      const found = await sql.selectDisputeViolations(db);
      return found.map(({ id, what }) => ({ invariant: `dispute_${what}`, subject: id, detail: what }));
    },
    routes: [
      ...disputeRoutes({ ...known, ...deps }, disputes),
      ...createDisputeStaff({ ...known, ...deps }, disputes),
    ],
    jobs: {
      [dueTask]: ({ disputeId }) => disputes.due(String(disputeId)),
      // Each dispute by a job of its own, so that one that cannot be moved keeps only itself waiting.
      [watchTask]: async () => {
        const now = clock.now();
        const due = await sql.selectDueDisputes(db, now, daysAfter(now, remindDays), 500);
        await db.transaction((tx) =>
          emit(
            tx,
            deps.subscriptions,
            [],
            due.map(({ id }) => ({ task: dueTask, payload: { disputeId: id }, key: `${dueTask}/${id}` })),
          ),
        );
      },
      [tellDisputeTask]: ({ disputeId, version, reminder }) =>
        tell(String(disputeId), reminder === true ? "reminder" : Number(version)),
    },
    cron: [{ task: watchTask, pattern: "*/5 * * * *" }],
  };

  /** Tells both sides of one step, each what it means for them; people are named to nobody. */
  async function tell(disputeId: string, which: number | "reminder"): Promise<void> {
    const row = await disputes.byId(disputeId);
    const steps = await sql.selectSteps(db, [disputeId]);
    const step = which === "reminder" ? undefined : steps.find(({ version }) => version === which);
    const [toPayer, toShop] =
      step === undefined ? ([undefined, "reminder"] as const) : newsOf(step.step, row);
    const until =
      (which === "reminder" || step?.step === "opened" ? row.answer_by : row.represent_by) ?? undefined;
    const shop = (await sql.selectShops(db, [row.merchant_id])).get(row.merchant_id);
    const money = step?.contested || row.contested || row.amount;
    const content = {
      amount: `${formatDecimal(money, row.currency)} ${row.currency}`,
      disputeId,
      ...(until ? { until: until.toISOString() } : {}),
      at: (step?.at ?? row.updated_at).toISOString(),
    };
    const name = shop ? bothNames(shop.name) : row.merchant_id;
    const owners = toShop ? await sql.selectOwners(db, row.merchant_id) : [];
    await db.transaction(async (tx) => {
      if (toPayer && row.customer_id)
        await identity.messages.queue(tx, {
          to: { customerId: row.customer_id },
          content: { kind: "notice.dispute", what: toPayer, shop: name, ...content },
        });
      if (!toShop) return;
      for (const customerId of owners)
        await identity.messages.queue(tx, {
          to: { customerId: customerId as Id<"cus"> },
          content: { kind: "notice.shop_dispute", what: toShop, shop: name, ...content },
        });
    });
  }
}

/** A shop that goes by two names is told apart by both. */
const bothNames = ({ en, zh }: { en: string; zh: string }): string => (en === zh ? en : `${en} ${zh}`);

type PayerNews =
  | "opened"
  | "answered"
  | "decided_for_you"
  | "paid_back"
  | "kept"
  | "reviewed_again"
  | "refunded";
type ShopNews = "opened" | "expired" | "lost" | "lost_for_good" | "won" | "withdrawn";

/** What a step means for the payer and for the shop; undefined: they did it themselves, or need not know. */
function newsOf(step: DisputeStepName, row: DisputeRow): [PayerNews | undefined, ShopNews | undefined] {
  switch (step) {
    case "opened":
      return ["opened", "opened"];
    case "answered":
      return ["answered", undefined];
    case "accepted":
    case "representment_waived":
      return ["paid_back", undefined];
    case "expired":
      return ["paid_back", "expired"];
    case "decided_for_payer":
      return row.stage === "representment" ? ["paid_back", "lost_for_good"] : ["decided_for_you", "lost"];
    case "decided_for_merchant":
      return ["kept", "won"];
    case "represented":
      return ["reviewed_again", undefined];
    case "refunded":
      return ["refunded", undefined];
    case "withdrawn":
      return [undefined, "withdrawn"];
    case "reduced_by_refund":
      return [undefined, undefined];
  }
}

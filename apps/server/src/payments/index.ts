import * as contract from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { Banks } from "../banks/index.ts";
import {
  type AccessReasons,
  type CustomerName,
  type Freezes,
  maskEmail,
  maskName,
  type StepUps,
} from "../identity/index.ts";
import { customerAccount, type Ledger, type TransparencyLog, type Watch } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { emit, type Subscriptions } from "../platform/events.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import type { Vault } from "../vault/index.ts";
import { caseActionData, caseData } from "./case-rows.ts";
import { createCases } from "./cases.ts";
import { createPaymentUseCases, type PaymentUseCases } from "./create.ts";
import { submitJob } from "./jobs.ts";
import { limitsOf } from "./limits.ts";
import { createMover, inquireJob, type Mover } from "./mover.ts";
import { notesOf, paymentData } from "./notes.ts";
import type { PaidOutKind } from "./own-account.ts";
import {
  type Creditor,
  createPayoutDesk,
  type DraftedPayout,
  draftPayout,
  type PayoutDesk,
  type PayoutOrder,
} from "./payouts.ts";
import { createPurchases, type Purchases } from "./purchases.ts";
import { createRecalls, type Recalls, recallData } from "./recalls.ts";
import { createRerouting } from "./rerouting.ts";
import { selectReturnsOf } from "./return-sql.ts";
import { createReturns, type Returns } from "./returns.ts";
import { createRouting } from "./routing-facts.ts";
import type { ListFilter, PaymentRow } from "./sql.ts";
import * as sql from "./sql.ts";
import { namesOpen, type StaffView, staffViews } from "./staff-views.ts";
import { statementRoutes } from "./statements/index.ts";
import { type PaymentView, viewOf } from "./views.ts";
import { createWithBank } from "./with-bank.ts";

export { ending as caseEnding, opening as caseOpening } from "./case-rows.ts";
export { finalStatuses } from "./lifecycle.ts";
export type { News, Together } from "./mover.ts";
export { isBookedAtBank } from "./mover.ts";
/** Where this module keeps personal data, and what staff write, sealed. */
export const paymentsData = [paymentData, caseData, caseActionData, recallData] as const;

export type { DraftedPayout, PayoutCreditor, PayoutRecords, PayoutStep } from "./payouts.ts";
export type { PurchaseFacts, PurchaseStep, Purchases } from "./purchases.ts";
export type { ReturnOutcome } from "./returns.ts";
export { consoleRouteView } from "./route-views.ts";
export type { ListFilter, PaymentRow } from "./sql.ts";
/** Making statements as files: merchants' are drawn as wallets' are. */
export { isoOf, localTimesIn } from "./statements/calendar.ts";
export { pdfFile } from "./statements/pdf-file.ts";
export type { Line as StatementFileLine, WalletStatementDocument } from "./statements/statement.ts";
export { csvField } from "./statements/text-files.ts";
export { type Words as StatementWords, wordsIn as statementWords } from "./statements/words.ts";
export type { PaymentView } from "./views.ts";

export const paymentsMigrations: ModuleMigrations = {
  module: "payments",
  folder: new URL("./migrations/", import.meta.url),
};

export type PaymentsDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Ledger & { readonly log: Pick<TransparencyLog, "receiptsOf"> };
  watch: Pick<Watch, "isStopped" | "stoppedCurrencies">;
  banks: Banks;
  subscriptions: Subscriptions;
  publicUrl: string;
  walletUrl: string;
  identity: {
    customersById(ids: readonly string[]): Promise<Map<string, CustomerName>>;
    customerByEmail(email: string): Promise<CustomerName | undefined>;
    stepUps: Pick<StepUps, "create" | "authorise">;
    freezes: Pick<Freezes, "require">;
    looks: Pick<AccessReasons, "openTo">;
  };
};

/** Top-ups, transfers and withdrawals, from the customer's wish to the bank's statement. */
export type Payments = {
  /** Moves a payment by news from outside; `together` is stored in the same commit. */
  apply: Mover["apply"];
  /** Money that a bank sends or takes back after settlement. */
  returns: Returns;
  /** Merchants' money on its way to their own banks. Its records are kept by the module above. */
  payouts: {
    keptBy: PayoutDesk["keptBy"];
    draft(order: PayoutOrder): Promise<DraftedPayout>;
    /** @throws Refusal `payment.not_cancellable` once the bank may have it */
    cancel(paymentId: string): Promise<PaymentRow>;
  };
  /** Payments to shops as their payers have them. */
  purchases: Purchases & {
    /** A top-up that brings a purchase's money from a linked account; not stored yet. */
    fund: PaymentUseCases["funding"];
    /** @throws Refusal `payment.currency_not_supported`, `payment.limit_exceeded` */
    checked: PaymentUseCases["checked"];
  };
  /** Whether staff asked, or can ask, the bank for a payment back. */
  recallOf: Recalls["about"];
  byId(paymentId: string): Promise<PaymentRow | undefined>;
  /** Payments by the references given; one that no payment bears is left out. */
  byReferences(references: readonly string[]): Promise<Map<string, PaymentRow>>;
  /** Payments a bank has accepted that no statement has shown yet. */
  awaitingStatement(bankId: string, currency: string): Promise<PaymentRow[]>;
  /** Payments at a bank that a line of its statement may still settle, those sent nearest to a moment first. */
  waitingForLine(
    account: { bankId: string; currency: string; kinds: readonly ("top_up" | PaidOutKind)[] },
    around: { from: Date; to: Date; at: Date },
    limit: number,
  ): Promise<PaymentRow[]>;
  /** Names that the other side of payments with banks may go by: the customer's, and the account holder's. */
  namesOf(payments: readonly PaymentRow[]): Promise<Map<string, string[]>>;
  /** When the first payment between a bank and us was made; undefined when there is none. */
  firstMadeAt(bankId: string, currency: string): Promise<Date | undefined>;
  list(filter: ListFilter): Promise<PaymentRow[]>;
  /** Views in the order given; `viewer` decides direction and counterparty. */
  views(payments: readonly PaymentRow[], viewer?: string): Promise<PaymentView[]>;
  /** As `views`, for a member of staff: who is named there, and who is masked. */
  staffViews(staff: Pick<contract.Staff, "id">, payments: readonly PaymentRow[]): Promise<StaffView[]>;
  /** Of these payments those whose customer that member of staff has said why to see. */
  namesOpen(staff: Pick<contract.Staff, "id">, paymentIds: readonly string[]): Promise<ReadonlySet<string>>;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

export function createPayments(deps: PaymentsDeps): Payments {
  const payouts = createPayoutDesk();
  const mover = createMover({ ...deps, payouts });
  const { freezes } = deps.identity;
  /** People by id; a payout is of a merchant, which goes by its name alone. */
  const customersById: PaymentsDeps["identity"]["customersById"] = async (ids) => {
    const merchantIds = ids.filter((id) => id.startsWith("mer_"));
    const people = await deps.identity.customersById(ids.filter((id) => !id.startsWith("mer_")));
    for (const [id, displayName] of await payouts.names(merchantIds))
      people.set(id, { id: id as CustomerName["id"], displayName, email: "", locale: "en" });
    return people;
  };
  const routing = createRouting(deps);
  const rerouting = createRerouting({ ...deps, mover, routing, payouts });
  const withBank = createWithBank({ ...deps, mover, rerouting, payouts, customersById, freezes });
  const create = createPaymentUseCases({
    ...deps,
    routing,
    customersById,
    stepUps: deps.identity.stepUps,
    freezes,
  });
  /** Asks the bank when it is the payment's turn. */
  async function inquireSlot(paymentId: string): Promise<void> {
    const payment = await sql.selectPayment(deps.db, paymentId);
    assert(payment?.bank_id, "a payment that is asked for exists and has a bank");
    await deps.banks.job(payment.bank_id, async () => {
      await withBank.inquire(paymentId);
    });
  }
  deps.subscriptions.subscribe("bank_payment.news", "payments.hear");
  deps.subscriptions.subscribe("ledger.alarm_cleared", "payments.resume");
  deps.subscriptions.subscribe("freeze.changed", "payments.resume");

  const recalls = createRecalls(deps);
  const forStaff: Payments["staffViews"] = (staff, payments) =>
    staffViews({ views, customersById, looks: deps.identity.looks }, staff, payments);
  const cases = createCases({ ...deps, mover, withBank, staffViews: forStaff });

  async function views(payments: readonly PaymentRow[], viewer?: string): Promise<PaymentView[]> {
    const [transitions, returns, people, accounts, notes] = await Promise.all([
      sql.selectTransitions(
        deps.db,
        payments.map((payment) => payment.id),
      ),
      selectReturnsOf(
        deps.db,
        payments.map((payment) => payment.id),
      ),
      customersById([
        ...new Set(
          payments.flatMap((payment) => [
            payment.customer_id,
            ...(payment.payee_id ? [payment.payee_id] : []),
          ]),
        ),
      ]),
      deps.banks.linkedAccountsById([
        ...new Set(
          payments.flatMap((payment) => (payment.linked_account_id ? [payment.linked_account_id] : [])),
        ),
      ]),
      notesOf(deps.vault, payments),
    ]);
    const byPayment = Map.groupBy(transitions, (transition) => transition.payment_id);
    const byOriginal = Map.groupBy(returns, (one) => one.original_id as string);
    return payments.map((payment) =>
      viewOf(
        payment,
        viewer ?? payment.customer_id,
        byPayment.get(payment.id) ?? [],
        people,
        accounts,
        deps.banks,
        byOriginal.get(payment.id),
        notes.get(payment.id),
      ),
    );
  }

  /** Where payouts go, by payment. */
  async function creditorsOf(payments: readonly PaymentRow[]): Promise<Map<string, Creditor>> {
    const found = await Promise.all(
      payments
        .filter(({ kind }) => kind === "payout")
        .map(async (payment) => [payment.id, await payouts.creditorOf(payment)] as const),
    );
    return new Map(found.flatMap(([id, creditor]) => (creditor ? [[id as string, creditor] as const] : [])));
  }

  /** Another customer's payment is as unknown as one that does not exist. */
  async function own(customerId: string, paymentId: string): Promise<PaymentRow> {
    const payment = await sql.selectPayment(deps.db, paymentId);
    if (payment === undefined || (payment.customer_id !== customerId && payment.payee_id !== customerId))
      throw new Refusal("request.not_found");
    return payment;
  }
  async function viewFor(customerId: string, payment: PaymentRow): Promise<PaymentView> {
    return (await views([payment], customerId))[0] as PaymentView;
  }
  const payeeOf = (person: CustomerName) => ({
    payeeId: person.id,
    maskedName: maskName(person.displayName),
    maskedEmail: maskEmail(person.email),
  });

  const routes: RouteHandler[] = [
    handle(contract.createTopUp, ({ customerId, idempotency, body }) =>
      create.topUp(customerId, idempotency, body),
    ),
    handle(contract.createTransfer, ({ customerId, session, idempotency, body }) =>
      create.transfer(customerId, idempotency, body, { session, stepUpId: body.stepUpId }),
    ),
    handle(contract.createWithdrawal, ({ customerId, session, idempotency, body }) =>
      create.withdrawal(customerId, idempotency, body, { session, stepUpId: body.stepUpId }),
    ),
    handle(contract.createStepUp, ({ session, body }) => create.confirm(session, body)),
    handle(contract.listBalances, async ({ customerId }) => ({
      items: (await deps.ledger.balances(`customer:${customerId}`)).map(({ currency, balance, held }) => ({
        currency,
        total: toWire({ minor: balance, currency }),
        available: toWire({ minor: balance - held, currency }),
        held: toWire({ minor: held, currency }),
      })),
    })),
    handle(contract.listLimits, async ({ customerId }) => {
      const currencies = [...new Set(deps.banks.list().flatMap((bank) => bank.currencies))].sort();
      const items = await Promise.all(
        currencies.flatMap((currency) => {
          const limits = limitsOf(currency);
          if (limits === undefined) return [];
          return [
            sql.selectUncleared(deps.db, customerId, currency).then((used) => ({
              currency,
              maxPerPayment: toWire({ minor: limits.maxPerPayment, currency }),
              instantCredit: {
                limit: toWire({ minor: limits.instantCredit, currency }),
                remaining: toWire({
                  minor: used > limits.instantCredit ? 0n : limits.instantCredit - used,
                  currency,
                }),
              },
            })),
          ];
        }),
      );
      return { items };
    }),
    handle(contract.lookUpPayee, async ({ customerId, body }) => {
      const person = await deps.identity.customerByEmail(body.email);
      if (person === undefined) throw new Refusal("payment.payee_not_found");
      if (person.id === customerId) throw new Refusal("payment.payee_is_payer");
      return payeeOf(person);
    }),
    handle(contract.listRecentPayees, async ({ customerId }) => {
      const ids = await sql.selectRecentPayees(deps.db, customerId, 8);
      const people = await deps.identity.customersById(ids);
      return {
        items: ids.flatMap((id) => (people.has(id) ? [payeeOf(people.get(id) as CustomerName)] : [])),
      };
    }),
    handle(contract.listPayments, async ({ customerId, query }) => {
      const limit = query.limit ?? 20;
      const rows = await sql.selectPayments(deps.db, { ...query, customerId, limit: limit + 1 });
      return {
        items: await views(rows.slice(0, limit), customerId),
        nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
      };
    }),
    handle(contract.getPayment, async ({ customerId, params }) =>
      viewFor(customerId, await own(customerId, params.paymentId)),
    ),
    handle(contract.getPaymentReceipts, async ({ customerId, params }) => {
      const payment = await own(customerId, params.paymentId);
      const { code } = customerAccount(customerId, payment.currency);
      const receipts = await deps.ledger.log.receiptsOf(payment.id, [code]);
      if (receipts.length === 0) throw new Refusal("payment.nothing_booked");
      return { receipts };
    }),
    handle(contract.cancelPayment, async ({ customerId, params }) => {
      const payment = await own(customerId, params.paymentId);
      if (payment.customer_id !== customerId) throw new Refusal("payment.not_cancellable");
      return viewFor(customerId, await withBank.cancel(payment));
    }),
    // The customer is back from the bank's page. Who asks does not matter: the bank is asked, and nothing is shown here.
    handle(contract.bankPaymentReturn, async ({ params }) => {
      const payment = await sql.selectPayment(deps.db, params.paymentId);
      if (payment === undefined) throw new Refusal("request.not_found");
      await withBank.inquire(payment.id).catch(() => payment);
      return { redirect: `${deps.walletUrl}/activity/${payment.id}` };
    }),
    handle(contract.previewPaymentRoute, ({ customerId, body }) => create.previewRoute(customerId, body)),
    handle(contract.recommendTopUpAccount, ({ customerId, body }) =>
      create.recommendTopUpAccount(customerId, body.amount),
    ),
    handle(contract.verifyPayee, ({ customerId, body }) =>
      create.payeeVerification(customerId, body.linkedAccountId),
    ),
    ...cases.routes,
    ...recalls.routes,
    ...statementRoutes(deps),
  ];

  return {
    apply: mover.apply,
    returns: createReturns({ ...deps, payouts }),
    payouts: {
      keptBy: payouts.keptBy,
      draft: (order) => draftPayout({ ...deps, routing }, order),
      cancel: async (paymentId) => {
        const payment = await sql.selectPayment(deps.db, paymentId);
        assert(payment?.kind === "payout", "what is called off is a payout that exists");
        return withBank.cancel(payment);
      },
    },
    purchases: { ...createPurchases(deps), fund: create.funding, checked: create.checked },
    recallOf: recalls.about,
    byId: (paymentId) => sql.selectPayment(deps.db, paymentId),
    byReferences: async (references) =>
      new Map((await sql.selectByReferences(deps.db, references)).map((row) => [row.reference, row])),
    awaitingStatement: (bankId, currency) => sql.selectWithBank(deps.db, bankId, currency),
    waitingForLine: (account, around, limit) => sql.selectWaitingForLine(deps.db, account, around, limit),
    async namesOf(payments) {
      const [people, creditors, accounts] = await Promise.all([
        customersById([...new Set(payments.map((payment) => payment.customer_id))]),
        creditorsOf(payments),
        deps.banks.linkedAccountsById([
          ...new Set(payments.flatMap((payment) => payment.linked_account_id ?? [])),
        ]),
      ]);
      return new Map(
        payments.map((payment) => {
          const holder =
            creditors.get(payment.id)?.holder ?? accounts.get(payment.linked_account_id ?? "")?.ownerName;
          const names = [people.get(payment.customer_id)?.displayName, holder].filter((name) => name != null);
          return [payment.id, [...new Set(names)]];
        }),
      );
    },
    firstMadeAt: (bankId, currency) => sql.selectFirstMadeAt(deps.db, bankId, currency),
    list: (filter) => sql.selectPayments(deps.db, filter),
    views,
    staffViews: forStaff,
    namesOpen: async (staff, paymentIds) =>
      namesOpen(
        deps.identity.looks,
        staff,
        paymentIds.length === 0 ? [] : await sql.selectPaymentsById(deps.db, [...new Set(paymentIds)]),
      ),
    routes,
    jobs: {
      "payments.submit": async (payload) => {
        const payment = await sql.selectPayment(deps.db, String(payload.paymentId));
        assert(payment?.bank_id, "a payment that is sent exists and has a bank");
        if (await withBank.tellWait(payment)) return;
        await deps.banks.job(payment.bank_id, () => withBank.submit(payment.id));
      },
      "payments.inquire": async (payload) => inquireSlot(String(payload.paymentId)),
      // A bank's notice only says that something happened; the bank is then asked for the truth.
      "payments.hear": async (payload) => {
        const payment = await sql.selectByReferenceOrBankId(
          deps.db,
          String(payload.bankId),
          String(payload.reference),
        );
        if (payment) await inquireSlot(payment.id);
      },
      // Each payment by a job of its own, so that a bank that hangs keeps only its own waiting.
      "payments.catch_up": async () => {
        const before = new Date(deps.clock.now().getTime() - 5 * 60_000);
        const stopped = await deps.watch.stoppedCurrencies();
        const stuck = await sql.selectStuck(deps.db, { before, stopped, limit: 200 });
        await deps.db.transaction((tx) =>
          emit(
            tx,
            deps.subscriptions,
            [],
            stuck.map(({ id, sent_at }) =>
              sent_at === null ? submitJob(id) : inquireJob(id, deps.clock.now()),
            ),
          ),
        );
      },
      "payments.watch_holds": () => cases.watchHolds(),
      "payments.recall": async (payload) => {
        const payment = await sql.selectPayment(deps.db, String(payload.paymentId));
        assert(payment?.bank_id, "a payment that is asked back exists and has a bank");
        await deps.banks.job(payment.bank_id, () => recalls.look(payment.id));
      },
      "payments.watch_recalls": () => recalls.watch(),
      // Withdrawals that waited while payments out were stopped, each by a job of its own. What is more than a
      // thousand follows by `catch_up`.
      "payments.resume": async () => {
        const stopped = await deps.watch.stoppedCurrencies();
        const waiting = await sql.selectHeldBack(deps.db, { stopped, limit: 1_000 });
        await deps.db.transaction((tx) =>
          emit(
            tx,
            deps.subscriptions,
            [],
            waiting.map((payment) => submitJob(payment.id)),
          ),
        );
      },
    },
    cron: [
      { task: "payments.catch_up", pattern: "*/5 * * * *" },
      { task: "payments.watch_holds", pattern: "50 3 * * *" },
      { task: "payments.watch_recalls", pattern: "*/10 * * * *" },
    ],
  };
}

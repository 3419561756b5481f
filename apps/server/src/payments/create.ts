import type { DomainEvent, PaymentRoute } from "@jinqiao/contract";
import { type Id, type Money, parseAmount, type WireMoney } from "@jinqiao/money";
import type { z } from "zod";
import type { Banks, LinkedAccountRecord, PayeeVerification } from "../banks/index.ts";
import type {
  CustomerName,
  Freezes,
  PaymentAuthentication,
  PaymentToConfirm,
  StepUps,
} from "../identity/index.ts";
import { customerAccount, type Instruction, type Ledger, type Watch } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import type { Job } from "../platform/events.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import { bankWait, reasonFields } from "./bank-wait.ts";
import { holdDays } from "./case-rows.ts";
import {
  type Asker,
  createConfirmations,
  payeeAmong,
  transferToConfirm,
  withdrawalToConfirm,
} from "./confirmation.ts";
import { submitJob } from "./jobs.ts";
import { limitsOf } from "./limits.ts";
import { balanceEvents, changedEvents, rowOf } from "./mover.ts";
import { newPayment } from "./new-payment.ts";
import { sealNote } from "./notes.ts";
import { routeViewOf } from "./route-views.ts";
import type { Routing } from "./routing-facts.ts";
import type { PaymentRow } from "./sql.ts";
import { type PaymentView, type People, viewOf } from "./views.ts";

export type CreateDeps = {
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Ledger;
  watch: Pick<Watch, "isStopped">;
  freezes: Pick<Freezes, "require">;
  banks: Banks;
  routing: Routing;
  customersById(ids: readonly string[]): Promise<Map<string, CustomerName>>;
  stepUps: Pick<StepUps, "create" | "authorise">;
};
/** Key and hash of the request; the same key and body give the same answer. */
export type Request = { key: string; hash: string };

export type PaymentUseCases = ReturnType<typeof createPaymentUseCases>;

/** A top-up that pays a shop: not stored yet. */
export type Funding = {
  payment: PaymentRow;
  view: PaymentView;
  rows: { writer: string; row: Record<string, unknown> }[];
  events: DomainEvent[];
  jobs: Job[];
};

export function createPaymentUseCases(deps: CreateDeps) {
  /** Refuses what limits or the operator's currencies do not allow. Amounts arrive parsed by the contract. */
  function checked(wire: WireMoney): Money {
    const money = parseAmount(wire);
    const limits = limitsOf(money.currency);
    if (limits === undefined) throw new Refusal("payment.currency_not_supported");
    if (money.minor > limits.maxPerPayment) throw new Refusal("payment.limit_exceeded");
    return money;
  }

  const draft = (
    kind: PaymentRow["kind"],
    customerId: string,
    money: Money,
    extra: Partial<PaymentRow>,
  ): PaymentRow => newPayment(deps, kind, customerId, money, extra);

  async function store(
    request: Request,
    payment: PaymentRow,
    view: PaymentView,
    more: Partial<Instruction>,
  ): Promise<PaymentView> {
    const outcome = await deps.ledger.commit<PaymentView>({
      ...request,
      result: view,
      rows: [rowOf(payment, "created")],
      events: [...changedEvents(payment), ...(more.holds || more.transfer ? balanceEvents(payment) : [])],
      ...more,
    });
    if (outcome.status === "accepted" || outcome.status === "replayed") return outcome.result;
    if (outcome.status === "refused") throw new Refusal(outcome.code);
    throw new Refusal(outcome.status === "conflict" ? "idempotency.key_reused" : "payment.changed_meanwhile");
  }

  async function view(
    payment: PaymentRow,
    { account, people, note }: { account?: LinkedAccountRecord; people?: People; note?: string | undefined },
  ): Promise<PaymentView> {
    people ??= await deps.customersById([payment.customer_id]);
    const accounts = new Map(account ? [[account.id as string, account]] : []);
    const timeline = [
      {
        payment_id: payment.id,
        version: 1,
        status: payment.status,
        cause: "created",
        at: payment.created_at,
      },
    ];
    return viewOf(payment, payment.customer_id, timeline, people, accounts, deps.banks, [], note || null);
  }

  async function accountFor(
    customerId: string,
    accountId: string,
    money: Money,
  ): Promise<LinkedAccountRecord> {
    const account = await deps.banks.linkedAccount(customerId, accountId);
    if (account === undefined) throw new Refusal("request.not_found");
    if (account.status !== "active") throw new Refusal("bank.consent_ended");
    if (account.currency !== money.currency || !deps.banks.custody(account.bankId, money.currency))
      throw new Refusal("payment.currency_not_supported");
    return account;
  }
  /** The bank that carries the order, by which rail, and the account at the other end. */
  async function bankFields(kind: "top_up" | "withdrawal", account: LinkedAccountRecord, money: Money) {
    const { bankId, route } = await deps.routing.choose({
      kind,
      account,
      amount: money.minor,
      currency: money.currency,
    });
    return {
      bank_id: bankId,
      route,
      linked_account_id: account.id,
      consent_id: account.consentId,
      // Said at once where the bank is closed, so that the answer to the order already tells when it will be sent.
      ...reasonFields(bankWait(deps.banks, bankId)),
    };
  }

  async function draftTopUp(
    customerId: string,
    input: { linkedAccountId: string; amount: WireMoney },
    extra: Partial<PaymentRow> = {},
  ) {
    const money = checked(input.amount);
    const account = await accountFor(customerId, input.linkedAccountId, money);
    // Nothing is taken from the customer's banks either: some of them ask nobody before they pay.
    await deps.freezes.require(customerId, "payments");
    await deps.freezes.require(customerId, `card:${account.consentId}`);
    const fields = await bankFields("top_up", account, money);
    const payment = draft("top_up", customerId, money, { ...fields, ...extra });
    return { payment, view: await view(payment, { account }), jobs: [submitJob(payment.id)] };
  }

  /** Whether the customer's own name is the one the bank has for the account. */
  async function verifyPayee(customerId: string, account: LinkedAccountRecord): Promise<PayeeVerification> {
    const customer = (await deps.customersById([customerId])).get(customerId);
    return deps.banks.verifyPayee(account, customer?.displayName ?? "");
  }

  /**
   * Lets a payment of the customer's money pass, or refuses it. The last step before the commit: what refuses for
   * another reason must not use up a confirmation.
   */
  function authorise(
    request: Request,
    asker: Asker,
    payment: PaymentToConfirm,
  ): Promise<PaymentAuthentication> {
    return deps.stepUps.authorise({ ...asker, attempt: request.key, payment });
  }

  return {
    /** Begins the confirmation of a payment. */
    confirm: createConfirmations({
      stepUps: deps.stepUps,
      checked,
      accountFor,
      payeeOf: async (customerId, payeeId) =>
        payeeAmong(await deps.customersById([payeeId]), customerId, payeeId),
    }),

    /** What a withdrawal to an account will be told about its name, to show before it is confirmed. */
    async payeeVerification(
      customerId: string,
      accountId: string,
    ): Promise<PayeeVerification & { name: string }> {
      const account = await deps.banks.linkedAccount(customerId, accountId);
      if (account === undefined) throw new Refusal("request.not_found");
      const customer = (await deps.customersById([customerId])).get(customerId);
      return { ...(await verifyPayee(customerId, account)), name: customer?.displayName ?? "" };
    },

    /** Fee, arrival and way of a payment as it would go now, to show before it is confirmed. */
    async previewRoute(
      customerId: string,
      input: { kind: "top_up" | "withdrawal"; linkedAccountId: string; amount: WireMoney },
    ): Promise<z.input<typeof PaymentRoute>> {
      const { minor: amount, currency } = checked(input.amount);
      const account = await accountFor(customerId, input.linkedAccountId, { minor: amount, currency });
      const { route } = await deps.routing.choose({ kind: input.kind, amount, currency, account });
      return routeViewOf(route, currency, account.bankId, deps.banks);
    },

    /** From which of the customer's accounts a top-up goes best; they may choose another. */
    async recommendTopUpAccount(customerId: string, wire: WireMoney) {
      const { minor: amount, currency } = checked(wire);
      const accounts = (await deps.banks.linkedAccountsOf(customerId)).filter(
        (account) =>
          account.status === "active" &&
          account.currency === currency &&
          deps.banks.custody(account.bankId, currency) !== undefined,
      );
      const { choice, excluded } = await deps.routing.recommend({ amount, currency }, accounts);
      const first = choice?.chosen.accountId;
      // An account is as good as its best way.
      const others = new Map<string, (typeof excluded)[number]["whyNot"]>();
      for (const { candidate, whyNot } of choice?.others ?? excluded)
        if (candidate.accountId !== first && !others.has(candidate.accountId))
          others.set(candidate.accountId, whyNot);
      const between =
        choice?.reasons.filter((reason) => [...others.values()].includes(reason as never)) ?? [];
      return {
        recommended:
          first === undefined
            ? null
            : {
                linkedAccountId: first as Id<"lac">,
                reasons: others.size === 0 ? ["only_way" as const] : between,
              },
        others: [...others].map(([id, whyNot]) => ({ linkedAccountId: id as Id<"lac">, whyNot })),
      };
    },

    /** Money from a linked account into the wallet. Nothing is booked before the bank accepts. */
    async topUp(
      customerId: string,
      request: Request,
      input: { linkedAccountId: string; amount: WireMoney },
    ): Promise<PaymentView> {
      const { payment, view, jobs } = await draftTopUp(customerId, input);
      return store(request, payment, view, { jobs });
    },

    /** A top-up that pays a shop as soon as its money is there; the caller commits it with what the shop asked for. */
    async funding(
      customerId: string,
      input: { linkedAccountId: string; amount: WireMoney; intentId: Id<"pi"> },
    ): Promise<Funding> {
      const { payment, view, jobs } = await draftTopUp(customerId, input, { intent_id: input.intentId });
      return { payment, view, rows: [rowOf(payment, "created")], events: changedEvents(payment), jobs };
    },

    /** Refuses what limits or the operator's currencies do not allow. */
    checked,

    /** Money from the wallet to a linked account. The hold and the payment are one commit: neither exists without the other. */
    async withdrawal(
      customerId: string,
      request: Request,
      input: { linkedAccountId: string; amount: WireMoney; payeeConfirmed?: boolean | undefined },
      asker: Asker,
    ): Promise<PaymentView> {
      const money = checked(input.amount);
      const account = await accountFor(customerId, input.linkedAccountId, money);
      await deps.freezes.require(customerId, "payments");
      await deps.freezes.require(customerId, `card:${account.consentId}`);
      const { result, by } = await verifyPayee(customerId, account);
      const confirmed = input.payeeConfirmed === true;
      if (result === "no_match" && !confirmed) throw new Refusal("payment.payee_not_confirmed");
      if (await deps.watch.isStopped(money.currency)) throw new Refusal("ledger.outgoing_stopped");
      const holdId = deps.ids.next("hld");
      const fields = await bankFields("withdrawal", account, money);
      const payment = draft("withdrawal", customerId, money, {
        ...fields,
        authentication: await authorise(request, asker, withdrawalToConfirm(customerId, account, money)),
        hold_id: holdId,
        payee_check: { result, by, confirmed: result === "no_match" && confirmed },
      });
      const expiresAt = new Date(deps.clock.now().getTime() + holdDays * 86_400_000);
      return store(request, payment, await view(payment, { account }), {
        holds: [
          {
            id: holdId,
            account: customerAccount(customerId, money.currency),
            amount: money.minor,
            subject: payment.id,
            expiresAt,
          },
        ],
        jobs: [submitJob(payment.id)],
      });
    },

    /** Money to another customer, at once and final. */
    async transfer(
      customerId: string,
      request: Request,
      input: { payeeId: string; amount: WireMoney; note?: string | undefined },
      asker: Asker,
    ): Promise<PaymentView> {
      const money = checked(input.amount);
      const people = await deps.customersById([customerId, input.payeeId]);
      const payee = payeeAmong(people, customerId, input.payeeId);
      await deps.freezes.require(customerId, "payments");
      const payment = draft("transfer", customerId, money, {
        status: "settled",
        payee_id: payee.id,
        authentication: await authorise(
          request,
          asker,
          transferToConfirm(customerId, payee, money, input.note),
        ),
      });
      payment.note_sealed = await sealNote(deps.vault, payment, input.note);
      return store(request, payment, await view(payment, { people, note: input.note }), {
        transfer: {
          id: deps.ids.next("trf"),
          kind: "transfer",
          subject: payment.id,
          postings: [
            {
              debit: customerAccount(customerId, money.currency),
              credit: customerAccount(input.payeeId, money.currency),
              amount: money.minor,
            },
          ],
        },
      });
    },
  };
}

import { randomBytes } from "node:crypto";
import type { LinkedAccount, Payment, Statement } from "@jinqiao/contract";
import { type Currency, formatDecimal, parseDecimal } from "@jinqiao/money";
import { createScriptClient, type ScriptClient, type ScriptPsu } from "@jinqiao/sandbox-bank/script-client";
import type { Instance } from "../instance/instance.ts";
import { harbourBank } from "../instance/sandbox-banks/index.ts";
import type { Terminal } from "../terminal.ts";
import { confirmPayment } from "./confirm.ts";
import { openWallet, outboxOf, signInStaff } from "./enter.ts";
import { mapPool, until } from "./pool.ts";
import { type ApiClient, attempt, createSession, unwrap } from "./session.ts";

/** What the main job did, in numbers; the JSON of `jinqiao demo --json`. */
export type DemoReport = {
  linkedAccounts: number;
  topUps: number;
  transfers: number;
  withdrawals: number;
  statementLines: number;
  matched: number;
  breaks: number;
  /** Debits less credits of the whole ledger, by currency: zero, or the books are wrong. */
  trialBalance: Record<string, string>;
  seconds: number;
};

export type MainJobOptions = {
  instance: Instance;
  terminal: Terminal;
  signal: AbortSignal;
  /** How many people of the bank join the wallet. */
  people: number;
  staff: { email: string; password: string };
};

type Person = { api: ApiClient; email: string; account: LinkedAccount; accounts: LinkedAccount[] };

/** Passwords are hashed with care, so more people at once would only wait for each other. */
const width = 4;

/**
 * Walks the main job over HTTP alone, as browsers and bank staff would: people sign up, link their accounts in the
 * bank's own pages, top up, send to each other and withdraw; the bank closes its day, and every line of its
 * statements is reconciled.
 */
export async function runMainJob(options: MainJobOptions): Promise<DemoReport> {
  const { instance, terminal, signal } = options;
  const began = performance.now();
  const bank = createScriptClient(instance.bankUrl, instance.scriptToken);
  const staff = createSession(instance.url).api;
  await signInStaff(staff, options.staff, outboxOf(staff));

  const linking = terminal.step({ en: "People link their bank accounts", zh: "客户绑定银行账户" });
  const psus = await bank.psus({ limit: options.people, withHistory: true });
  let linked = 0;
  let joined = 0;
  const people = await mapPool(psus, width, async (psu, index) => {
    const person = await join(instance, bank, psu, index, signal);
    linked += person.accounts.length;
    joined += 1;
    linking.update({
      en: `People link their bank accounts: ${linked} accounts of ${joined} people`,
      zh: `客户绑定银行账户：${joined} 位客户的 ${linked} 个账户`,
    });
    return person;
  });
  const linkedAccounts = people.reduce((sum, person) => sum + person.accounts.length, 0);
  linking.done({
    en: `${people.length} people linked ${linkedAccounts} bank accounts in the bank's own pages`,
    zh: `${people.length} 位客户在银行页面绑定了 ${linkedAccounts} 个账户`,
  });

  const toppingUp = terminal.step({ en: "They top up", zh: "充值" });
  const topUps = await mapPool(people, width, (person) => topUp(person));
  await mapPool(people, width, (person, index) =>
    reach(person, topUps[index] as Payment, isOnItsWay, signal),
  );
  toppingUp.done({
    en: `${topUps.length} top-ups accepted by the bank`,
    zh: `银行已受理 ${topUps.length} 笔充值`,
  });

  // Money that is not credited before the bank's statement confirms it can only be sent after that day is closed.
  const settling = await mapPool(people, width, async (person, index) => {
    const id = (topUps[index] as Payment).id;
    return unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: id } } }));
  });
  if (settling.some((payment) => !payment.credited)) await closeDay(bank, staff, terminal);

  const sending = terminal.step({ en: "They send to each other", zh: "互相转账" });
  const transfers = await sendAround(people);
  sending.done({ en: `${transfers} transfers, each at once`, zh: `${transfers} 笔转账，即时到账` });

  const withdrawing = terminal.step({ en: "They withdraw", zh: "提现" });
  const withdrawals = await mapPool(people, width, (person) => withdraw(person));
  await mapPool(people, width, (person, index) =>
    reach(person, withdrawals[index] as Payment, isOnItsWay, signal),
  );
  withdrawing.done({
    en: `${withdrawals.length} withdrawals accepted by the bank`,
    zh: `银行已受理 ${withdrawals.length} 笔提现`,
  });

  await closeDay(bank, staff, terminal);
  const checking = terminal.step({ en: "Every payment settles", zh: "核对所有付款已结清" });
  const moved = [...topUps, ...withdrawals];
  await mapPool(moved, width, (payment, index) =>
    reach(people[index % people.length] as Person, payment, ({ status }) => status === "settled", signal),
  );
  checking.done({
    en: `All ${moved.length} bank payments are settled`,
    zh: `全部 ${moved.length} 笔银行付款均已结清`,
  });

  const statements = await allStatements(staff);
  const books = await unwrap(staff.GET("/v1/console/trial-balance"));
  const total = (part: (statement: Statement) => number) =>
    statements.reduce((sum, one) => sum + part(one), 0);
  return {
    linkedAccounts,
    topUps: topUps.length,
    transfers,
    withdrawals: withdrawals.length,
    statementLines: total(({ lines }) => lines),
    matched: total(({ matched }) => matched),
    breaks: total(({ breaks }) => breaks),
    trialBalance: Object.fromEntries(
      books.currencies.map(({ currency, difference }) => [currency, difference.amount]),
    ),
    seconds: Math.round((performance.now() - began) / 100) / 10,
  };
}

/** Whether the demo proved what it is for: no breaks, and every currency's trial balance zero. */
export function isSound({ breaks, trialBalance }: DemoReport): boolean {
  const differences = Object.entries(trialBalance);
  return (
    breaks === 0 &&
    differences.length > 0 &&
    differences.every(([currency, difference]) => parseDecimal(difference, currency) === 0n)
  );
}

/** A person of the bank opens a wallet and links every account; the bank's own pages are walked over HTTP. */
async function join(
  instance: Instance,
  bank: ScriptClient,
  psu: ScriptPsu,
  index: number,
  signal: AbortSignal,
): Promise<Person> {
  const session = createSession(instance.url);
  const { api } = session;
  const email = `demo-${index + 1}@example.com`;
  await openWallet(
    api,
    {
      email,
      // Nobody signs in again to a wallet that is thrown away.
      password: randomBytes(18).toString("base64url"),
      displayName: `Demo ${index + 1}`,
      locale: index % 2 === 0 ? "zh" : "en",
    },
    outboxOf(api),
  );
  const consent = await unwrap(
    api.POST("/v1/consents", { params: { header: attempt() }, body: { bankId: harbourBank.id } }),
  );
  const { redirectUrl } = await bank.authorise({
    authorizationUrl: consent.authorisationUrl ?? "",
    username: psu.username,
    accountIbans: psu.accounts.map(({ iban }) => iban),
    trustTopUpsPerDay,
  });
  await session.follow(redirectUrl);

  const accounts = await until(
    `the accounts of ${psu.username}`,
    async () => {
      const { items } = await unwrap(api.GET("/v1/linked-accounts"));
      const ready = items.filter(({ balance }) => balance !== null);
      return ready.length >= psu.accounts.length ? ready : undefined;
    },
    signal,
  );
  const richest = accounts.reduce((best, one) => (spendable(one) > spendable(best) ? one : best));
  return { api, email, account: richest, accounts };
}

function spendable({ balance }: LinkedAccount): bigint {
  const money = balance?.available ?? balance?.booked;
  return money ? parseDecimal(money.amount, money.currency) : 0n;
}

/** Three whole units' worth of the smallest parts: easy to send a third of, and small against any account. */
function wire(units: bigint, currency: string): { amount: string; currency: string } {
  return { amount: formatDecimal(units, currency as Currency), currency };
}

/** Daily amount up to which the bank lets us top up without asking its customer each time. */
const trustTopUpsPerDay = "100000";
const topUpMinor = 30_003n;
const transferMinor = 10_001n;
const withdrawalMinor = 10_002n;

function topUp({ api, account }: Person): Promise<Payment> {
  return unwrap(
    api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: wire(topUpMinor, account.currency) },
    }),
  );
}

async function withdraw({ api, account, email }: Person): Promise<Payment> {
  const amount = wire(withdrawalMinor, account.currency);
  const stepUpId = await confirmPayment(
    api,
    { kind: "withdrawal", linkedAccountId: account.id, amount },
    (than) => outboxOf(api)(email, than),
  );
  return unwrap(
    api.POST("/v1/withdrawals", {
      params: { header: attempt() },
      // The demo's people are numbered here and have names at the bank.
      body: {
        linkedAccountId: account.id,
        amount,
        payeeConfirmed: true,
        stepUpId,
      },
    }),
  );
}

/** Everybody sends to the next person, in the sender's currency. */
async function sendAround(people: readonly Person[]): Promise<number> {
  if (people.length < 2) return 0;
  const sent = await mapPool(people, width, async ({ api, account, email }, index) => {
    const next = people[(index + 1) % people.length] as Person;
    const payee = await unwrap(api.POST("/v1/payee-lookups", { body: { email: next.email } }));
    const transfer = { payeeId: payee.payeeId, amount: wire(transferMinor, account.currency) };
    const stepUpId = await confirmPayment(api, { kind: "transfer", ...transfer }, (than) =>
      outboxOf(api)(email, than),
    );
    return unwrap(
      api.POST("/v1/transfers", { params: { header: attempt() }, body: { ...transfer, stepUpId } }),
    );
  });
  return sent.filter(({ status }) => status === "settled").length;
}

const isOnItsWay = ({ status }: Payment) => status === "submitted" || status === "settled";
const ended: ReadonlySet<Payment["status"]> = new Set([
  "rejected",
  "declined",
  "cancelled",
  "expired",
  "returned",
]);

/** Waits until a payment has got somewhere. @throws when it ended elsewhere */
async function reach(
  { api }: Person,
  { id }: Payment,
  arrived: (payment: Payment) => boolean,
  signal: AbortSignal,
): Promise<void> {
  await until(
    `payment ${id}`,
    async () => {
      const payment = await unwrap(
        api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: id } } }),
      );
      if (arrived(payment)) return payment;
      if (ended.has(payment.status)) {
        throw new Error(
          `Payment ${id} is ${payment.status}: ${payment.reason?.text.en ?? "no reason given"}`,
        );
      }
      return undefined;
    },
    signal,
  );
}

async function closeDay(bank: ScriptClient, staff: ApiClient, terminal: Terminal): Promise<void> {
  const step = terminal.step({ en: "The bank closes its day", zh: "银行日终" });
  const { closedDate } = await bank.endOfDay();
  const { statements } = await unwrap(staff.POST("/v1/console/statement-fetches"));
  step.done({
    en: `The bank closed ${closedDate}; ${statements.length} statements reconciled`,
    zh: `银行完成 ${closedDate} 日终，${statements.length} 份对账单已核对`,
  });
}

async function allStatements(staff: ApiClient): Promise<Statement[]> {
  const found: Statement[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 100, ...(cursor === null ? {} : { cursor }) };
    const page: { items: Statement[]; nextCursor: string | null } = await unwrap(
      staff.GET("/v1/console/statements", { params: { query } }),
    );
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

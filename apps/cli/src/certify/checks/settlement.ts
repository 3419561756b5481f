import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Payment } from "@jinqiao/contract";
import { formatDecimal } from "@jinqiao/money";
import { openRehearsal, type Rehearsal } from "@jinqiao/server/rehearsal";
import { openWallet, signInStaff } from "../../demo/enter.ts";
import { attempt, createSession, unwrap } from "../../demo/session.ts";
import type { BankUnderTest } from "../subject.ts";
import { assertBooksBalance, type Check, closeDay, NotOffered, offers, payee } from "./check.ts";

const days = 7;
/** Days, counted from 0, on which something besides the usual happens. */
const returnDay = 3;
const alterationDay = days - 1;
const rehearsalTimeoutMs = 15_000;

/**
 * The same week as a customer, the bank and our staff live it: through the server's own modules on a database of its own.
 * The last day's statement lies, and so do all later ones: nothing that compares balances may come after this.
 */
export const settlementChecks: readonly Check[] = [
  {
    id: "week.settlement",
    title: {
      en: "A week through the server itself: each day reconciled, the altered line a break, and no other",
      zh: "服务端全流程运行一周：每日对账无误，被改动的一笔列为差异，此外没有差异",
    },
    needs: ["payments", "statements", "linking"],
    limitMs: 1_200_000,
    async run(bank) {
      const { rehearsalDatabase } = bank;
      if (rehearsalDatabase === undefined)
        throw new NotOffered("a bank without a script cannot close seven days at once");
      await emptyCustody(bank);
      const clock = await alignedClock(bank);
      const database = await rehearsalDatabase();
      try {
        const server = await openRehearsal({
          databaseUrl: database.url,
          bank: bank.entry,
          publicUrl: bank.inbox.url,
          clock,
          timeoutMs: rehearsalTimeoutMs,
        });
        try {
          return await aWeek(bank, server, clock);
        } finally {
          await server.close();
        }
      } finally {
        await database.drop();
        await bank.script.setClock(0);
      }
    },
  },
];

type Person = ReturnType<typeof createSession> & { accountId: string; username: string };
type Clock = { now(): Date; nextDay(): Promise<void> };

async function aWeek(bank: BankUnderTest, server: Rehearsal, clock: Clock): Promise<string> {
  const staff = createSession(server.url, bank.inbox.url).api;
  await signInStaff(staff, server.staff, server.codeSentTo);
  const person = await join(bank, server);
  const read = (paymentId: string) =>
    unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));
  let settled = 0;
  let altered: Payment | undefined;
  let returned: Payment | undefined;
  let before: Payment | undefined;
  for (let day = 0; day < days; day += 1) {
    const made = await oneDay(bank, server, person, day);
    const [first] = made;
    // One of the day before, which the bank has booked.
    if (day === returnDay) returned = await returnOne(bank, before);
    before = first;
    if (day === alterationDay && first !== undefined) {
      altered = first;
      await bank.script.alterStatement({
        iban: bank.custody.iban,
        endToEndId: first.reference,
        change: { amount: text(bank, BigInt(minorOf(first)) - 1n) },
      });
    }
    const truth = await bookedAfterDay(bank);
    await clock.nextDay();
    await server.settle();
    await unwrap(staff.POST("/v1/console/statement-fetches"));
    await server.settle();
    // The altered line took one minor unit from the bank's own figures.
    const expected = altered === undefined ? truth : truth - 1n;
    assert.equal(
      await server.custody(bank.currency),
      expected,
      `day ${day + 1}: custody is not what the bank says`,
    );
    for (const { id } of made) {
      const { status } = await read(id);
      assert.equal(status, id === altered?.id ? "submitted" : "settled", `day ${day + 1}: a payment`);
      if (status === "settled") settled += 1;
    }
    if (returned !== undefined) assert.equal((await read(returned.id)).status, "returned");
    const { items } = await unwrap(
      staff.GET("/v1/console/breaks", { params: { query: { status: "open" } } }),
    );
    const found = items.map(({ kind, bankSide }) => `${kind} ${bankSide?.reference ?? ""}`.trim());
    const wanted = altered === undefined ? [] : [`amount_differs ${altered.reference}`];
    assert.deepEqual(found, wanted, `day ${day + 1}: other breaks than expected`);
    assert.deepEqual(await server.violations(), [], `day ${day + 1}: the books are broken`);
    await assertBooksBalance(bank);
  }
  assert(altered !== undefined, "no line was altered");
  const { statements } = await booksOf(staff, days);
  const back = returned === undefined ? "this bank returns nothing by script" : "one return";
  return `${statements} statements, ${settled} payments settled, ${back}, the altered line a break, custody equal each day`;
}

/** What staff see of the week: a statement for each day, and a trial balance of zero. */
async function booksOf(staff: Person["api"], expected: number): Promise<{ statements: number }> {
  const { items } = await unwrap(staff.GET("/v1/console/statements"));
  assert.equal(items.length, expected, "not one statement for each day");
  const { currencies } = await unwrap(staff.GET("/v1/console/trial-balance"));
  for (const { currency, difference } of currencies)
    assert.match(difference.amount, /^0(\.0+)?$/, `the trial balance in ${currency} is ${difference.amount}`);
  return { statements: items.length };
}

/** A customer with a wallet and the account linked, in the bank's own way. */
async function join(bank: BankUnderTest, server: Rehearsal): Promise<Person> {
  const session = createSession(server.url, bank.inbox.url);
  const { api } = session;
  const username = bank.people[0]?.username ?? "";
  await openWallet(
    api,
    {
      email: "week@example.com",
      password: "a password for a week",
      displayName: bank.people[0]?.name ?? "Week",
      locale: "en",
    },
    server.codeSentTo,
  );
  if (offers(bank.connector, "linking by form")) {
    const holder = await bank.binding?.holder(username);
    if (holder === undefined) throw new NotOffered("nobody can fill in the bank's form");
    const { id } = await unwrap(
      api.POST("/v1/bank-bindings", { params: { header: attempt() }, body: { bankId: bank.id, ...holder } }),
    );
    const code = (await bank.binding?.code(holder)) ?? "";
    const path = { bindingId: id };
    await unwrap(
      api.POST("/v1/bank-bindings/{bindingId}/confirmation", { params: { path }, body: { code } }),
    );
  } else {
    const consent = await unwrap(
      api.POST("/v1/consents", { params: { header: attempt() }, body: { bankId: bank.id } }),
    );
    const trust = bank.connector.completePayment === undefined ? { trustTopUpsPerDay: "100000" } : {};
    const accounts = bank.people[0]?.accounts.filter(({ currency }) => currency === bank.currency) ?? [];
    await comeBack(
      bank,
      session,
      await bank.authorise(consent.authorisationUrl ?? "", username, {
        accountIbans: accounts.map(({ iban }) => iban),
        ...trust,
      }),
    );
  }
  await server.settle();
  const { items } = await unwrap(api.GET("/v1/linked-accounts"));
  const account = items.find(({ currency }) => currency === bank.currency);
  assert(account !== undefined, "the server linked no account");
  return { ...session, accountId: account.id, username };
}

/** The bank sends people to our public address; this server answers elsewhere. */
async function comeBack(bank: BankUnderTest, session: ReturnType<typeof createSession>, callback: string) {
  await session.follow(callback.replace(bank.inbox.url, session.url));
}

/** Two top-ups, and from the second day on a withdrawal; each as far as it goes before the day closes. */
async function oneDay(
  bank: BankUnderTest,
  server: Rehearsal,
  person: Person,
  day: number,
): Promise<Payment[]> {
  const made: Payment[] = [];
  for (const minor of [10_000n + BigInt(day), 5_050n + BigInt(day)])
    made.push(await move("/v1/top-ups", minor));
  if (day > 0) made.push(await move("/v1/withdrawals", 3_030n + BigInt(day)));
  return made;

  async function move(path: "/v1/top-ups" | "/v1/withdrawals", minor: bigint): Promise<Payment> {
    const amount = { amount: text(bank, minor), currency: bank.currency };
    const asked = await unwrap(
      person.api.POST(path, {
        params: { header: attempt() },
        // Banks keep names in one script; whether the name matches is what other tests ask.
        body: {
          linkedAccountId: person.accountId,
          amount,
          ...(path === "/v1/withdrawals" ? { payeeConfirmed: true } : {}),
        },
      }),
    );
    await server.settle();
    const payment = await current();
    if (payment.status === "action_required") {
      await comeBack(bank, person, await bank.authorise(payment.actionUrl ?? "", person.username));
      await server.settle();
    }
    return arrived();

    function current() {
      return unwrap(
        person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: asked.id } } }),
      );
    }
    /** Banks that work on what lies there take a moment. */
    async function arrived(): Promise<Payment> {
      for (let tries = 0; tries < 20; tries += 1) {
        const now = await current();
        if (now.status === "submitted" || now.status === "settled") return now;
        await bank.settle();
        await server.settle();
        await sleep(100);
      }
      throw new Error(`a payment is ${(await current()).status} and goes no further`);
    }
  }
}

/** The payment comes back from where it went, where this bank can be made to do that. */
async function returnOne(bank: BankUnderTest, payment: Payment | undefined): Promise<Payment | undefined> {
  if (payment === undefined) return undefined;
  await bank.settle();
  try {
    await bank.script.returnPayment({ endToEndId: payment.reference, reason: "MD06" });
    return payment;
  } catch (error) {
    if (/: (404|409) /.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** The bank's own figure of our account once its day is closed. */
async function bookedAfterDay(bank: BankUnderTest): Promise<bigint> {
  await closeDay(bank);
  return (await bank.truth(bank.custody.iban)).booked;
}

/** Our account at nothing: the server's ledger begins with nothing as well. */
async function emptyCustody(bank: BankUnderTest): Promise<void> {
  await closeDay(bank);
  const { booked } = await bank.truth(bank.custody.iban);
  if (booked > 0n) {
    const to = await payee(bank);
    const order = bank.order({
      from: bank.custody.iban,
      to: to.iban,
      creditorName: to.name,
      amountMinor: booked,
    });
    await bank.connector.initiatePayment(order, null);
    await closeDay(bank);
  }
  const left = await bank.truth(bank.custody.iban);
  assert.equal(left.booked, 0n, "our own account could not be emptied before the week");
}

/** Server and bank on one clock, at noon of the bank's open day: earlier checks have closed days ahead of the time. */
async function alignedClock(bank: BankUnderTest): Promise<Clock> {
  let offsetMs = 0;
  const align = async () => {
    const { date } = await bank.script.businessDate();
    offsetMs = Date.parse(`${date}T12:00:00Z`) - Date.now();
    await bank.script.setClock(Math.round(offsetMs));
  };
  await align();
  return { now: () => new Date(Date.now() + offsetMs), nextDay: align };
}

function text(bank: BankUnderTest, minor: bigint): string {
  return formatDecimal(minor, bank.currency);
}

function minorOf({ amount }: Payment): string {
  return amount.amount.replace(".", "");
}

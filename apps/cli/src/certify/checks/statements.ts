import assert from "node:assert/strict";
import { type CustodyStatement, readDay, StatementError } from "@jinqiao/server/connectors";
import { type BankUnderTest, inDays } from "../subject.ts";
import { type Check, closeDay, NotOffered, payable, stated } from "./check.ts";

/** One closed day of our own account. */
export type Day = Omit<CustodyStatement, "sha256"> & { file: string };

/** The statement of a closed day, which must add up. */
export async function statementOf(bank: BankUnderTest, date: string): Promise<Day> {
  const file = await bank.connector.custodyStatement(bank.custody, date);
  assert(file !== null, `the bank has no statement of the closed day ${date}`);
  return { ...(await readFile(bank, file, date)), file };
}

/** Reads a statement file as the bank's dialect writes it. @throws StatementError */
async function readFile(
  bank: BankUnderTest,
  file: string,
  date: string,
): Promise<Omit<CustodyStatement, "sha256">> {
  const wanted = { iban: bank.custody.iban, currency: bank.currency, date };
  return (await bank.connector.readCustodyStatement?.(file, wanted)) ?? readDay(file, wanted);
}

/** Statements of our own account, the only proof that money came or went. */
export const statementChecks: readonly Check[] = [
  {
    id: "statement.open_day",
    title: { en: "There is no statement of a day that is not closed", zh: "未日终的日期没有对账单" },
    needs: ["statements"],
    async run(bank) {
      const { date } = await bank.script.businessDate();
      assert.equal(await bank.connector.custodyStatement(bank.custody, date), null);
      return `${date} is open`;
    },
  },
  {
    id: "statement.recent",
    title: {
      en: "The newest statement of the last week is one that we can read, and adds up",
      zh: "最近一周内最新的对账单可以读取且收支相符",
    },
    needs: ["statements"],
    async run(bank) {
      for (let days = 1; days <= 7; days += 1) {
        const date = inDays(-days);
        const file = await bank.connector.custodyStatement(bank.custody, date);
        if (file === null) continue;
        const { entries } = await readFile(bank, file, date);
        return `${date}: ${entries.length} lines`;
      }
      throw new NotOffered("the bank has closed no day of the last week");
    },
  },
  {
    id: "statement.adds_up",
    title: {
      en: "A closed day's statement adds up, equals the bank's books and holds the payment once",
      zh: "日终对账单收支相符、与银行账册一致，且该笔付款恰好出现一次",
    },
    needs: ["payments", "statements"],
    async run(bank) {
      const { order, access, debtor } = await payable(bank, 1_800n);
      assert.equal((await bank.connector.initiatePayment(order, access)).outcome, "accepted");
      const closedDate = await closeDay(bank);
      const day = await statementOf(bank, closedDate);
      const lines = day.entries.filter(({ endToEndId }) => endToEndId === order.reference);
      assert.equal(lines.length, 1, `the payment is on the statement ${lines.length} times`);
      assert.equal(lines[0]?.amountMinor, 1_800n);
      assert.equal(lines[0]?.direction, debtor === bank.custody.iban ? "debit" : "credit");
      assert.equal(day.closingMinor, (await bank.truth(bank.custody.iban)).booked);
      return `${day.entries.length} lines, closing ${day.closingMinor} minor units`;
    },
  },
  {
    id: "statement.same_again",
    title: { en: "A closed day's statement never changes", zh: "已日终的对账单不再变化" },
    needs: ["statements"],
    async run(bank) {
      const closedDate = await closeDay(bank);
      const first = await statementOf(bank, closedDate);
      await closeDay(bank);
      const again = await statementOf(bank, closedDate);
      const facts = ({ file: _file, ...day }: Day) => day;
      assert.deepEqual(facts(again), facts(first));
      return `${first.entries.length} lines both times`;
    },
  },
  {
    id: "statement.partial_file",
    title: {
      en: "A statement that was cut off anywhere is refused",
      zh: "在任何位置被截断的对账单都会被拒绝",
    },
    needs: ["payments", "statements"],
    async run(bank) {
      const { order, access } = await payable(bank, 2_100n);
      assert.equal((await bank.connector.initiatePayment(order, access)).outcome, "accepted");
      const closedDate = await closeDay(bank);
      const { file } = await statementOf(bank, closedDate);
      const whole = file.trimEnd();
      const cuts = Array.from({ length: 60 }, (_, index) => Math.floor((whole.length * index) / 60));
      for (const length of cuts)
        await assert.rejects(
          async () => readFile(bank, whole.slice(0, length), closedDate),
          StatementError,
          `cut at ${length}`,
        );
      return `${cuts.length} cuts, all refused`;
    },
  },
  {
    id: "statement.unknown_account",
    title: { en: "There is no statement of an account that is not ours", zh: "非本方账户没有对账单" },
    needs: ["statements"],
    async run(bank) {
      const closedDate = await closeDay(bank);
      const foreign = { ...bank.custody, resourceId: "00000000-0000-4000-8000-000000000000" };
      const result = await stated(() => bank.connector.custodyStatement(foreign, closedDate));
      assert(!result.ok || result.value === null, "the bank gave a statement of a foreign account");
      return result.ok ? "none" : result.why;
    },
  },
];

/** The bank's later statements keep the lie: nothing that compares balances may come after this. */
export const lieChecks: readonly Check[] = [
  {
    id: "statement.lie",
    title: {
      en: "A statement that leaves out a line or changes one is noticed",
      zh: "对账单漏记或改动任何一笔都会被发现",
    },
    needs: ["payments", "statements"],
    async run(bank) {
      const { order, access } = await payable(bank, 1_900n);
      assert.equal((await bank.connector.initiatePayment(order, access)).outcome, "accepted");
      await bank.script.alterStatement({
        iban: bank.custody.iban,
        endToEndId: order.reference,
        change: { remove: true },
      });
      const closedDate = await closeDay(bank);
      let seen: string;
      try {
        const day = await statementOf(bank, closedDate);
        const shown = day.entries.some(({ endToEndId }) => endToEndId === order.reference);
        assert(!shown, "the bank did not leave out the line as it was told to");
        // The file agrees with itself; that a payment we know of is missing is what reconciliation reports.
        seen = "the payment is missing from a statement that adds up: a break";
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        seen = error.message;
      }
      return seen;
    },
  },
];

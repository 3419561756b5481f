import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type Check, closeDay, customerIp, payable, refused, stated } from "./check.ts";

/** Balances and entries of a linked account, compared with the bank's own books. */
export const accountChecks: readonly Check[] = [
  {
    id: "accounts.balance_exact",
    title: { en: "The balance equals the bank's books to the minor unit", zh: "余额与银行账册分毫不差" },
    needs: ["accounts"],
    async run(bank) {
      const { access, account } = await bank.linked();
      const truth = await bank.truth(account.iban);
      const balance = await bank.connector.balance(access, account, customerIp);
      assert.equal(balance.booked, truth.booked);
      if (balance.available !== null) assert.equal(balance.available, truth.available);
      return `${balance.booked} minor units of ${account.currency} booked`;
    },
  },
  {
    id: "accounts.entries_complete",
    title: {
      en: "All pages of entries together give the booked balance",
      zh: "全部分页明细之和等于账面余额",
    },
    needs: ["accounts"],
    async run(bank) {
      const { access, account } = await bank.linked();
      const truth = await bank.truth(account.iban);
      const entries = await bank.connector.entries(access, account, { from: "1970-01-01" }, customerIp);
      const booked = entries.filter(({ status }) => status === "booked");
      assert(booked.length > 0, "the account has no entries");
      assert(
        booked.every(({ bookingDate }) => bookingDate !== null),
        "a booked entry has no booking date",
      );
      assert(
        entries.every(({ currency }) => currency === account.currency),
        "an entry in another currency",
      );
      const ids = entries.map(({ bankId }) => bankId).filter((id) => id !== null);
      assert.equal(new Set(ids).size, ids.length, "two entries have the same id");
      const sum = booked.reduce((total, { amountMinor }) => total + amountMinor, 0n);
      assert.equal(sum, truth.booked, "the entries do not add up to the balance");
      return `${booked.length} booked, ${entries.length - booked.length} pending`;
    },
  },
  {
    id: "accounts.pending_to_booked",
    title: {
      en: "A payment shows once: pending or booked before the day closes, booked afterwards",
      zh: "同一笔付款只出现一次：日终前为待入账或已入账，日终后为已入账",
    },
    needs: ["accounts", "payments"],
    async run(bank) {
      const { order, access, debtor } = await payable(bank, 311n);
      const { access: reader, account } = await bank.linked();
      assert.equal((await bank.connector.initiatePayment(order, access)).outcome, "accepted");
      const sightings = async () => {
        const entries = await bank.connector.entries(reader, account, { from: "1970-01-01" }, customerIp);
        return entries.filter(({ endToEndId }) => endToEndId === order.reference);
      };
      const before = await sightings();
      await closeDay(bank);
      const after = await sightings();
      assert.equal(before.length, 1, `shown ${before.length} times before the day closed`);
      assert.equal(after.length, 1, `shown ${after.length} times after the day closed`);
      assert.equal(after[0]?.status, "booked");
      const amount = account.iban === debtor ? -311n : 311n;
      assert.deepEqual([before[0]?.amountMinor, after[0]?.amountMinor], [amount, amount]);
      return `${before[0]?.status} → booked${before[0]?.bankId === after[0]?.bankId ? "" : ", under another id"}`;
    },
  },
  {
    id: "accounts.unknown_id",
    title: {
      en: "An account id that the bank no longer knows is refused, never answered with figures",
      zh: "银行已不认识的账户编号会被拒绝，绝不返回数字",
    },
    needs: ["accounts"],
    async run(bank) {
      const { access, account } = await bank.linked();
      const gone = { resourceId: randomUUID(), currency: account.currency };
      await refused(
        () => bank.connector.entries(access, gone, { from: "2026-01-01" }, customerIp),
        "entries of an unknown account",
      );
      const why = await refused(
        () => bank.connector.balance(access, gone, customerIp),
        "the balance of an unknown account",
      );
      // With its number a dialect may find the account again under the id that it has now.
      const truth = await bank.truth(account.iban);
      const found = await stated(() =>
        bank.connector.balance(access, { ...gone, iban: account.iban }, customerIp),
      );
      if (found.ok) assert.equal(found.value.booked, truth.booked);
      return `${why}; by its number: ${found.ok ? "found again" : found.why}`;
    },
  },
];

import assert from "node:assert/strict";
import { assertBooksBalance, type Check, closeDay, described, fundCustody, payable, payee } from "./check.ts";

const payments = 60;
const atOnce = 8;
const amountMinor = 11n;

/** Many payments at once: none lost, none twice. */
export const loadChecks: readonly Check[] = [
  {
    id: "load.payments",
    title: {
      en: `${payments} payments, ${atOnce} at a time: none lost, none twice`,
      zh: `${payments} 笔付款、同时 ${atOnce} 笔：不丢不重`,
    },
    needs: ["payments"],
    async run(bank) {
      if (!bank.connector.capabilities.oneTapTopUp) {
        await fundCustody(bank, amountMinor * BigInt(payments));
        await payee(bank);
      }
      const { debtor } = await payable(bank, amountMinor);
      const before = (await bank.truth(debtor)).expected;
      const took: number[] = [];
      const references: string[] = [];
      const queue = Array.from({ length: payments }, (_, index) => index);
      const began = performance.now();
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          while (queue.pop() !== undefined) {
            const { order, access } = await payable(bank, amountMinor);
            const sent = performance.now();
            const answer = await bank.connector.initiatePayment(order, access);
            took.push(performance.now() - sent);
            assert.equal(answer.outcome, "accepted", described(answer));
            references.push(order.reference);
          }
        }),
      );
      const seconds = (performance.now() - began) / 1_000;
      await closeDay(bank);
      const moved = before - (await bank.truth(debtor)).expected;
      assert.equal(moved, amountMinor * BigInt(payments), `${moved} minor units moved`);
      for (const reference of references.slice(0, 5)) {
        const sighting = await bank.connector.findPayment(reference, bank.custody, "1970-01-01");
        assert.equal(sighting.found, true, `${reference} is not to be found`);
      }
      await assertBooksBalance(bank);
      took.sort((a, b) => a - b);
      const at = (share: number) => Math.round(took[Math.floor((took.length - 1) * share)] ?? 0);
      return `${payments} in ${seconds.toFixed(1)} s; half within ${at(0.5)} ms, 95 % within ${at(0.95)} ms`;
    },
  },
];

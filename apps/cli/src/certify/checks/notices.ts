import assert from "node:assert/strict";
import type { PaymentAnswer } from "@jinqiao/server/connectors";
import type { Received } from "../inbox.ts";
import type { BankUnderTest } from "../subject.ts";
import { type Check, described, idOf, movedFrom, NotOffered, payable } from "./check.ts";

const arrivalLimitMs = 15_000;
/** Long enough for a second copy, or one that should not come, to arrive. */
const silenceMs = 2_000;

/** What the bank tells by itself. Notices are never believed: each only makes us ask. */
export const noticeChecks: readonly Check[] = [
  {
    id: "notice.sent",
    title: { en: "The bank tells of a payment by itself", zh: "银行主动通知付款结果" },
    needs: ["payments", "notices"],
    async run(bank) {
      const { matches, status } = await notedPayment(bank, 410n);
      const notices = await bank.inbox.waitFor(matches, arrivalLimitMs);
      assert(notices.length > 0, "no notice came");
      assert.equal((await status()).outcome, "accepted");
      return `${notices.length} notice(s)`;
    },
  },
  {
    id: "notice.duplicate",
    title: { en: "A notice that comes twice changes nothing", zh: "重复通知不改变结果" },
    needs: ["payments", "notices"],
    async run(bank) {
      const { matches, status, moved } = await notedPayment(bank, 420n, "duplicate-notice");
      const notices = await bank.inbox.waitFor(matches, arrivalLimitMs, 2);
      if (notices.length < 2) throw new NotOffered("the bank cannot be made to send a notice twice");
      const answers: string[] = [];
      for (const _notice of notices) answers.push((await status()).outcome);
      assert.deepEqual([...new Set(answers)], ["accepted"]);
      assert.equal(await moved(), 420n);
      return `${notices.length} notices, one answer`;
    },
  },
  {
    id: "notice.lost",
    title: { en: "A notice that never comes keeps nothing from being known", zh: "通知丢失时仍可查知结果" },
    needs: ["payments", "notices"],
    async run(bank) {
      const { matches, status, moved } = await notedPayment(bank, 430n, "withhold-notice");
      const notices = await bank.inbox.waitFor(matches, silenceMs);
      const answer = await status();
      assert.equal(answer.outcome, "accepted", described(answer));
      assert.equal(await moved(), 430n);
      return notices.length === 0
        ? "no notice; found by asking"
        : `${notices.length} later notice(s); found by asking`;
    },
  },
  {
    id: "notice.forged",
    title: {
      en: "A notice that was changed on its way is not taken for the bank's",
      zh: "被改动的通知不被视为银行所发",
    },
    needs: ["payments", "notices", "signed notices"],
    async run(bank) {
      const { matches } = await notedPayment(bank, 460n);
      const [notice] = await bank.inbox.waitFor(matches, arrivalLimitMs);
      if (notice === undefined) throw new NotOffered("no notice came");
      const body = bodyOf(notice);
      assert((await bank.connector.readNotice?.(body)) != null, "the bank's own notice is not known as such");
      let forgeries = 0;
      for (const [name, value] of Object.entries(body)) {
        if (typeof value !== "string" || value === "") continue;
        for (const changed of changesOf(value)) {
          forgeries += 1;
          const read = await bank.connector.readNotice?.({ ...body, [name]: changed });
          assert.equal(read, null, `taken for the bank's, with another ${name}`);
        }
      }
      assert(forgeries > 0, "the notice has nothing that could be changed");
      return `${forgeries} changes, all noticed`;
    },
  },
  {
    id: "notice.reordered",
    title: { en: "Notices in the wrong order lead to the same answers", zh: "通知乱序时结果不变" },
    needs: ["payments", "notices"],
    async run(bank) {
      const first = await notedPayment(bank, 440n);
      const second = await notedPayment(bank, 450n);
      const both = (notice: Received) => first.matches(notice) || second.matches(notice);
      const notices = await bank.inbox.waitFor(both, arrivalLimitMs, 2);
      assert(notices.length >= 2, "the notices did not come");
      const ask = async (order: readonly Received[]) => {
        const last = new Map<string, string>();
        for (const notice of order) {
          const payment = first.matches(notice) ? first : second;
          last.set(payment.reference, (await payment.status()).outcome);
        }
        return [last.get(first.reference), last.get(second.reference)];
      };
      assert.deepEqual(await ask(notices.toReversed()), await ask(notices));
      return `${notices.length} notices, forwards and backwards`;
    },
  },
];

/** A payment whose notices can be told from all others: by the bank's id or by our reference. */
async function notedPayment(
  bank: BankUnderTest,
  amountMinor: bigint,
  fault?: "duplicate-notice" | "withhold-notice",
) {
  const { order, access, debtor } = await payable(bank, amountMinor);
  const before = (await bank.truth(debtor)).expected;
  if (fault !== undefined)
    await bank.script.addFault({ operation: "*", action: fault, endToEndId: order.reference, times: 9 });
  let answer: PaymentAnswer;
  try {
    answer = await bank.connector.initiatePayment(order, access);
  } finally {
    if (fault !== undefined) await bank.script.clearFaults();
  }
  assert.equal(answer.outcome, "accepted", described(answer));
  const bankPaymentId = idOf(answer);
  return {
    reference: order.reference,
    matches: ({ body, path }: Received) => {
      const said = readable(body) + path;
      return said.includes(bankPaymentId) || said.includes(order.reference);
    },
    status: () => bank.connector.paymentStatus(bankPaymentId, bank.currency),
    moved: () => movedFrom(bank, debtor, before),
  };
}

/** The notice with the payload of a signed one (RFC 7515, compact form) written out. */
function readable(body: string): string {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(body.trim())?.[1];
  return payload === undefined ? body : Buffer.from(payload, "base64url").toString("utf8");
}

/** The body as the server hands it to the connector: JSON, or a signed notice by itself. */
function bodyOf({ body }: Received): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Signed in compact form; the server names it so.
  }
  return { token: body };
}

/** The text with its first or middle letter exchanged for another of the same kind. */
function changesOf(text: string): string[] {
  return [0, Math.floor(text.length / 2)].map((at) => {
    const letter = text[at] ?? "";
    const other = /\d/.test(letter) ? (letter === "5" ? "6" : "5") : letter === "a" ? "b" : "a";
    return text.slice(0, at) + other + text.slice(at + 1);
  });
}

import assert from "node:assert/strict";
import type { FaultOperation } from "@jinqiao/sandbox-bank/script-client";
import type { BankConnector, PaymentAnswer } from "@jinqiao/server/connectors";
import type { BankUnderTest } from "../subject.ts";
import { bindingRequest, consentRequest, stateOf } from "../subject.ts";
import {
  assertBooksBalance,
  closeDay,
  customerIp,
  described,
  movedFrom,
  type Need,
  NotOffered,
  payable,
  stated,
} from "./check.ts";
import { waitingPayment } from "./payments.ts";
import { statementOf } from "./statements.ts";

/**
 * One step of a dialect under faults. `attempt` runs once for each call within the step, with that call spoiled, on a
 * connector that remembers nothing, and must end in a stated outcome; `aftermath` then looks at the unspoiled bank.
 */
export type Step<T> = {
  id: string;
  en: string;
  zh: string;
  needs: readonly Need[];
  /** What it does where the bank is reached by files; nothing: no call of ours is part of it. */
  files: readonly FaultOperation[];
  prepare(bank: BankUnderTest): Promise<T>;
  attempt(bank: BankUnderTest, connector: BankConnector, prepared: T): Promise<string>;
  aftermath(bank: BankUnderTest, prepared: T, outcome: string): Promise<void>;
};

/** Every step of the ways that money and permissions take. */
export const steps: readonly Step<never>[] = [
  step({
    id: "start-link",
    en: "Asking for a consent",
    zh: "申请授权",
    needs: ["linking by pages"],
    files: [],
    prepare: async (bank) => consentRequest(bank),
    async attempt(_bank, connector, request) {
      const started = await stated(() => connector.startConsent(request));
      return started.ok ? "started" : started.why;
    },
    // The customer simply tries again: the same request must lead on.
    async aftermath(bank, request) {
      const { bankConsentId } = await bank.connector.startConsent(request);
      assert.equal(await bank.connector.consentStatus(bankConsentId), "awaiting_customer");
    },
  }),
  step({
    id: "complete-link",
    en: "Coming back from the bank's page",
    zh: "从银行页面返回",
    needs: ["linking by pages"],
    files: ["listFiles", "getFile"],
    async prepare(bank) {
      const started = await bank.connector.startConsent(consentRequest(bank));
      const username = bank.people[0]?.username ?? "";
      return { started, callbackUrl: await bank.authorise(started.authorisationUrl, username) };
    },
    async attempt(bank, connector, { started, callbackUrl }) {
      const completed = await stated(() =>
        connector.completeConsent({
          bankConsentId: started.bankConsentId,
          redirectUri: bank.redirectUri,
          callbackUrl,
          secrets: started.secrets,
          customerIp,
        }),
      );
      return completed.ok ? "linked" : completed.why;
    },
    // A link that failed half-way must be possible to end, so that no consent is left behind at the bank.
    async aftermath(bank, { started }) {
      await bank.connector.revokeConsent(started.bankConsentId);
      assert.notEqual(await bank.connector.consentStatus(started.bankConsentId), "valid");
    },
  }),
  step({
    id: "start-binding",
    en: "Handing the card's details in",
    zh: "提交卡片信息",
    needs: ["linking by form"],
    files: [],
    async prepare(bank) {
      const holder = await bank.binding?.holder(bank.people[0]?.username ?? "");
      if (holder === undefined) throw new NotOffered("nobody can fill in the bank's form");
      return { holder, request: bindingRequest(bank, holder) };
    },
    async attempt(_bank, connector, { request }) {
      const started = await stated(async () => connector.bind?.start(request));
      return started.ok ? "started" : started.why;
    },
    async aftermath(bank, { request, holder }) {
      const again = await bank.connector.bind?.start(request);
      const bankConsentId = again?.bankConsentId ?? "";
      const code = (await bank.binding?.code(holder)) ?? "";
      const linked = await bank.connector.bind?.confirm({ bankConsentId, code });
      assert.equal(linked?.outcome, "linked", "the same request did not lead on");
    },
  }),
  step({
    id: "confirm-binding",
    en: "Handing the bank's code in",
    zh: "提交银行验证码",
    needs: ["linking by form"],
    files: [],
    async prepare(bank) {
      const holder = await bank.binding?.holder(bank.people[0]?.username ?? "");
      if (holder === undefined) throw new NotOffered("nobody can fill in the bank's form");
      const started = await bank.connector.bind?.start(bindingRequest(bank, holder));
      return { bankConsentId: started?.bankConsentId ?? "", code: (await bank.binding?.code(holder)) ?? "" };
    },
    async attempt(_bank, connector, input) {
      const confirmed = await stated(async () => connector.bind?.confirm(input));
      return confirmed.ok ? (confirmed.value?.outcome ?? "") : confirmed.why;
    },
    async aftermath(bank, input) {
      const again = await bank.connector.bind?.confirm(input);
      assert.equal(again?.outcome, "linked", "the right code, given again, did not link");
    },
  }),
  step({
    id: "refresh",
    en: "Refreshing the access",
    zh: "刷新访问凭证",
    needs: ["accounts"],
    files: [],
    async prepare(bank) {
      const linked = await bank.link();
      if (linked.access.refreshToken === null)
        throw new NotOffered("the access lasts as long as the consent");
      return linked;
    },
    async attempt(_bank, connector, { access, account }) {
      const renewed = await stated(async () => {
        const next = await connector.refreshAccess(access, { force: true });
        await connector.balance(next, account, customerIp);
      });
      return renewed.ok ? "refreshed" : renewed.why;
    },
    // Either the old access still leads on, or the bank says that it is over and the customer links again.
    async aftermath(bank, { access, account }, outcome) {
      if (outcome === "refreshed") return;
      const again = await stated(async () => {
        const next = await bank.connector.refreshAccess(access, { force: true });
        await bank.connector.balance(next, account, customerIp);
      });
      assert(
        again.ok || again.why === "bank.consent_ended",
        `the access is stuck: ${again.ok ? "" : again.why}`,
      );
    },
  }),
  step({
    id: "balance",
    en: "Reading a balance",
    zh: "查询余额",
    needs: ["accounts"],
    files: [],
    prepare: (bank) => bank.linked(),
    async attempt(bank, connector, { access, account }) {
      const truth = await bank.truth(account.iban);
      const read = await stated(() => connector.balance(access, account, customerIp));
      if (!read.ok) return read.why;
      assert.equal(read.value.booked, truth.booked, "a wrong balance");
      return "the true balance";
    },
    aftermath: async () => undefined,
  }),
  step({
    id: "entries",
    en: "Reading the entries",
    zh: "查询明细",
    needs: ["accounts"],
    files: [],
    prepare: (bank) => bank.linked(),
    async attempt(bank, connector, { access, account }) {
      const truth = await bank.truth(account.iban);
      const read = await stated(() => connector.entries(access, account, { from: "1970-01-01" }, customerIp));
      if (!read.ok) return read.why;
      const booked = read.value.filter(({ status }) => status === "booked");
      const sum = booked.reduce((total, { amountMinor }) => total + amountMinor, 0n);
      assert.equal(sum, truth.booked, "a part of the entries was taken for all of them");
      return "all entries";
    },
    aftermath: async () => undefined,
  }),
  step({
    id: "pay",
    en: "Sending a payment",
    zh: "发送付款指令",
    needs: ["payments"],
    files: ["initiatePayment", "putFile"],
    async prepare(bank) {
      const payment = await payable(bank, 71n);
      const before = (await bank.truth(payment.debtor)).expected;
      return { ...payment, before, id: undefined as string | undefined };
    },
    async attempt(_bank, connector, prepared) {
      const answer = await connector.initiatePayment(prepared.order, prepared.access);
      if (answer.outcome === "accepted") prepared.id = answer.bankPaymentId;
      return described(answer);
    },
    async aftermath(bank, { order, access, debtor, before, id }, outcome) {
      const moved = () => movedFrom(bank, debtor, before);
      let first = outcome.split(" ")[0];
      if (id !== undefined) {
        // Accepted is not settled: a bank that works later on what was handed over may refuse it afterwards.
        await moved();
        const later = await bank.connector.paymentStatus(id, bank.currency);
        if (later.outcome === "rejected") first = "rejected";
      }
      const since = "1970-01-01";
      if (first === "rejected" || first === "not_sent")
        assert.equal(await moved(), 0n, `${outcome}, yet money moved`);
      if (first === "accepted")
        assert.equal(await moved(), order.amountMinor, `${outcome}, yet no money moved`);
      if (first === "unknown") {
        // What the money did is found out by our own reference, and must agree with the bank's books.
        const sighting = await bank.connector.findPayment(order.reference, bank.custody, since);
        assert.notEqual(sighting.found, "unknown", "the payment could not be looked for");
        assert.equal(
          sighting.found === true,
          (await moved()) === order.amountMinor,
          "the search and the books differ",
        );
      }
      if (first === "rejected") return;
      // The worst that a caller may do: send the very same order again, twice. It must never be paid twice.
      const again = await bank.connector.initiatePayment(order, access);
      await bank.connector.initiatePayment(order, access);
      assert.equal(
        await moved(),
        order.amountMinor,
        `sent again (${described(again)}): not paid exactly once`,
      );
      await assertBooksBalance(bank);
    },
  }),
  step({
    id: "complete-pay",
    en: "Coming back from the bank's page of a payment",
    zh: "从银行付款页面返回",
    needs: ["payments", "payment return"],
    files: [],
    async prepare(bank) {
      const payment = await waitingPayment(bank, 75n);
      return { ...payment, callbackUrl: await bank.authorise(payment.waiting.actionUrl, payment.username) };
    },
    async attempt(_bank, connector, { callbackUrl, order }) {
      const { requestId } = order;
      const done = await connector.completePayment?.({ callbackUrl, state: stateOf(callbackUrl), requestId });
      assert(done !== undefined);
      return described(done.answer);
    },
    async aftermath(bank, { order, debtor, before }, outcome) {
      const moved = await movedFrom(bank, debtor, before);
      const first = outcome.split(" ")[0];
      if (first === "accepted") assert.equal(moved, order.amountMinor, `${outcome}, yet no money moved`);
      else if (first === "unknown") {
        const sighting = await bank.connector.findPayment(order.reference, bank.custody, "1970-01-01");
        assert.notEqual(sighting.found, "unknown", "the payment could not be looked for");
        assert.equal(sighting.found === true, moved === order.amountMinor, "the search and the books differ");
      } else assert.equal(moved, 0n, `${outcome}, yet money moved`);
      await assertBooksBalance(bank);
    },
  }),
  step({
    id: "status",
    en: "Asking how a payment stands",
    zh: "查询付款状态",
    needs: ["payments"],
    files: ["listFiles", "getFile"],
    async prepare(bank) {
      const { order, access } = await payable(bank, 72n);
      const answer = await bank.connector.initiatePayment(order, access);
      assert.equal(answer.outcome, "accepted", described(answer));
      return answer as Extract<PaymentAnswer, { outcome: "accepted" }>;
    },
    async attempt(bank, connector, { bankPaymentId }) {
      const status = await connector.paymentStatus(bankPaymentId, bank.currency);
      // Not hearing says nothing about the payment: above all not that it failed.
      assert(
        ["accepted", "unknown"].includes(status.outcome),
        `an accepted payment is now ${described(status)}`,
      );
      return described(status);
    },
    async aftermath(bank, { bankPaymentId }) {
      const status = await bank.connector.paymentStatus(bankPaymentId, bank.currency);
      assert.equal(status.outcome, "accepted", described(status));
    },
  }),
  step({
    id: "cancel",
    en: "Cancelling a payment that waits",
    zh: "撤销待确认的付款",
    needs: ["linking", "payments"],
    files: ["putFile"],
    prepare: (bank) => waitingPayment(bank, 73n),
    attempt: (bank, connector, { waiting }) => connector.cancelPayment(waiting.bankPaymentId, bank.currency),
    async aftermath(bank, { waiting, debtor, before }, outcome) {
      const status = await bank.connector.paymentStatus(waiting.bankPaymentId, bank.currency);
      if (outcome === "cancelled")
        assert.equal(status.outcome, "rejected", `said to be cancelled: ${described(status)}`);
      if (status.outcome === "waiting") {
        const again = await bank.connector.cancelPayment(waiting.bankPaymentId, bank.currency);
        assert.equal(again, "cancelled");
      }
      assert.equal(await movedFrom(bank, debtor, before), 0n, "a cancelled payment moved money");
    },
  }),
  step({
    id: "find",
    en: "Looking for a payment by our reference",
    zh: "按本方编号查找付款",
    needs: ["payments"],
    files: ["listFiles", "getFile"],
    async prepare(bank) {
      const { order, access } = await payable(bank, 74n);
      const answer = await bank.connector.initiatePayment(order, access);
      assert.equal(answer.outcome, "accepted", described(answer));
      await closeDay(bank);
      return order;
    },
    async attempt(bank, connector, { reference }) {
      const sighting = await connector.findPayment(reference, bank.custody, "1970-01-01");
      // "Absent" would let the order be sent anew: only a whole answer may say so.
      assert.notEqual(sighting.found, false, "a payment that the bank made was said to be absent");
      return sighting.found === true ? sighting.status : "unknown";
    },
    aftermath: async () => undefined,
  }),
  step({
    id: "statement",
    en: "Fetching a closed day's statement",
    zh: "获取日终对账单",
    needs: ["statements"],
    files: ["listFiles", "getFile"],
    async prepare(bank) {
      const closedDate = await closeDay(bank);
      return { date: closedDate, closing: (await statementOf(bank, closedDate)).closingMinor };
    },
    async attempt(bank, connector, { date, closing }) {
      const read = await stated(() => statementOf({ ...bank, connector }, date));
      if (!read.ok) return read.why;
      assert.equal(read.value.closingMinor, closing);
      return "the true statement";
    },
    aftermath: async () => undefined,
  }),
  step({
    id: "end-link",
    en: "Ending a consent",
    zh: "解除授权",
    needs: ["linking"],
    files: ["putFile"],
    prepare: (bank) => bank.link(),
    async attempt(_bank, connector, { access }) {
      const ended = await stated(() => connector.revokeConsent(access.bankConsentId));
      return ended.ok ? "ended" : ended.why;
    },
    async aftermath(bank, { access }, outcome) {
      await bank.settle();
      const before = await bank.connector.consentStatus(access.bankConsentId);
      if (outcome === "ended") assert.equal(before, "revoked", "said to be ended, yet it lives");
      await bank.connector.revokeConsent(access.bankConsentId);
      await bank.settle();
      assert.equal(await bank.connector.consentStatus(access.bankConsentId), "revoked");
    },
  }),
];

function step<T>(one: Step<T>): Step<never> {
  return one as unknown as Step<never>;
}

/** Whether an outcome of `attempt` says that the step went through. */
export function isSuccess(outcome: string): boolean {
  return /^(started|linked|refreshed|the true |all entries|accepted|action_required|cancelled|booked|pending|ended)/.test(
    outcome,
  );
}

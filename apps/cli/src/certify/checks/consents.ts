import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type BankUnderTest, bindingRequest, consentRequest, inDays, type Linked } from "../subject.ts";
import { type Check, customerIp, described, idOf, movedFrom, NotOffered, refused, stated } from "./check.ts";

/** Linking an account, and how a consent ends. */
export const consentChecks: readonly Check[] = [
  {
    id: "link.complete",
    title: {
      en: "A customer links the account they chose, for as long as the bank says",
      zh: "客户绑定所选账户，有效期以银行为准",
    },
    needs: ["linking"],
    async run(bank) {
      const { account, access, validUntil } = await bank.link();
      const chosen = bank.people[0]?.accounts.find(({ currency }) => currency === bank.currency);
      const same = await Promise.all([account.iban, chosen?.iban ?? ""].map((number) => bank.truth(number)));
      assert.deepEqual(same[0], same[1], "the link brought another account than the chosen one");
      assert.equal(await bank.connector.consentStatus(access.bankConsentId), "valid");
      if (validUntil !== null)
        assert(validUntil >= inDays(0), `the consent ended before it began: ${validUntil}`);
      return validUntil === null ? "valid without an end date" : `valid until ${validUntil}`;
    },
  },
  {
    id: "link.repeat",
    title: {
      en: "Asking again with the same id opens no second consent",
      zh: "同一编号重复申请不会产生第二份授权",
    },
    needs: ["linking by pages"],
    async run(bank) {
      const request = consentRequest(bank);
      const first = await bank.connector.startConsent(request);
      const again = await bank.connector.startConsent(request);
      for (const { bankConsentId } of [first, again])
        assert.equal(await bank.connector.consentStatus(bankConsentId), "awaiting_customer");
      // UK Open Banking v4.0 has no idempotency for account access consents: the first one simply lapses.
      return again.bankConsentId === first.bankConsentId ? "one consent" : "two, and neither is valid yet";
    },
  },
  {
    id: "link.refused_by_customer",
    title: { en: "A customer who refuses links nothing", zh: "客户拒绝后不会绑定任何账户" },
    needs: ["linking by pages"],
    async run(bank) {
      const person = bank.people.at(-1);
      const started = await bank.connector.startConsent(consentRequest(bank));
      const callbackUrl = await bank.authorise(started.authorisationUrl, person?.username ?? "", {
        refuse: true,
      });
      const why = await refused(
        () =>
          bank.connector.completeConsent({
            bankConsentId: started.bankConsentId,
            redirectUri: bank.redirectUri,
            callbackUrl,
            secrets: started.secrets,
            customerIp,
          }),
        "the callback of a refused consent",
      );
      assert.notEqual(await bank.connector.consentStatus(started.bankConsentId), "valid");
      return why;
    },
  },
  {
    id: "link.foreign_callback",
    title: {
      en: "A callback with another state, or one used before, links nothing",
      zh: "状态不符或已用过的回调不会绑定账户",
    },
    needs: ["linking by pages"],
    async run(bank) {
      const person = bank.people[0];
      const started = await bank.connector.startConsent(consentRequest(bank));
      const callbackUrl = await bank.authorise(started.authorisationUrl, person?.username ?? "");
      const complete = (address: string) =>
        bank.connector.completeConsent({
          bankConsentId: started.bankConsentId,
          redirectUri: bank.redirectUri,
          callbackUrl: address,
          secrets: started.secrets,
          customerIp,
        });
      const spoiled = new URL(callbackUrl);
      spoiled.searchParams.set("state", `another-${randomUUID()}`);
      await refused(() => complete(spoiled.href), "a callback with another state");
      const { access } = await complete(callbackUrl);
      // Where nothing is exchanged for the callback, it may lead to the same consent again, and to no other.
      const again = await stated(() => complete(callbackUrl));
      if (again.ok) assert.equal(again.value.access.bankConsentId, access.bankConsentId);
      return again.ok ? "the same consent again" : again.why;
    },
  },
  {
    id: "link.ended_here",
    title: {
      en: "Ending a consent ends it at the bank; twice is fine",
      zh: "解除授权后银行侧同步失效，重复解除无妨",
    },
    needs: ["linking"],
    async run(bank) {
      const linked = await bank.link();
      await bank.connector.revokeConsent(linked.access.bankConsentId);
      await bank.connector.revokeConsent(linked.access.bankConsentId);
      return isOver(bank, linked);
    },
  },
  {
    id: "link.ended_at_bank",
    title: {
      en: "A consent that the customer ends at the bank is seen as ended",
      zh: "客户在银行解除授权后，本方可查知",
    },
    needs: ["linking"],
    async run(bank) {
      const linked = await bank.link();
      await bank.endAtBank(linked);
      return isOver(bank, linked);
    },
  },
  {
    id: "access.refresh",
    title: {
      en: "Access is refreshed when it is about to end, and works",
      zh: "访问凭证临近到期时刷新，刷新后可用",
    },
    needs: ["accounts"],
    async run(bank) {
      const { access, account } = await bank.link();
      if (access.refreshToken === null) throw new NotOffered("the access lasts as long as the consent");
      const kept = await bank.connector.refreshAccess(access);
      assert.equal(kept.accessToken, access.accessToken, "a fresh access was renewed without need");
      const ending = { ...access, expiresAt: new Date(Date.now() + 1_000).toISOString() };
      const renewed = await bank.connector.refreshAccess(ending);
      assert(Date.parse(renewed.expiresAt) > Date.now() + 1_000, "the renewed access ends at once");
      await bank.connector.balance(renewed, account, customerIp);
      return renewed.accessToken === access.accessToken ? "the same access, prolonged" : "a new access";
    },
  },
  {
    id: "access.token_refused",
    title: {
      en: "An expired or foreign token is refused as such, and a refresh heals it",
      zh: "凭证过期或无效时明确拒绝，刷新后恢复",
    },
    needs: ["accounts"],
    async run(bank) {
      const { access, account } = await bank.link();
      if (access.refreshToken === null) throw new NotOffered("the access lasts as long as the consent");
      const spoiled = { ...access, accessToken: `expired-${randomUUID()}` };
      const why = await refused(() => bank.connector.balance(spoiled, account, customerIp), "a wrong token");
      assert.equal(why, "token_refused");
      const renewed = await bank.connector.refreshAccess(spoiled, { force: true });
      await bank.connector.balance(renewed, account, customerIp);
      return why;
    },
  },
  {
    id: "link.wrong_code",
    title: {
      en: "A wrong code links nothing and is counted; the right one then links",
      zh: "验证码错误不会签约并计次，正确后签约成功",
    },
    needs: ["linking by form"],
    async run(bank) {
      const { bind, holder, bankConsentId } = await startedBinding(bank);
      const code = await bank.binding?.code(holder);
      const wrong = code === "000000" ? "111111" : "000000";
      const refusal = await bind.confirm({ bankConsentId, code: wrong });
      assert.equal(refusal.outcome, "code_wrong");
      assert.equal(await bank.connector.consentStatus(bankConsentId), "awaiting_customer");
      const linked = await bind.confirm({ bankConsentId, code: code ?? "" });
      assert.equal(linked.outcome, "linked");
      return refusal.outcome === "code_wrong" ? `${refusal.attemptsLeft} tries left, then linked` : "";
    },
  },
  {
    id: "link.wrong_details",
    title: { en: "Details that do not belong to the card are refused", zh: "与卡不符的信息会被拒绝" },
    needs: ["linking by form"],
    async run(bank) {
      const { bind, holder } = await startedBinding(bank);
      return refused(
        () => bind.start(bindingRequest(bank, { ...holder, holderName: "Nobody of that name" })),
        "another name",
      );
    },
  },
];

async function startedBinding(bank: BankUnderTest) {
  const { bind } = bank.connector;
  const username = bank.people[0]?.username ?? "";
  if (bind === undefined || bank.binding === undefined) throw new Error("nobody can fill in the bank's form");
  const holder = await bank.binding.holder(username);
  const { bankConsentId } = await bind.start(bindingRequest(bank, holder));
  return { bind, holder, bankConsentId };
}

const patienceMs = 5_000;

/** An ended consent is known as ended, and nothing goes through with what it gave. */
async function isOver(bank: BankUnderTest, { access, account }: Linked): Promise<string> {
  await bank.settle();
  const began = performance.now();
  let status = await bank.connector.consentStatus(access.bankConsentId);
  while (status === "valid" && performance.now() - began < patienceMs) {
    await sleep(200);
    status = await bank.connector.consentStatus(access.bankConsentId);
  }
  assert.equal(status, "revoked");
  if (bank.connector.capabilities.accounts)
    return refused(() => bank.connector.balance(access, account, customerIp), "reading without a consent");
  const before = (await bank.truth(account.iban)).expected;
  const order = bank.order({ from: account.iban, to: bank.custody.iban, amountMinor: 131n });
  const answer = await bank.connector.initiatePayment(order, access);
  const moved = await movedFrom(bank, account.iban, before);
  assert.equal(moved, 0n, `${described(answer)}: money moved without a consent`);
  if (answer.outcome !== "accepted") return described(answer);
  // A bank that answers later says so in the payment's status.
  return described(await bank.connector.paymentStatus(idOf(answer), bank.currency));
}

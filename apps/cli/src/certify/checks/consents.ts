import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { consentRequest, inDays } from "../subject.ts";
import { type Check, customerIp, refused } from "./check.ts";

/** Linking an account, and how a consent ends. */
export const consentChecks: readonly Check[] = [
  {
    id: "link.complete",
    title: {
      en: "A customer links the account they chose, for as long as the bank says",
      zh: "客户绑定所选账户，有效期以银行为准",
    },
    needs: ["accounts"],
    async run(bank) {
      const { account, access, validUntil } = await bank.link();
      const own = bank.people[0]?.accounts.filter(({ currency }) => currency === bank.currency) ?? [];
      assert(
        own.some(({ iban }) => iban === account.iban),
        "the link brought another account than the chosen one",
      );
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
    needs: ["accounts"],
    async run(bank) {
      const request = consentRequest(bank);
      const first = await bank.connector.startConsent(request);
      const again = await bank.connector.startConsent(request);
      assert.equal(again.bankConsentId, first.bankConsentId);
      assert.equal(await bank.connector.consentStatus(first.bankConsentId), "awaiting_customer");
      return "one consent";
    },
  },
  {
    id: "link.refused_by_customer",
    title: { en: "A customer who refuses links nothing", zh: "客户拒绝后不会绑定任何账户" },
    needs: ["accounts"],
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
    needs: ["accounts"],
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
      await complete(callbackUrl);
      return refused(() => complete(callbackUrl), "a callback used before");
    },
  },
  {
    id: "link.ended_here",
    title: {
      en: "Ending a consent ends it at the bank; twice is fine",
      zh: "解除授权后银行侧同步失效，重复解除无妨",
    },
    needs: ["accounts"],
    async run(bank) {
      const { access, account } = await bank.link();
      await bank.connector.revokeConsent(access.bankConsentId);
      await bank.connector.revokeConsent(access.bankConsentId);
      assert.equal(await bank.connector.consentStatus(access.bankConsentId), "revoked");
      return refused(() => bank.connector.balance(access, account, customerIp), "reading without a consent");
    },
  },
  {
    id: "link.ended_at_bank",
    title: {
      en: "A consent that the customer ends at the bank is seen as ended",
      zh: "客户在银行解除授权后，本方可查知",
    },
    needs: ["accounts"],
    async run(bank) {
      const { access, account } = await bank.link();
      await bank.script.revokeConsent(access.bankConsentId);
      assert.equal(await bank.connector.consentStatus(access.bankConsentId), "revoked");
      return refused(() => bank.connector.balance(access, account, customerIp), "reading without a consent");
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
      const spoiled = { ...access, accessToken: `expired-${randomUUID()}` };
      const why = await refused(() => bank.connector.balance(spoiled, account, customerIp), "a wrong token");
      assert.equal(why, "token_refused");
      const renewed = await bank.connector.refreshAccess(spoiled, { force: true });
      await bank.connector.balance(renewed, account, customerIp);
      return why;
    },
  },
];

import { randomUUID } from "node:crypto";
import type { BankTransaction, Consent, LinkedAccount } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addDays } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import { sealAccess, usableAccess } from "./access.ts";
import type { BankAccess } from "./context.ts";
import { sealIp } from "./job-drafts.ts";
import { refreshAccount } from "./refresh.ts";
import { type BankWorld, bankId, startBankWorld } from "./testing/bank-world.ts";
import {
  type BanksSetup,
  callbackContext,
  createBanksSetup,
  refusalOf,
  walletUrl,
} from "./testing/banks-setup.ts";

let world: BankWorld;
let setup: BanksSetup;

beforeAll(async () => {
  world = await startBankWorld({ pageSize: 20, accessTokenSeconds: 60 });
  setup = await createBanksSetup(world);
});
afterAll(async () => {
  await setup.close();
  await world.close();
});

const consentOf = (customerId: string, consentId: string) =>
  setup.call<Consent>("getConsent", { customerId, params: { consentId } });
const accountsOf = async (customerId: string) =>
  (await setup.call<{ items: LinkedAccount[] }>("listLinkedAccounts", { customerId })).items;

describe("linking", () => {
  it("leads through the bank's pages to accounts with the bank's own balance and entries", async () => {
    const customerId = setup.newCustomer();
    const { redirect, consentId, consent, accounts } = await setup.link(customerId, "linxiao", {
      currencies: ["CNY", "JPY"],
    });
    expect(consent).toMatchObject({
      status: "awaiting_customer",
      accountIds: [],
      bankName: { zh: "港湾银行" },
    });
    expect(redirect).toBe(`${walletUrl}/link/done?consent=${consentId}`);
    await setup.worker.drain();
    const linked = await consentOf(customerId, consentId);
    expect(linked).toMatchObject({ status: "valid", authorisationUrl: null, frequencyPerDay: 4 });
    expect(linked.validUntil).not.toBeNull();
    expect(linked.lastUsedAt).not.toBeNull();
    expect(linked.accountIds.sort()).toEqual([...accounts.values()].map(({ id }) => id).sort());

    for (const account of await accountsOf(customerId)) {
      const iban = await world.ibanOf("linxiao", account.currency);
      const truth = await world.bank.script.account(iban);
      expect(account.maskedNumber).toBe(`•• ${iban.slice(-4)}`);
      expect(account.balance?.booked.amount.replace(".", "")).toBe(truth.bookedMinor);
      const seen: BankTransaction[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: BankTransaction[]; nextCursor: string | null } = await setup.call(
          "listBankTransactions",
          {
            customerId,
            params: { accountId: account.id },
            query: { limit: 7, ...(cursor === null ? {} : { cursor }) },
          },
        );
        seen.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
      const booked = seen.filter(({ status }) => status === "booked");
      const dates = booked.map(({ bookingDate }) => bookingDate ?? "");
      expect(dates).toEqual(dates.toSorted().reverse());
      const first = seen.findIndex(({ status }) => status === "booked");
      expect(seen.slice(first).every(({ status }) => status === "booked")).toBe(true);
      if (account.currency === "CNY") expect(booked.length).toBeGreaterThan(20);
    }
    expect(await setup.events(customerId)).toEqual(
      expect.arrayContaining(["consent.changed valid", "linked_account.changed"]),
    );
  });

  it("asks the bank for what the page of permissions names and nothing more, and keeps the end that the bank sets", async () => {
    const customerId = setup.newCustomer();
    const validUntil = addDays(new Date().toISOString().slice(0, 10), 30);
    const answer = { consentStatus: "valid", validUntil, frequencyPerDay: 2, recurringIndicator: true };
    world.proxy.spoil("getConsentInformation", {
      kind: "answer",
      status: 200,
      body: JSON.stringify({ ...answer, access: {}, lastActionDate: validUntil }),
    });
    const { consentId } = await setup.link(customerId, "emma", { currencies: ["EUR"] });
    const consent = await consentOf(customerId, consentId);
    expect(consent).toMatchObject({ validUntil, frequencyPerDay: 2 });
    expect(consent.data).toEqual(["accounts", "owner_name", "balances", "transactions"]);
    const asked = world.proxy.last("createConsent")?.requestBody;
    expect(asked).toMatchObject({ recurringIndicator: true, combinedServiceIndicator: false });
    expect((asked as { access: unknown }).access).toEqual({
      accounts: [],
      balances: [],
      transactions: [],
      additionalInformation: { ownerName: [] },
    });
  });

  it("is safe to press twice: the same key gives the same consent, another body is refused", async () => {
    const customerId = setup.newCustomer();
    const request = { customerId, key: randomUUID(), body: { bankId } };
    const [one, two] = await Promise.all([
      setup.call<Consent>("createConsent", request),
      setup.call<Consent>("createConsent", request),
    ]);
    expect(two).toEqual(one);
    expect(await setup.call("createConsent", request)).toEqual(one);
    const { items } = await setup.call<{ items: Consent[] }>("listConsents", { customerId });
    expect(items).toEqual([one]);
    expect(await refusalOf(setup.call("createConsent", { ...request, body: { bankId, more: 1 } }))).toBe(
      "idempotency.key_reused",
    );
    expect(await refusalOf(setup.call("createConsent", { customerId, body: { bankId: "nowhere" } }))).toBe(
      "bank.not_found",
    );
  });

  it("a bank that does not answer leaves nothing behind, and the same key works afterwards", async () => {
    const customerId = setup.newCustomer();
    const request = { customerId, key: randomUUID(), body: { bankId } };
    world.proxy.spoil("createConsent", { kind: "reset" });
    expect(await refusalOf(setup.call("createConsent", request))).toBe("bank.unavailable");
    expect(await setup.call("createConsent", request)).toMatchObject({ status: "awaiting_customer" });
  });

  it("linking the same account again updates it and ends the older permission at the bank", async () => {
    const customerId = setup.newCustomer();
    const first = await setup.link(customerId, "wanglei");
    const second = await setup.link(customerId, "wanglei");
    expect(second.accounts.get("CNY")?.id).toBe(first.accounts.get("CNY")?.id);
    expect(second.accounts.get("CNY")?.consentId).toBe(second.consentId);
    expect(await accountsOf(customerId)).toHaveLength(1);
    await setup.worker.drain();
    expect((await consentOf(customerId, first.consentId)).status).toBe("revoked");
    expect((await consentOf(customerId, second.consentId)).status).toBe("valid");
    expect(await accountsOf(customerId)).toMatchObject([{ status: "active" }]);
  });

  it("two customers may link one joint account; neither sees the other's", async () => {
    const [one, two] = [setup.newCustomer(), setup.newCustomer()];
    const first = await setup.link(one, "emma", { currencies: ["GBP"] });
    const second = await setup.link(two, "emma", { currencies: ["GBP"] });
    const accountId = first.accounts.get("GBP")?.id ?? "";
    expect(second.accounts.get("GBP")?.id).not.toBe(accountId);
    for (const [route, params] of [
      ["getLinkedAccount", { accountId }],
      ["listBankTransactions", { accountId }],
      ["refreshLinkedAccount", { accountId }],
      ["getConsent", { consentId: first.consentId }],
      ["revokeConsent", { consentId: first.consentId }],
      ["getConsent", { consentId: "cns_none" }],
    ] as const)
      expect(await refusalOf(setup.call(route, { customerId: two, params }))).toBe("request.not_found");
    expect(await setup.banks.linkedAccount(two, accountId)).toBeUndefined();
    expect((await setup.banks.linkedAccount(one, accountId))?.iban).toBe(await world.ibanOf("emma", "GBP"));
  });
});

describe("the way back from the bank", () => {
  async function returned(customerId: string) {
    const consent = await setup.call<Consent>("createConsent", { customerId, body: { bankId } });
    const { redirectUrl } = await world.bank.script.authorise({
      authorizationUrl: consent.authorisationUrl ?? "",
      username: "linxiao",
    });
    return { consent, redirectUrl };
  }
  const open = async (redirectUrl: string, cookie: string | undefined) =>
    (await setup.call<{ redirect: string }>("bankCallback", callbackContext(redirectUrl, cookie))).redirect;
  const failed = (reason: string) => `${walletUrl}/link/failed?reason=${reason}`;

  it("links nothing in another person's browser, nor without a session", async () => {
    const [owner, stranger] = [setup.newCustomer(), setup.newCustomer()];
    const { consent, redirectUrl } = await returned(owner);
    expect(await open(redirectUrl, stranger)).toBe(failed("bank.link_failed"));
    expect(await open(redirectUrl, undefined)).toBe(failed("identity.not_signed_in"));
    expect(await accountsOf(stranger)).toEqual([]);
    expect(await accountsOf(owner)).toEqual([]);
    expect(await open(redirectUrl, owner)).toBe(`${walletUrl}/link/done?consent=${consent.id}`);
  });

  it("is used once: loaded again it changes nothing and says the same", async () => {
    const customerId = setup.newCustomer();
    const { consent, redirectUrl } = await returned(customerId);
    const answers = await Promise.all([open(redirectUrl, customerId), open(redirectUrl, customerId)]);
    const done = `${walletUrl}/link/done?consent=${consent.id}`;
    expect(answers).toEqual([done, done]);
    const codes = world.proxy.exchanges.filter(
      ({ requestBody }) =>
        typeof requestBody === "string" &&
        requestBody.includes(new URL(redirectUrl).searchParams.get("code") ?? "?"),
    );
    expect(codes).toHaveLength(1);
    expect(await open(redirectUrl, customerId)).toBe(done);
  });

  it("refuses a made-up or missing state, another issuer and a made-up code", async () => {
    const customerId = setup.newCustomer();
    const { redirectUrl } = await returned(customerId);
    const changed = (name: string, value: string | null) => {
      const url = new URL(redirectUrl);
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
      return url.href;
    };
    expect(await open(changed("state", "made-up"), customerId)).toBe(failed("bank.link_failed"));
    expect(await open(changed("state", null), customerId)).toBe(failed("bank.link_failed"));
    expect(await open(changed("iss", "https://attacker.example"), customerId)).toBe(
      failed("bank.link_failed"),
    );
    expect(await accountsOf(customerId)).toEqual([]);
    const again = await returned(customerId);
    const url = new URL(again.redirectUrl);
    url.searchParams.set("code", "made-up");
    expect(await open(url.href, customerId)).toBe(failed("bank.link_failed"));
    expect(await consentOf(customerId, again.consent.id)).toMatchObject({
      status: "failed",
      authorisationUrl: null,
    });
  });

  it("the customer says no at the bank: rejected, and the bank forgets the consent", async () => {
    const customerId = setup.newCustomer();
    const consent = await setup.call<Consent>("createConsent", { customerId, body: { bankId } });
    const state = new URL(consent.authorisationUrl ?? "").searchParams.get("state");
    const back = `${walletUrl}/?error=access_denied&state=${state}`;
    expect(await open(back, customerId)).toBe(failed("bank.link_failed"));
    expect((await consentOf(customerId, consent.id)).status).toBe("rejected");
    expect(await setup.events(customerId)).toEqual(["consent.changed rejected"]);
    await setup.worker.drain();
    expect(world.proxy.last("deleteConsent")?.status).toBe(204);
  });

  it("a bank that does not answer at the exchange leaves a failed consent that the bank is told to forget", async () => {
    const customerId = setup.newCustomer();
    const { consent, redirectUrl } = await returned(customerId);
    world.proxy.spoil("getAccountList", { kind: "answer", status: 500, body: "" });
    expect(await open(redirectUrl, customerId)).toBe(failed("bank.unavailable"));
    expect((await consentOf(customerId, consent.id)).status).toBe("failed");
    await setup.worker.drain();
    expect(world.proxy.last("deleteConsent")).toMatchObject({ status: 204 });
  });
});

describe("the end of a permission", () => {
  it("ended here: the bank is told first, then its data is deleted", async () => {
    const customerId = setup.newCustomer();
    const { consentId, accounts } = await setup.link(customerId, "wanglei");
    await setup.worker.drain();
    const accountId = accounts.get("CNY")?.id ?? "";
    world.proxy.spoil("deleteConsent", { kind: "answer", status: 503, body: "" }, { before: true });
    expect(await refusalOf(setup.call("revokeConsent", { customerId, params: { consentId } }))).toBe(
      "bank.unavailable",
    );
    expect((await consentOf(customerId, consentId)).status).toBe("valid");

    await setup.call("revokeConsent", { customerId, params: { consentId } });
    await setup.call("revokeConsent", { customerId, params: { consentId } });
    expect((await consentOf(customerId, consentId)).status).toBe("revoked");
    expect(await accountsOf(customerId)).toEqual([]);
    const [left] = await setup.db.query<{ entries: bigint; tokens: bigint; balances: bigint }>(
      `SELECT (SELECT count(*) FROM banks.entry WHERE account_id = $1) AS entries,
              (SELECT count(*) FROM banks.consent WHERE id = $2 AND access_sealed IS NOT NULL) AS tokens,
              (SELECT count(*) FROM banks.linked_account WHERE id = $1 AND booked IS NOT NULL) AS balances`,
      [accountId, consentId],
    );
    expect(left).toEqual({ entries: 0n, tokens: 0n, balances: 0n });
    expect(await setup.banks.linkedAccount(customerId, accountId)).toMatchObject({ status: "revoked" });
    expect(await refusalOf(setup.call("refreshLinkedAccount", { customerId, params: { accountId } }))).toBe(
      "bank.consent_ended",
    );
    expect((await setup.events(customerId)).slice(-2)).toEqual([
      "consent.changed revoked",
      "linked_account.changed",
    ]);
  });

  it("ended at the bank: seen at the next reading, and by the bank's notice", async () => {
    for (const learnsBy of ["reading", "notice"] as const) {
      const customerId = setup.newCustomer();
      const { consentId, accounts } = await setup.link(customerId, "emma", { currencies: ["EUR"] });
      await setup.worker.drain();
      const [row] = await setup.db.query<{ bank_consent_id: string }>(
        "SELECT bank_consent_id FROM banks.consent WHERE id = $1",
        [consentId],
      );
      const bankConsentId = row?.bank_consent_id ?? "";
      await endAtTheBank(bankConsentId);
      if (learnsBy === "notice") {
        const notice = {
          params: { bankId },
          body: { consentId: bankConsentId, consentStatus: "terminatedByTpp" },
        };
        await setup.call("receiveBankNotice", notice);
      } else {
        const accountId = accounts.get("EUR")?.id ?? "";
        await setup.call("refreshLinkedAccount", { customerId, params: { accountId } });
      }
      await setup.worker.drain();
      expect((await consentOf(customerId, consentId)).status).toBe("revoked");
      expect(await accountsOf(customerId)).toEqual([]);
    }
  });

  it("refreshes tokens that end, also for many readers at once", async () => {
    const customerId = setup.newCustomer();
    const { consentId, accounts } = await setup.link(customerId, "linxiao");
    await setup.worker.drain();
    await ageTokens(consentId);
    const before = world.proxy.exchanges.length;
    const accountId = accounts.get("CNY")?.id ?? "";
    const refresh = () => refreshAccount(setup.deps, accountId, { customerIp: "192.0.2.9" });
    await Promise.all(Array.from({ length: 4 }, refresh));
    const refreshed = world.proxy.exchanges.slice(before).filter(({ operation }) => operation === "token");
    expect(refreshed.length).toBeGreaterThan(0);
    expect((await consentOf(customerId, consentId)).status).toBe("valid");
    const answers = world.proxy.exchanges
      .slice(before)
      .filter(({ operation }) => operation === "getBalances");
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it("a bank that takes each refresh token once does not end the consent when two processes refresh at once", async () => {
    const customerId = setup.newCustomer();
    const { consentId } = await setup.link(customerId, "linxiao");
    await ageTokens(consentId);
    // The sandbox bank does not rotate; this is its real connector with rotation on top.
    const used = new Set<string>();
    const rotating: typeof setup.connector = {
      ...setup.connector,
      async refreshAccess(access, options) {
        if (Date.parse(access.expiresAt) > Date.now()) return access;
        const token = access.refreshToken ?? "";
        if (used.has(token)) throw new Refusal("bank.consent_ended");
        used.add(token);
        return setup.connector.refreshAccess(access, options);
      },
    };
    const bank = setup.deps.banks.get(bankId) as BankAccess;
    const deps = { ...setup.deps, banks: new Map([[bankId, { ...bank, connector: rotating }]]) };
    const got = await Promise.all(Array.from({ length: 5 }, () => usableAccess(deps, consentId)));
    expect(new Set(got.map(({ access }) => access.accessToken)).size).toBe(1);
    expect(used.size).toBe(1);
  });

  it("tokens that the bank refuses before their time are refreshed once more", async () => {
    const customerId = setup.newCustomer();
    const { accounts } = await setup.link(customerId, "linxiao");
    await setup.worker.drain();
    const refused = JSON.stringify({ tppMessages: [{ category: "ERROR", code: "TOKEN_EXPIRED" }] });
    world.proxy.spoil("getBalances", { kind: "answer", status: 401, body: refused });
    const before = world.proxy.exchanges.length;
    const accountId = accounts.get("CNY")?.id ?? "";
    await setup.banks.jobs["banks.refresh_account"]?.({
      accountId,
      sealedIp: sealIp(setup.deps.vault, accountId, "192.0.2.9"),
    });
    const seen = world.proxy.exchanges.slice(before).map(({ operation }) => operation);
    expect(seen.slice(0, 3)).toEqual(["getBalances", "token", "getBalances"]);
  });

  /** As the customer does it in the bank's own pages, or the bank for reasons of its own. */
  const endAtTheBank = (bankConsentId: string) => setup.connector.revokeConsent(bankConsentId);

  /** Puts the end of the tokens into the past, as time would. */
  async function ageTokens(consentId: string) {
    const { access } = await usableAccess(setup.deps, consentId);
    await setup.db.query("UPDATE banks.consent SET access_sealed = $2 WHERE id = $1", [
      consentId,
      sealAccess(setup.deps, consentId, { ...access, expiresAt: new Date(0).toISOString() }),
    ]);
  }
});

describe("what is told", () => {
  it("no token, code, state, account number or address is in the log or in a table in the clear", async () => {
    const customerId = setup.newCustomer();
    const { redirectUrl, consentId } = await setup.link(customerId, "linxiao");
    await setup.worker.drain();
    const iban = await world.ibanOf("linxiao", "CNY");
    const url = new URL(redirectUrl);
    const secrets = [
      iban,
      world.config.clientSecret,
      url.searchParams.get("code"),
      ...world.proxy.exchanges.map(({ requestHeaders }) => requestHeaders.authorization?.split(" ")[1]),
    ].filter((text): text is string => typeof text === "string" && text.length > 10);
    const log = setup.log.join("\n");
    for (const secret of new Set(secrets)) expect(log).not.toContain(secret);
    expect(log).not.toContain(url.searchParams.get("state"));
    for (const table of ["consent", "linked_account", "message", "notice", "statement_file"]) {
      const [dump] = await setup.db.query<{ text: string }>(
        `SELECT coalesce(string_agg(t::text, ' '), '') AS text FROM banks.${table} t`,
      );
      for (const secret of new Set(secrets)) expect(dump?.text).not.toContain(secret);
    }
    expect(consentId).toMatch(/^cns_/);
    expect(world.proxy.findings).toEqual([]);
  });
});

import type { Consent, LinkedAccount } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manualClock } from "../platform/clock.ts";
import { type BankWorld, bankId, startBankWorld } from "./testing/bank-world.ts";
import { type BanksSetup, createBanksSetup } from "./testing/banks-setup.ts";

const dayMs = 86_400_000;
const clock = manualClock(new Date().toISOString());
let world: BankWorld;
let setup: BanksSetup;

beforeAll(async () => {
  world = await startBankWorld({ clock, autoEndOfDay: false });
  setup = await createBanksSetup(world, { clock });
});
afterAll(async () => {
  await setup.close();
  await world.close();
});

describe("as time goes by", () => {
  it("a consent that nobody came back for ends after an hour, and the bank is told", async () => {
    const customerId = setup.newCustomer();
    const { id } = await setup.call<Consent>("createConsent", { customerId, body: { bankId } });
    const status = async () =>
      (await setup.call<Consent>("getConsent", { customerId, params: { consentId: id } })).status;
    await setup.banks.jobs["banks.check_all_consents"]?.({});
    await setup.worker.drain();
    expect(await status()).toBe("awaiting_customer");
    clock.advance(2 * 3_600_000);
    await setup.banks.jobs["banks.check_all_consents"]?.({});
    await setup.worker.drain();
    expect(await status()).toBe("failed");
    expect(world.proxy.last("deleteConsent")).toBeDefined();
  });

  it("a permission ended at the bank, which tells nobody, is seen within a minute and its data deleted", async () => {
    const customerId = setup.newCustomer();
    const { consentId } = await setup.link(customerId, "emma", { currencies: ["EUR"] });
    await setup.worker.drain();
    const accounts = async () =>
      (await setup.call<{ items: LinkedAccount[] }>("listLinkedAccounts", { customerId })).items;
    expect((await accounts())[0]?.balance).not.toBeNull();
    const [row] = await setup.db.query<{ bank_consent_id: string }>(
      "SELECT bank_consent_id FROM banks.consent WHERE id = $1",
      [consentId],
    );
    await world.bank.script.addFault({ operation: "*", action: "withhold-notice" });
    await world.bank.script.revokeConsent(row?.bank_consent_id ?? "");
    clock.advance(60_000);
    await setup.banks.jobs["banks.check_all_consents"]?.({});
    await setup.worker.drain();
    expect((await setup.call<Consent>("getConsent", { customerId, params: { consentId } })).status).toBe(
      "revoked",
    );
    expect(await accounts()).toEqual([]);
    const [left] = await setup.db.query<{ balances: bigint; entries: bigint }>(
      `SELECT count(booked) AS balances, (SELECT count(*) FROM banks.entry e JOIN banks.linked_account l ON l.id = e.account_id
         WHERE l.consent_id = $1) AS entries FROM banks.linked_account WHERE consent_id = $1`,
      [consentId],
    );
    expect(left).toEqual({ balances: 0n, entries: 0n });
  });

  it("a permission is asked about once a minute, however often the round comes", async () => {
    const customerId = setup.newCustomer();
    await setup.link(customerId, "wanglei", { currencies: ["CNY"] });
    await setup.worker.drain();
    const round = async () => {
      const before = world.proxy.exchanges.length;
      await setup.banks.jobs["banks.check_all_consents"]?.({});
      await setup.worker.drain();
      return world.proxy.exchanges.slice(before).filter(({ operation }) => operation === "getConsentStatus")
        .length;
    };
    clock.advance(60_000);
    expect(await round()).toBeGreaterThan(0);
    clock.advance(1_000);
    expect(await round()).toBe(0);
    clock.advance(60_000);
    expect(await round()).toBeGreaterThan(0);
  });

  it("a permission ends on the day that the bank set: the last figures stay, marked, and linking again revives them", async () => {
    const customerId = setup.newCustomer();
    const { consentId, accounts } = await setup.link(customerId, "emma", { currencies: ["EUR"] });
    await setup.worker.drain();
    const look = async () => {
      const consent = await setup.call<Consent>("getConsent", { customerId, params: { consentId } });
      const { items } = await setup.call<{ items: LinkedAccount[] }>("listLinkedAccounts", { customerId });
      return { status: consent.status, account: items[0] };
    };
    clock.advance(179 * dayMs);
    await setup.banks.jobs["banks.check_all_consents"]?.({});
    await setup.worker.drain();
    expect((await look()).status).toBe("valid");
    clock.advance(3 * dayMs);
    await setup.banks.jobs["banks.check_all_consents"]?.({});
    await setup.worker.drain();
    const ended = await look();
    expect(ended.status).toBe("expired");
    expect(ended.account).toMatchObject({ status: "expired" });
    expect(ended.account?.balance).not.toBeNull();
    expect(await setup.events(customerId)).toContain("consent.changed expired");

    const again = await setup.link(customerId, "emma", { currencies: ["EUR"] });
    expect(again.accounts.get("EUR")).toMatchObject({ id: accounts.get("EUR")?.id, status: "active" });
  });
});

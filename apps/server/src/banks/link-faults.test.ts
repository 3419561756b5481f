import type { Consent, LinkedAccount } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manualClock } from "../platform/clock.ts";
import { type BankWorld, bankId, startBankWorld } from "./testing/bank-world.ts";
import { type BanksSetup, callbackContext, createBanksSetup, walletUrl } from "./testing/banks-setup.ts";

/** Breaks the n-th statement, or the n-th bank call, from when it is armed. */
const breaker = { left: 0, when: "before" as "before" | "after", fired: false };
function strike(when: "before" | "after"): void {
  if (breaker.left === 0 || when !== breaker.when) return;
  breaker.left -= 1;
  if (breaker.left > 0) return;
  breaker.fired = true;
  throw new Error("scripted failure");
}
let breaks: "statements" | "calls" = "statements";

const clock = manualClock(new Date().toISOString());
let world: BankWorld;
let setup: BanksSetup;

beforeAll(async () => {
  world = await startBankWorld({ clock, autoEndOfDay: false });
  setup = await createBanksSetup(world, {
    clock,
    fault: (when) => {
      if (breaks === "calls") strike(when);
    },
    statementFault: (when) => {
      if (breaks === "statements") strike(when);
    },
  });
});
afterAll(async () => {
  await setup.close();
  await world.close();
});

describe("a failure at any statement or bank call of the way back from the bank", () => {
  it.each([
    ["statements", "before"],
    ["statements", "after"],
    ["calls", "before"],
    ["calls", "after"],
  ] as const)(
    "%s, %s: linked or failed in the end, never in between, here and at the bank",
    async (what, when) => {
      const username = "emma";
      const accountIbans = [await world.ibanOf(username, "EUR")];
      for (let nth = 1; nth <= 40; nth += 1) {
        const customerId = setup.newCustomer();
        const consent = await setup.call<Consent>("createConsent", { customerId, body: { bankId } });
        const { redirectUrl } = await world.bank.script.authorise({
          authorizationUrl: consent.authorisationUrl ?? "",
          username,
          accountIbans,
        });
        breaks = what;
        Object.assign(breaker, { left: nth, when, fired: false });
        const answer = await setup
          .call<{ redirect: string }>("bankCallback", callbackContext(redirectUrl, customerId))
          .catch((error: Error) => error.message);
        const { fired } = breaker;
        breaker.left = 0;
        if (!fired) {
          expect(nth).toBeGreaterThan(1);
          return;
        }
        // What a dead process leaves open is closed by the hourly look.
        clock.advance(2 * 3_600_000);
        await setup.banks.jobs["banks.check_all_consents"]?.({});
        await setup.worker.drain();
        const { status, accountIds } = await setup.call<Consent>("getConsent", {
          customerId,
          params: { consentId: consent.id },
        });
        const { items } = await setup.call<{ items: LinkedAccount[] }>("listLinkedAccounts", { customerId });
        expect(["valid", "failed"]).toContain(status);
        expect(items.length).toBe(status === "valid" ? 1 : 0);
        expect(accountIds.length).toBe(items.length);
        if (typeof answer === "object" && answer.redirect.startsWith(`${walletUrl}/link/done`))
          expect(status).toBe("valid");
        const [row] = await setup.db.query<{ bank_consent_id: string }>(
          "SELECT bank_consent_id FROM banks.consent WHERE id = $1",
          [consent.id],
        );
        // A permission that is of no use here is not left open at the bank.
        const atBank = await setup.connector.consentStatus(row?.bank_consent_id ?? "");
        expect(atBank).toBe(status === "valid" ? "valid" : "revoked");
      }
      throw new Error("the sweep has no end");
    },
    240_000,
  );
});

import { describe, expect, it } from "vitest";
import { lastWordOf, needsTwo } from "./case-policy.ts";
import { limitsOf } from "./limits.ts";

const limit = limitsOf("CNY")?.caseByOnePerson ?? 0n;
const small = { amount: limit, currency: "CNY" };
const large = { amount: limit + 1n, currency: "CNY" };

describe("how many people decide a case", () => {
  it.each([
    ["ask_bank", large, "has_it", false],
    ["refuse_proposal", large, "has_it", false],
    ["collect", large, "nothing", false],
    ["write_off_debt", small, "nothing", true],
    ["give_back", small, "has_it_not", false],
    ["give_back", small, "nothing", false],
    ["give_back", small, "has_it", true],
    ["give_back", large, "has_it_not", true],
    ["confirm_done", small, "has_it", false],
    ["confirm_done", small, "nothing", false],
    ["confirm_done", small, "has_it_not", true],
    ["confirm_done", large, "has_it", true],
    ["give_back", { amount: 1n, currency: "XAF" }, "has_it_not", true],
  ] as const)("%s of %o where the bank said %s", (action, payment, word, two) =>
    expect(needsTwo(action, payment, word)).toBe(two),
  );
});

describe("the bank's last word", () => {
  const heard = (kind: string, outcome: string) => ({ direction: "received", kind, outcome });
  it("is its last answer that says something; silence says nothing", () => {
    expect(lastWordOf([])).toBe("nothing");
    expect(lastWordOf([heard("payment.initiate", "unknown"), heard("payment.find", "unknown")])).toBe(
      "nothing",
    );
    const found = [heard("payment.find", "not_found"), heard("payment.find", "unknown")];
    expect(lastWordOf(found)).toBe("has_it_not");
    expect(lastWordOf([...found, heard("payment.status", "accepted")])).toBe("has_it");
    expect(lastWordOf([heard("payment.find", "pending"), heard("payment.cancel", "cancelled")])).toBe(
      "has_it",
    );
    expect(lastWordOf([{ direction: "sent", kind: "payment.find", outcome: null }])).toBe("nothing");
  });
});

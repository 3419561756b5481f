import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../platform/clock.ts";
import { template } from "./index.ts";

const connector = template.create({
  config: {
    ...template.settings.parse({ connector: "template", baseUrl: "https://bank.example" }),
    id: "new",
    name: { en: "New Bank", zh: "新银行" },
    timeZone: "UTC",
    custodyAccounts: [],
  },
  clock: systemClock,
  logger: pino({ level: "silent" }),
});
const access = {
  bankConsentId: "c",
  accessToken: "t",
  refreshToken: null,
  expiresAt: "2099-01-01T00:00:00Z",
};
const account = { resourceId: "r", currency: "EUR" };
const order = {
  reference: "JQ1",
  requestId: "1",
  debtorIban: "a",
  creditorIban: "b",
  creditorName: "n",
  amountMinor: 1n,
  currency: "EUR",
  remittance: "",
  returnUrl: "https://wallet.example",
  noticeUrl: "https://wallet.example",
};

describe("the template", () => {
  it("declares nothing", () => {
    const { executionWindowMs, ...can } = connector.capabilities;
    expect(Object.values(can)).toEqual([false, false, false, false, false]);
    expect(executionWindowMs).toBeGreaterThan(0);
  });

  it("refuses as the interface says, and claims nothing about money", async () => {
    const unavailable = { code: "bank.unavailable" };
    await expect(connector.consentStatus("c")).rejects.toMatchObject(unavailable);
    await expect(connector.balance(access, account, null)).rejects.toMatchObject(unavailable);
    await expect(connector.custodyStatement(account, "2026-01-01")).rejects.toMatchObject(unavailable);
    expect(await connector.initiatePayment(order, null)).toMatchObject({ outcome: "not_sent" });
    expect(await connector.paymentStatus("p", "EUR")).toMatchObject({ outcome: "unknown" });
    expect(await connector.cancelPayment("p", "EUR")).toBe("unknown");
    expect(await connector.findPayment("JQ1", account, "2026-01-01")).toMatchObject({ found: "unknown" });
  });
});

import { expect, test } from "vitest";
import type { LinkedAccount } from "../../api.ts";
import { accountName, endsSoon } from "./account-row.tsx";

const account = (part: Partial<LinkedAccount>): LinkedAccount => ({
  id: "lac_01jd8c0v5k3m7q9r2t4w6x8y0z",
  consentId: "cns_01jd8c0v5k3m7q9r2t4w6x8y0z",
  bindingId: null,
  bankId: "harbour",
  bankName: { en: "Harbour Bank", zh: "海港银行" },
  name: "Everyday account",
  ownerName: null,
  maskedNumber: "•• 3021",
  currency: "CNY",
  status: "active",
  consentValidUntil: "2026-12-06",
  balance: null,
  balanceAsOf: null,
  showsBalance: true,
  ...part,
});
const now = new Date("2026-11-22T12:00:00Z");

test("a permission is called to mind two weeks before its last day", () => {
  expect(endsSoon(account({ consentValidUntil: "2026-12-05" }), now)).toBe(true);
  expect(endsSoon(account({ consentValidUntil: "2026-12-07" }), now)).toBe(false);
  expect(endsSoon(account({ consentValidUntil: null }), now)).toBe(false);
});

test("what has ended already does not end soon", () => {
  expect(endsSoon(account({ status: "expired", consentValidUntil: "2026-11-20" }), now)).toBe(false);
});

test("an account's masked number stays on one line", () => {
  expect(accountName(account({}))).toBe("Everyday account ••\u00a03021");
});

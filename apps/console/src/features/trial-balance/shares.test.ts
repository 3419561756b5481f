import { expect, test } from "vitest";
import { accountMeaning } from "./accounts.ts";
import { barShares } from "./shares.ts";

const kwd = (amount: string) => ({ amount, currency: "KWD" });

test("bars are drawn in proportion, also for amounts beyond 2^53", () => {
  expect(barShares([kwd("90071992547409930.000"), kwd("45035996273704965.000")])).toEqual([1000, 500]);
  expect(barShares([kwd("0.000"), kwd("0.000")])).toEqual([0, 0]);
  expect(barShares([kwd("-5.000"), kwd("5.000")])).toEqual([0, 1000]);
});

test("account codes are explained by their prefix, and never by half a word", () => {
  expect(accountMeaning("transit:out:harbour")).toBe("account.transit_out");
  expect(accountMeaning("customer:cus_1")).toBe("account.customer");
  expect(accountMeaning("customer")).toBe("account.customer");
  expect(accountMeaning("customers-own")).toBeUndefined();
});

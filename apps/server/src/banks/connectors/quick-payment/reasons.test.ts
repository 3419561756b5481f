import { expect, test } from "vitest";
import { reasonOf as berlinGroup } from "../berlin-group/reasons.ts";
import { reasonOf as iso20022 } from "../iso20022-files/reasons.ts";
import { reasonOf as ukOpenBanking } from "../uk-open-banking/reasons.ts";
import { reasonOf } from "./reasons.ts";

test("a card without enough money is told as in every other dialect", () => {
  const said = reasonOf("INSUFFICIENT_FUNDS");
  expect(said).toEqual(iso20022("AM04"));
  expect(said).toEqual(berlinGroup("AM04"));
  expect(said).toEqual(ukOpenBanking("AM04"));
  expect(berlinGroup("FUNDS_NOT_AVAILABLE").text).toEqual(said.text);
});

test("that the operator's account is short is not said of the customer's", () => {
  const said = reasonOf("MERCHANT_FUNDS");
  expect(said.code).toBe("AM04");
  expect(said.text).not.toEqual(reasonOf("INSUFFICIENT_FUNDS").text);
  expect(said.text.en).toContain("Your bank account is not the reason");
});

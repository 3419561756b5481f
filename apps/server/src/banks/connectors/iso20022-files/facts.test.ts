import { describe, expect, test } from "vitest";
import {
  type Facts,
  type Movement,
  type OwnOrder,
  type StatusFact,
  verdictOn,
  type Whereabouts,
} from "./facts.ts";

const collection: OwnOrder = {
  kind: "direct_debit",
  reference: "JQ1",
  messageId: "M1",
  amountMinor: 1_250n,
  currency: "EUR",
};
const payout: OwnOrder = { ...collection, kind: "credit_transfer" };

const said = (status: string, code: string | null = null, messageId = "M1"): StatusFact => ({
  messageId,
  endToEndId: "JQ1",
  status,
  code,
});
const line = (changes: Partial<Movement> = {}): Movement => ({
  endToEndId: "JQ1",
  booked: true,
  direction: "credit",
  amountMinor: 1_250n,
  currency: "EUR",
  returned: null,
  ...changes,
});
type Said = Partial<Pick<Facts, "statuses" | "movements" | "returns" | "resolutions">>;
const verdict = (facts: Said, where: Whereabouts = "to-bank/archive", own: OwnOrder = collection) =>
  verdictOn(own, where, { statuses: [], movements: [], returns: [], resolutions: [], ...facts });

describe("what became of an order, whatever came first", () => {
  test.each<[string, Whereabouts, string, string]>([
    ["left where the bank takes files from", "to-bank", "accepted", "HANDED_OVER"],
    ["fetched by the bank", "to-bank/archive", "accepted", "RCVD"],
    ["put aside by the bank as unreadable", "to-bank/rejected", "rejected", "RJCT"],
    ["taken back by us", "to-bank/withdrawn", "rejected", "CANC"],
  ])("%s", (_name, where, outcome, bankStatus) => {
    expect(verdict({}, where)).toMatchObject({ outcome, bankStatus });
  });

  test("a file that is nowhere is not said to have failed", () => {
    expect(verdict({}, "nowhere").outcome).toBe("unknown");
  });

  test.each([
    [["ACTC", "ACSP"], "ACSP"],
    [["ACSP", "ACTC"], "ACSP"],
    [["ACSC", "RCVD", "ACCP"], "ACSC"],
  ])("reports in the order %j give %s", (statuses, bankStatus) => {
    expect(verdict({ statuses: statuses.map((status) => said(status)) })).toEqual({
      outcome: "accepted",
      bankStatus,
    });
  });

  test("a report that comes after the booking does not take it back", () => {
    expect(verdict({ movements: [line()], statuses: [said("ACTC")] })).toMatchObject({ bankStatus: "ACSC" });
  });

  test("the same booking in camt.052, camt.054 and camt.053 is one booking", () => {
    expect(verdict({ movements: [line(), line(), line()] })).toMatchObject({ bankStatus: "ACSC" });
  });

  test("a pending line is no booking", () => {
    expect(verdict({ movements: [line({ booked: false })] })).toMatchObject({ bankStatus: "RCVD" });
  });

  test("a refusal is stated with its code", () => {
    expect(verdict({ statuses: [said("ACTC"), said("RJCT", "AM04")] })).toEqual({
      outcome: "rejected",
      bankStatus: "RJCT",
      code: "AM04",
    });
  });

  test.each(["AM05", "DU01", "DU04"])("refused as a duplicate (%s): the first one stands", (code) => {
    expect(verdict({ statuses: [said("ACSP"), said("RJCT", code)] })).toMatchObject({ outcome: "accepted" });
  });

  test("what was said of an earlier order under the same reference does not count", () => {
    expect(verdict({ statuses: [said("RJCT", "AM04", "M0")] })).toMatchObject({ bankStatus: "RCVD" });
  });

  test.each<[string, Said, OwnOrder]>([
    ["a debit of a collection", { movements: [line(), line({ direction: "debit" })] }, collection],
    [
      "with its reason",
      { movements: [line(), line({ direction: "debit", returned: { code: "MD06" } })] },
      collection,
    ],
    ["the return before the booking", { movements: [line({ direction: "debit" })] }, collection],
    [
      "a credit of a payout",
      { movements: [line({ direction: "debit" }), line({ returned: { code: "AC04" } })] },
      payout,
    ],
    ["pacs.004", { movements: [line()], returns: [{ endToEndId: "JQ1", code: "AC06" }] }, collection],
  ])("what comes back was paid first, and comes back by the statement: %s", (_name, facts, own) => {
    expect(verdict(facts, "to-bank/archive", own)).toEqual({ outcome: "accepted", bankStatus: "ACSC" });
  });

  test("another amount than ordered is for people to look at", () => {
    expect(verdict({ movements: [line({ amountMinor: 1_249n })] }).outcome).toBe("unknown");
  });

  test("a bank that both refuses and books is for people to look at", () => {
    expect(verdict({ movements: [line()], statuses: [said("RJCT", "AM04")] }).outcome).toBe("unknown");
  });

  test("a recall that the bank grants ends the payment; one that it refuses changes nothing", () => {
    expect(verdict({ resolutions: [{ endToEndId: "JQ1", status: "ACCR" }] })).toMatchObject({
      bankStatus: "CANC",
    });
    expect(verdict({ resolutions: [{ endToEndId: "JQ1", status: "RJCR" }] })).toMatchObject({
      bankStatus: "RCVD",
    });
  });
});

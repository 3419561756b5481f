import { describe, expect, it } from "vitest";
import { accountTree } from "./tree.ts";

const money = (amount: string) => ({ amount, currency: "CNY" });
const row = (account: string) => ({
  account,
  kind: "asset" as const,
  accounts: 1,
  debit: money("1.00"),
  credit: money("0.00"),
});
const tree = (rows: string[], branches: string[]) =>
  accountTree({ rows: rows.map(row), branches: branches.map(row) }).map(
    ({ account, depth, branch }) => `${"  ".repeat(depth)}${account}${branch ? " Σ" : ""}`,
  );

describe("account tree", () => {
  it("puts accounts under the branches that sum more than one of them", () => {
    expect(
      tree(
        ["transit:out:harbour", "custody:harbour", "customer:*", "transit:in:harbour", "bank-fees"],
        ["transit", "transit:in", "transit:out", "custody", "customer"],
      ),
    ).toEqual([
      "bank-fees",
      "custody:harbour",
      "customer:*",
      "transit Σ",
      "  transit:in:harbour",
      "  transit:out:harbour",
    ]);
  });

  it("names a sum once, by its longest name", () => {
    expect(tree(["fx:position:EUR/CNY", "fx:position:GBP/CNY"], ["fx", "fx:position"])).toEqual([
      "fx:position Σ",
      "  fx:position:EUR/CNY",
      "  fx:position:GBP/CNY",
    ]);
    expect(tree(["fx:margin", "fx:position:EUR/CNY", "fx:position:GBP/CNY"], ["fx", "fx:position"])).toEqual([
      "fx Σ",
      "  fx:margin",
      "  fx:position Σ",
      "    fx:position:EUR/CNY",
      "    fx:position:GBP/CNY",
    ]);
  });

  it("keeps every account, whatever its code", () => {
    const codes = ["fees:a", "fees-other", "fees:b", "rounding"];
    expect(tree(codes, ["fees"]).map((text) => text.trim())).toEqual([
      "fees Σ",
      "fees:a",
      "fees:b",
      "fees-other",
      "rounding",
    ]);
  });
});

import type { CheckoutResult } from "@jinqiao/contract";
import { expect, it } from "vitest";
import { openResult, signResult } from "./checkout-result.ts";

const result: CheckoutResult = {
  checkoutSession: "cs_01jd8c0v5k3m7q9r2t4w6x8y0z",
  status: "paid",
  amount: { amount: "165.88", currency: "GBP" },
  reference: "订单 7",
  at: "2026-11-22T08:30:00.000Z",
};

it("a result is read with the secret it was signed with, and with the earlier one while both hold", () => {
  const signed = signResult(result, ["cksec_new", "cksec_old"]);
  expect(openResult(signed, "cksec_new")).toEqual(result);
  expect(openResult(signed, "cksec_old")).toEqual(result);
  expect(openResult(signed, "cksec_other")).toBeUndefined();
});

it("nothing of a result can be changed, and none can be made without the secret", () => {
  const signed = signResult(result, ["cksec_new"]);
  const [content = "", signature = ""] = signed.split(".");
  const dearer = Buffer.from(Buffer.from(content, "base64url").toString().replace("165.88", "1.00")).toString(
    "base64url",
  );
  for (const forged of [
    content,
    `${content}.`,
    `${dearer}.${signature}`,
    `${content}.${signature.slice(0, -2)}`,
    `.${signature}`,
    "",
    "..",
    signResult(result, []),
    signResult(result, ["cksec_guess"]),
  ])
    expect(openResult(forged, "cksec_new")).toBeUndefined();
});

import { expect, test } from "vitest";
import { backTo } from "./session.ts";

test.each([
  ["/payments?status=unknown", { next: "/payments?status=unknown" }],
  ["/breaks/brk_1", { next: "/breaks/brk_1" }],
  ["/", {}],
  ["//elsewhere.example", {}],
  ["/\\elsewhere.example", {}],
  ["https://elsewhere.example", {}],
  ["javascript:alert(1)", {}],
  ["/sign-in?next=/payments", {}],
  [7, {}],
])("after signing in, %j leads to %j", (next, back) => {
  expect(backTo(next)).toEqual(back);
});

import { expect, test } from "vitest";
import { safeNext } from "./safe-next.ts";

test.each(["/", "/activity", "/activity/pay_1?result=true", "/top-up?account=lac_1#x"])(
  "%s leads on inside the wallet",
  (path) => {
    expect(safeNext(path)).toBe(path);
  },
);

test.each([
  "https://evil.example",
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "javascript:alert(1)",
  "",
  7,
])("%s is dropped", (path) => {
  expect(safeNext(path)).toBeUndefined();
});

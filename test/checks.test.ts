import { expect, test } from "vitest";
import { checks, runCheck } from "../scripts/checks.ts";

// What `npm run check` says, so that CI, which runs the tests, holds it too.
test.each(checks)("$name", { timeout: 300_000 }, async (check) => {
  expect(await runCheck(check)).toBeUndefined();
});

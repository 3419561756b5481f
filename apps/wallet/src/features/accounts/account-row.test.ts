import { expect, test } from "vitest";
import type { LinkedAccount } from "../../api.ts";
import { endsSoon } from "./account-row.tsx";

const account = (status: LinkedAccount["status"], consentValidUntil: string | null) =>
  ({ status, consentValidUntil }) as LinkedAccount;

test.each([
  ["active", "2026-12-06", true],
  ["active", "2026-12-07", false],
  ["active", "2026-11-22", true],
  // A permission that has no end needs no renewal; one that is over has its own words.
  ["active", null, false],
  ["expired", "2026-11-20", false],
] as const)("a permission of an account %s until %s is due for renewal: %s", (status, until, due) =>
  expect(endsSoon(account(status, until), new Date("2026-11-23T12:00:00Z"))).toBe(due),
);

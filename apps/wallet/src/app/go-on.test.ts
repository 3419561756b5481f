import { afterEach, expect, test, vi } from "vitest";
import { goOn } from "./go-on.ts";

afterEach(() => vi.unstubAllGlobals());

function went(next: string | undefined): { assigned: unknown[]; pushed: unknown[] } {
  const assign = vi.fn();
  vi.stubGlobal("location", { assign });
  const push = vi.fn();
  goOn(next, push);
  return { assigned: assign.mock.calls.flat(), pushed: push.mock.calls.flat() };
}

test.each(["/console/merchant", "/console/merchant/payments/pi_1?tab=all"])("%s is loaded", (next) => {
  expect(went(next)).toEqual({ assigned: [next], pushed: [] });
});

test.each([undefined, "/activity", "/console/merchants-of-evil", "/console/"])(
  "%s stays in the wallet",
  (next) => {
    expect(went(next)).toEqual({ assigned: [], pushed: [next ?? "/"] });
  },
);

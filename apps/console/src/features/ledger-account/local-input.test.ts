import { describe, expect, it } from "vitest";
import { fromLocalInput, toLocalInput } from "./local-input.ts";

describe("the field for a moment", () => {
  it("means the whole second that was typed", () => {
    const at = fromLocalInput("2026-11-22T12:00:05") ?? "";
    expect(new Date(at).getMilliseconds()).toBe(999);
    expect(toLocalInput(at)).toBe("2026-11-22T12:00:05");
  });

  it("takes minutes without seconds, as browsers write a full minute", () => {
    expect(toLocalInput(fromLocalInput("2026-11-22T12:00") ?? "")).toBe("2026-11-22T12:00:00");
  });

  it("is nothing while it is not whole", () => {
    expect(fromLocalInput("")).toBeUndefined();
    expect(fromLocalInput("2026-11")).toBeUndefined();
  });
});

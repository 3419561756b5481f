import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeConsumerCode } from "./consumer.ts";
import {
  payCodeAge,
  payCodeCheck,
  payCodeDigits,
  payCodeMessage,
  payCodeMoment,
  payCodeQr,
  readPayCode,
} from "./pay-code.ts";

const digitsOf = (length: number) =>
  fc.integer({ min: 0, max: 10 ** length - 1 }).map((number) => String(number).padStart(length, "0"));
const made = fc.integer({ min: 1_700_000_000_000, max: 4_000_000_000_000 });

describe("a payer's code of digits", () => {
  it("is read as it was made, typed with spaces or scanned, up to twenty minutes later", () => {
    fc.assert(
      fc.property(
        digitsOf(9),
        digitsOf(2),
        digitsOf(8),
        made,
        fc.integer({ min: -60, max: 1_200 }),
        (handle, suffix, check, at, later) => {
          const code = { handle, moment: payCodeMoment(at), suffix, check };
          const digits = payCodeDigits(code);
          expect(digits).toMatch(/^76\d{22}$/);
          const now = at + later * 1_000;
          for (const text of [digits, digits.replace(/(.{4})/g, "$1 ").trim(), payCodeQr(digits)])
            expect(readPayCode(text, now)).toEqual(code);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("tells its age to five seconds, and that of a phone whose clock is ahead as below zero", () => {
    const moment = payCodeMoment(1_800_000_003_000);
    expect(payCodeAge({ moment }, 1_800_000_063_000)).toBe(63);
    expect(payCodeAge({ moment }, 1_799_999_990_000)).toBe(-10);
  });

  it("has check digits of the whole moment, so that the same end of an hour later does not fit", () => {
    const check = (moment: number) =>
      payCodeCheck(
        createHmac("sha256", Buffer.alloc(32, 7))
          .update(payCodeMessage("123456789", moment, "00"))
          .digest(),
      );
    expect(check(360_000_001)).toMatch(/^\d{8}$/);
    expect(check(360_000_001)).not.toBe(check(360_001_001));
  });

  it("is not taken from another wallet's code, other digits or nonsense", () => {
    const other = encodeConsumerCode({
      applications: [{ aid: "A0000000555555", label: "OTHER", lastDigits: undefined, objects: [] }],
      common: [],
    });
    for (const text of ["", "76", "1234", other, "hQVDUFYwMbroken", "28".padEnd(24, "1")])
      expect(readPayCode(text, 1_800_000_000_000)).toBeUndefined();
  });
});

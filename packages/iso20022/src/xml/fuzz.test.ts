import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Iso20022Error, readAllStatements, readPaymentStatus } from "../index.ts";
import { vector } from "../testing/samples.ts";

const statement = vector("samples/camt.054.001.04.ch.xml");
const report = vector("samples/pain.002.001.03.ch.xml");

/** Reads, and lets only refusals with a place through. */
async function outcome(read: Promise<unknown>): Promise<"read" | "refused"> {
  try {
    await read;
    return "read";
  } catch (error) {
    if (error instanceof Iso20022Error && error.line > 0 && error.column > 0) return "refused";
    throw error;
  }
}

describe("a damaged file", () => {
  it("that was cut off anywhere is refused", async () => {
    // The closing tag of the root is the last thing; without any of it the file is partial.
    const end = statement.lastIndexOf(">");
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: end }), async (length) => {
        expect(await outcome(readAllStatements(statement.subarray(0, length)))).toBe("refused");
      }),
      { numRuns: 200 },
    );
  });

  it("with bytes changed is read or refused, and nothing else happens", async () => {
    const change = fc.tuple(fc.nat({ max: statement.length - 1 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 20 }), async (changes) => {
        const bytes = Buffer.from(statement);
        for (const [at, value] of changes) bytes[at] = value;
        await outcome(readAllStatements(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it("with parts doubled or taken out is read or refused, and nothing else happens", async () => {
    const place = fc.nat({ max: report.length });
    await fc.assert(
      fc.asyncProperty(place, place, fc.boolean(), async (one, other, isDoubled) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const middle = isDoubled ? [report.subarray(from, to), report.subarray(from, to)] : [];
        const bytes = Buffer.concat([report.subarray(0, from), ...middle, report.subarray(to)]);
        await outcome(readPaymentStatus(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it("of random bytes is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        expect(await outcome(readAllStatements(bytes))).toBe("refused");
      }),
      { numRuns: 200 },
    );
  });
});

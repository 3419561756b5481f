import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConsumerCode, type DataObject, decodeConsumerCode, encodeConsumerCode } from "./consumer.ts";
import { QrError } from "./qr-error.ts";
import { readCode } from "./read.ts";

const bytes = (most: number) => fc.uint8Array({ minLength: 1, maxLength: most });
const hex = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((list) => Buffer.from(list).toString("hex").toUpperCase());
const codes: fc.Arbitrary<ConsumerCode> = fc.record({
  applications: fc.array(
    fc.record({
      aid: hex(7),
      label: fc.option(fc.constantFrom("Jinqiao", "Debit"), { nil: undefined }),
      lastDigits: fc.option(hex(2), { nil: undefined }),
      objects: fc.constantFrom([], [{ tag: "63", value: Uint8Array.of(0xdf, 0x01, 0x01, 0x07) }]),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  common: fc.oneof(
    fc.constant<DataObject[]>([]),
    bytes(150).map((value) => [{ tag: "9F26", value }]),
  ),
});

describe("a payer's code", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(codes, (code) => {
        const read = readCode(encodeConsumerCode(code));
        expect(read.kind).toBe("consumer");
        expect(read).toMatchObject({ code });
      }),
    );
  });
  it("begins as the specification says: 85 05 CPV01", () => {
    const text = encodeConsumerCode({
      applications: [{ aid: "A0000000555555", label: undefined, lastDigits: undefined, objects: [] }],
      common: [],
    });
    expect(Buffer.from(text, "base64").toString("hex")).toBe("8505435056303161094f07a0000000555555");
  });
  it.each([
    ["hQVDUFYwMWE", "not_readable"],
    [Buffer.from("8505435056303161", "hex").toString("base64"), "cut_off"],
    [Buffer.from("85054350563031", "hex").toString("base64"), "not_readable"],
    [Buffer.from("850543505630316100", "hex").toString("base64"), "field_missing"],
    [Buffer.from("8505435056303161094f07a00000005555", "hex").toString("base64"), "cut_off"],
    [Buffer.from("8505435056303162820100", "hex").toString("base64"), "bad_length"],
  ])("%s is refused or names what is missing", (text) => {
    expect(() => decodeConsumerCode(text)).toThrow(QrError);
  });
  it("no bytes make it fail otherwise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
        const text = Buffer.concat([
          Buffer.from("850543505630", "hex"),
          Buffer.from("31", "hex"),
          tail,
        ]).toString("base64");
        try {
          decodeConsumerCode(text);
        } catch (error) {
          expect(error).toBeInstanceOf(QrError);
        }
      }),
    );
  });
});

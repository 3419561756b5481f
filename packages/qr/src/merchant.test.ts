import { generateKeyPairSync, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { currencyCodes, exponentOf, numberOf } from "@jinqiao/money";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksumOf } from "./crc.ts";
import { decodeMerchantCode, encodeMerchantCode, type MerchantCode } from "./merchant.ts";
import { QrError } from "./qr-error.ts";
import { readCode } from "./read.ts";
import { judgeMerchantCode, signMerchantCode } from "./signature.ts";
import type { Field } from "./tlv.ts";

type Sample = { name: string; payload: string; crc_ok: boolean };
const samples = JSON.parse(
  readFileSync(new URL("../../../vectors/emvco-qr/samples.json", import.meta.url), "utf8"),
) as Sample[];

const problemOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof QrError) return error.problem;
    throw error;
  }
  return "none";
};
const sealed = (fields: string) => `${fields}6304${checksumOf(`${fields}6304`)}`;
const base = "000201021640000000000000005204541153031565802CN5902AB6002CD";

describe("published samples", () => {
  const schemes: Record<string, string[]> = {
    "EMVCo MPM spec sample": [],
    "Pix BCB manual sample": ["pix"],
    "Pix dynamic MercadoPago": ["pix"],
    "PayNow UEN": ["paynow"],
    "DuitNow MY": ["duitnow"],
    "DuitNow MY 2": ["duitnow"],
    "JP MPM": ["unionpay"],
  };
  it.each(samples.filter(({ crc_ok }) => crc_ok))(
    "$name is read, and written again says the same",
    ({ name, payload }) => {
      const read = readCode(payload);
      expect(read.kind).toBe("merchant");
      expect(read.schemes.map(({ id }) => id)).toEqual(schemes[name]);
      const { code } = read as { code: MerchantCode };
      expect(decodeMerchantCode(encodeMerchantCode(code))).toEqual(code);
    },
  );
  it.each(samples.filter(({ crc_ok }) => !crc_ok))(
    "$name is refused: its checksum is wrong",
    ({ payload }) => {
      expect(problemOf(() => readCode(payload))).toBe("checksum_wrong");
    },
  );
  it("counts characters, not bytes, and reads every field of the specification's sample", () => {
    expect(decodeMerchantCode(samples[0]?.payload ?? "")).toMatchObject({
      initiation: "dynamic",
      category: "4111",
      currency: "CNY",
      amount: 2372n,
      tip: { kind: "asked" },
      name: "BEST TRANSPORT",
      city: "BEIJING",
      translated: { language: "ZH", name: "最佳运输", city: "北京" },
      additional: { storeLabel: "1234", customerLabel: "***", terminalLabel: "A6008667", dataRequest: "ME" },
    });
  });
});

describe("what is wrong is named", () => {
  it.each([
    ["hello", "not_a_payment_code"],
    ["", "not_readable"],
    [base, "no_checksum"],
    [sealed(base).replace("AB", "AC"), "checksum_wrong"],
    [sealed(`${base}5802CN`), "tag_twice"],
    [sealed(`${base}61`), "cut_off"],
    [sealed(`${base}6100`), "bad_length"],
    [sealed(`${base}61990`), "cut_off"],
    [sealed(base.replace("5902AB", "")), "field_missing"],
    [sealed(base.replace("5303156", "5303000")), "field_wrong"],
    [sealed(`${base}54041.234`.replace("54041.234", "54051.234")), "field_wrong"],
    [sealed(`${base}5403-10`), "field_wrong"],
    [sealed(`${base}5503abc`), "field_wrong"],
    [sealed(`${base}26050101x`), "field_missing"],
    [`000201${"2699".padEnd(103, "0")}`.repeat(6), "too_long"],
  ])("%s → %s", (payload, problem) => {
    expect(problemOf(() => readCode(payload))).toBe(problem);
  });
  it.each([
    ["5404", "12.5", 1250n],
    ["5403", "12.", 1200n],
    ["5405", "00.10", 10n],
    ["5404", "0.00", undefined],
    ["5406", "1.5000", 150n],
  ])("amount %s%s is %s", (head, text, minor) => {
    expect(decodeMerchantCode(sealed(`${base}${head}${text}`)).amount).toBe(minor);
  });
});

const text = (most: number) =>
  fc
    .array(fc.constantFrom(..."ABCabc 019金桥茶馆龙👍é&-."), { minLength: 1, maxLength: most })
    .map((signs) => signs.join(""));
const digits = (length: number) =>
  fc
    .array(fc.constantFrom(..."0123456789"), { minLength: length, maxLength: length })
    .map((list) => list.join(""));
const template = (tag: string) =>
  fc.record({
    tag: fc.constant(tag),
    owner: fc.constantFrom("sg.paynow", "org.jinqiao", "A000000677010111"),
    fields: fc.constant<Field[]>([{ tag: "01", value: "x" }]),
  });
const money = fc.constantFrom(
  ...currencyCodes.filter((code) => numberOf(code) !== "" && exponentOf(code) <= 3),
);
const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const codes: fc.Arbitrary<MerchantCode> = fc.record({
  initiation: fc.constantFrom("static", "dynamic", undefined),
  accounts: fc.tuple(fc.record({ tag: fc.constant("02"), value: digits(16) }), template("29")),
  category: digits(4),
  currency: money,
  amount: optional(fc.bigInt({ min: 1n, max: 999_999_999n })),
  tip: optional(
    fc.oneof(
      fc.constant({ kind: "asked" as const }),
      fc.record({ kind: fc.constant("fixed" as const), amount: fc.bigInt({ min: 1n, max: 9_999n }) }),
      fc.record({ kind: fc.constant("share" as const), basisPoints: fc.integer({ min: 1, max: 10_000 }) }),
    ),
  ),
  country: fc.constantFrom("CN", "SG", "BR"),
  name: text(25),
  city: text(15),
  postalCode: optional(digits(6)),
  additional: optional(fc.record({ reference: text(20), billNumber: text(9) })),
  translated: optional(
    fc.record({ language: fc.constantFrom("ZH", "EN"), name: text(25), city: optional(text(15)) }),
  ),
  own: fc.constantFrom([], [{ tag: "91", owner: "shop.example", fields: [] }]),
  reserved: fc.constant([]),
});

describe("for every code", () => {
  it("what is written is read as the same, Chinese names included", () => {
    fc.assert(
      fc.property(codes, (code) => {
        expect(decodeMerchantCode(encodeMerchantCode(code))).toEqual(code);
      }),
      { numRuns: 300 },
    );
  });
  it("no text at all makes it fail otherwise than by a QrError", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map(sealed),
          fc.string().map((tail) => sealed(base + tail)),
        ),
        (payload) => {
          problemOf(() => readCode(payload));
        },
      ),
      { numRuns: 1_000 },
    );
  });
  it("one changed character is noticed", () => {
    const payload = samples[0]?.payload ?? "";
    fc.assert(
      fc.property(fc.nat(payload.length - 1), fc.constantFrom(..."0189AZ"), (at, sign) => {
        fc.pre(payload[at] !== sign);
        expect(problemOf(() => readCode(payload.slice(0, at) + sign + payload.slice(at + 1)))).not.toBe(
          "none",
        );
      }),
    );
  });
});

describe("our signature", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const key = { id: "k1", sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
  const known = (keyId: string, signature: Uint8Array, bytes: Uint8Array) =>
    keyId === "k1" && verify(null, bytes, publicKey, signature);
  const shop: MerchantCode = {
    initiation: "static",
    accounts: [{ tag: "26", owner: "org.jinqiao", fields: [{ tag: "01", value: "mer_1" }] }],
    category: "5411",
    currency: "CNY",
    amount: undefined,
    tip: undefined,
    country: "CN",
    name: "金桥茶馆",
    city: "北京",
    postalCode: undefined,
    additional: undefined,
    translated: undefined,
    own: [],
    reserved: [],
  };
  it("tells the genuine code from one whose payee was exchanged, and from one that has none", async () => {
    const genuine = decodeMerchantCode(encodeMerchantCode(await signMerchantCode(shop, key)));
    expect(await judgeMerchantCode(genuine, known)).toEqual({ verdict: "genuine", keyId: "k1" });
    const pasted = {
      ...genuine,
      accounts: [{ tag: "26", owner: "org.jinqiao", fields: [{ tag: "01", value: "mer_2" }] }],
    };
    expect(await judgeMerchantCode(pasted, known)).toEqual({ verdict: "forged" });
    expect(await judgeMerchantCode({ ...genuine, amount: 1n }, known)).toEqual({ verdict: "forged" });
    expect(await judgeMerchantCode(shop, known)).toEqual({ verdict: "unsigned" });
    expect(await judgeMerchantCode(genuine, () => false)).toEqual({ verdict: "forged" });
  });
});

import { describe, expect, it } from "vitest";
import { compareNames } from "./name-matching.ts";
import { createPayeeVerifier } from "./payee-verification.ts";

describe("comparing names", () => {
  it.each([
    // The same name, written otherwise.
    ["Emma Clarke", "Emma Clarke", "match"],
    ["emma  CLARKE", "Emma Clarke", "match"],
    ["Clarke, Emma", "EMMA CLARKE", "match"],
    ["Ms Emma Clarke", "Emma Clarke", "match"],
    ["Prof. Dr. Jürgen Groß", "GROSS JUERGEN", "match"],
    ["Jurgen Gross", "Jürgen Groß", "match"],
    ["Siobhán O'Brien", "SIOBHAN OBRIEN", "match"],
    ["José María García-López", "Jose Maria Garcia Lopez", "match"],
    ["Jan van den Berg", "Jan Vandenberg", "match"],
    ["Søren Kjær", "Soren Kjaer", "match"],
    ["Łukasz Wójcik", "Lukasz Wojcik", "match"],
    ["Žofie Dvořáková", "ZOFIE DVORAKOVA", "match"],
    ["Ｅｍｍａ　Ｃｌａｒｋｅ", "Emma Clarke", "match"],
    ["林晓", "林晓", "match"],
    ["林 晓", "林晓", "match"],
    ["林晓女士", "林晓", "match"],
    ["欧阳·娜娜", "欧阳娜娜", "match"],
    ["陈静 Chen Jing", "陈静", "match"],
    ["陈静 Chen Jing", "CHEN JING", "match"],
    ["Chen Jing", "Jing Chen", "match"],
    ["Αλέξης Παππάς", "ΑΛΕΞΗΣ ΠΑΠΠΑΣ", "match"],
    ["Олена Шевченко", "ШЕВЧЕНКО ОЛЕНА", "match"],
    // Nearly the same.
    ["Ema Clarke", "Emma Clarke", "close_match"],
    ["Emma Clakre", "Emma Clarke", "close_match"],
    ["E. Clarke", "Emma Clarke", "close_match"],
    ["Anna Novak", "Anna Maria Novak", "close_match"],
    ["欧阳娜娜", "欧阳娜", "close_match"],
    ["王小明", "王晓明", "close_match"],
    // Somebody else.
    ["Emma Clarke", "Oliver Stone", "no_match"],
    ["Emma Clarke", "Emma Stone", "no_match"],
    ["Emma Clarke", "E J Clarke", "no_match"],
    ["Emma", "Emma Clarke", "no_match"],
    ["Ann Lee", "Jan Lee", "no_match"],
    ["王磊", "王雷", "no_match"],
    ["林晓", "王磊", "no_match"],
    ["陈静 Chen Jing", "王磊 Chen Jing", "no_match"],
    // Nothing that could be compared.
    ["林晓", "Lin Xiao", "not_possible"],
    ["Lin Xiao", "林晓", "not_possible"],
    ["", "Emma Clarke", "not_possible"],
    ["Mr.", "Emma Clarke", "not_possible"],
    ["12345", "Emma Clarke", "not_possible"],
    ["😀", "林晓", "not_possible"],
  ] as const)("%s · %s: %s", (written, held, result) => {
    expect(compareNames(written, held)).toBe(result);
    expect(compareNames(held, written)).toBe(result);
  });

  it("answers long and odd input at once", () => {
    const long = "a".repeat(140);
    expect(compareNames(long, long)).toBe("match");
    expect(compareNames(Array(70).fill("a").join(" "), "b ".repeat(70))).toBe("no_match");
  });
});

describe("verifying a payee", () => {
  const payee = { name: "Ema Clarke", iban: "DE00", currency: "EUR", holderName: "Emma Clarke" };

  it("compares here where the bank only gives names, and shows its spelling only when it is close", async () => {
    const verifier = createPayeeVerifier({});
    expect(await verifier.verify(payee)).toEqual({
      result: "close_match",
      bankSpelling: "Emma Clarke",
      by: "name_comparison",
    });
    expect(await verifier.verify({ ...payee, name: "Oliver Stone" })).toEqual({
      result: "no_match",
      bankSpelling: null,
      by: "name_comparison",
    });
    expect(await verifier.verify({ ...payee, holderName: null })).toMatchObject({ result: "not_possible" });
  });

  it("takes the bank's word where it verifies; silence, late answers and failures are not possible to tell", async () => {
    const say = (answer: () => Promise<{ result: "match" | "no_match"; bankSpelling: string | null }>) =>
      createPayeeVerifier({ verifyPayee: answer }, { waitMs: 20 }).verify(payee);
    expect(await say(async () => ({ result: "match", bankSpelling: null }))).toMatchObject({
      result: "match",
      by: "bank",
    });
    expect(await say(async () => ({ result: "no_match", bankSpelling: "Oliver Stone" }))).toEqual({
      result: "no_match",
      bankSpelling: null,
      by: "bank",
    });
    expect(await say(() => Promise.reject(new Error("down")))).toMatchObject({ result: "not_possible" });
    expect(await say(() => new Promise(() => {}))).toMatchObject({ result: "not_possible" });
  });
});

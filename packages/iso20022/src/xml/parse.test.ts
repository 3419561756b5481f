import { describe, expect, it } from "vitest";
import { Iso20022Error, identify, readAllStatements } from "../index.ts";

const statement = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-01-01T00:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>S</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>${inside}</Stmt></BkToCstmrStmt></Document>`;
const named = (name: string) => statement(`<AddtlStmtInf>${name}</AddtlStmtInf>`);

async function refusal(source: string | Uint8Array): Promise<Iso20022Error> {
  try {
    await readAllStatements(source);
  } catch (error) {
    if (error instanceof Iso20022Error) return error;
    throw error;
  }
  throw new Error("the file was read");
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("a hostile file is refused", () => {
  const entities = Array.from(
    { length: 10 },
    (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
  );
  it.each([
    ["an entity bomb", `<!DOCTYPE x [<!ENTITY e0 "boom">${entities.join("")}]><Document>&e10;</Document>`],
    ["an external entity", `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Document>&f;</Document>`],
    ["an external document type", `<!DOCTYPE Document SYSTEM "http://localhost/x.dtd"><Document/>`],
    ["a parameter entity", `<!DOCTYPE x [<!ENTITY % p SYSTEM "http://localhost/p">%p;]><Document/>`],
  ])("%s", async (_, file) => {
    expect((await refusal(file)).code).toBe("documentType");
  });

  it("entities that nobody has defined", async () => {
    expect((await refusal(named("&xxe;"))).code).toBe("notWellFormed");
  });

  it.each([
    ["a million nested elements", "<a>".repeat(1_000_000), "64 levels"],
    ["a text without end", `<Document>${"x".repeat(3_000_000)}`, "a text"],
    ["a comment without end", `<Document><!--${"x".repeat(3_000_000)}`, "a comment"],
    ["a name without end", `<${"x".repeat(3_000_000)}`, "a name"],
    ["a long name", `<Document><${"x".repeat(1000)}/></Document>`, "a name"],
    ["a document type without end", `<!DOCTYPE ${"x".repeat(3_000_000)}`, "a name"],
    [
      "attributes without end",
      `<Document ${Array.from({ length: 9_999 }, (_, n) => `a${n}=""`).join(" ")}/>`,
      "attributes",
    ],
    ["a record without end", statement("<Bal/>".repeat(300_000)), "elements"],
  ])("%s", async (_, file, limit) => {
    const error = await refusal(file);
    expect(error).toMatchObject({ code: "tooLarge", message: expect.stringContaining(limit) });
  });

  it("a file longer than allowed", async () => {
    await expect(readAllStatements(named("x"), { maxLength: 100 })).rejects.toMatchObject({
      code: "tooLarge",
    });
  });
});

describe("a broken file is told apart, with its place", () => {
  it.each([
    ["cut off inside an element", named("x").slice(0, -30), "truncated", /inside Stmt/],
    ["cut off inside a tag", named("x").slice(0, 300), "truncated", /^line 4, /],
    [
      "cut off before its first element",
      `<?xml version="1.0"?>\n<Docu`,
      "truncated",
      /before its first element/,
    ],
    ["empty", "", "truncated", /empty/],
    ["crossed tags", named("<b>\n</c>"), "notWellFormed", /^line 5, /],
    ["followed by something", `${named("x")}<more/>`, "notWellFormed", /./],
    ["no XML at all", ":20:STARTUMS", "notWellFormed", /^line 1, /],
    ["other XML", "<html><body/></html>", "notIso20022", /html/],
    ["a Document of others", `<Document xmlns="urn:x"><a/></Document>`, "notIso20022", /urn:x/],
    [
      "another message",
      `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn/></Document>`,
      "otherMessage",
      /pain.001.001.09, not camt/,
    ],
    [
      "the wrong content",
      named("x").replaceAll("BkToCstmrStmt", "CstmrPmtStsRpt"),
      "notIso20022",
      /cannot begin/,
    ],
  ])("%s", async (_, file, code, message) => {
    const error = await refusal(file);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.text.zh).toMatch(/[一-鿿].*。$/);
  });

  it("also when the cut goes through a character", async () => {
    const bytes = new TextEncoder().encode(named("金桥"));
    const cut = bytes.indexOf(0xe9) + 1;
    expect((await refusal(bytes.subarray(0, cut))).code).toBe("truncated");
  });
});

describe("the characters of a file", () => {
  const inLatin1 = Buffer.from(named("Müller").replace("UTF-8", "ISO-8859-1"), "latin1");
  const inUtf16 = Buffer.from(`\uFEFF${named("Müller 金桥").replace("UTF-8", "UTF-16")}`, "utf16le");
  const inGb18030 = Buffer.concat([
    Buffer.from(named("|").replace("UTF-8", "GB18030").split("|")[0] as string),
    Buffer.from([0xbd, 0xf0, 0xc7, 0xc5]),
    Buffer.from(named("|").split("|")[1] as string),
  ]);
  it.each([
    ["UTF-8", Buffer.from(named("Müller 金桥")), "Müller 金桥"],
    ["UTF-8 with a byte order mark", Buffer.from(`\uFEFF${named("金桥")}`), "金桥"],
    ["ISO-8859-1", inLatin1, "Müller"],
    ["UTF-16, little end first", inUtf16, "Müller 金桥"],
    ["UTF-16, big end first", Buffer.from(inUtf16).swap16(), "Müller 金桥"],
    ["UTF-16 without a mark", inUtf16.subarray(2), "Müller 金桥"],
    ["GB18030", inGb18030, "金桥"],
    [
      "a decoded text whose declaration tells of its past",
      named("金桥").replace("UTF-8", "ISO-8859-1"),
      "金桥",
    ],
  ])("%s are read, however the bytes come", async (_, source, expected) => {
    const whole = await readAllStatements(source);
    expect(whole.statements[0]?.additionalInformation).toBe(expected);
    if (typeof source === "string") return;
    const single = await readAllStatements(inPieces(source, 1));
    expect(single.statements).toEqual(whole.statements);
  });

  it.each([
    ["an unknown encoding", named("x").replace("UTF-8", "IBM500"), "IBM500"],
    [
      "a mark that contradicts the declaration",
      `\uFEFF${named("x").replace("UTF-8", "ISO-8859-1")}`,
      "claims",
    ],
    ["UTF-16 in name only", named("x").replace("UTF-8", "UTF-16"), "claims"],
  ])("%s is refused", async (_, file, message) => {
    const error = await refusal(Buffer.from(file));
    expect(error).toMatchObject({ code: "encoding", message: expect.stringContaining(message) });
  });

  it("a byte that is none of them is refused, with its line", async () => {
    const bytes = Buffer.from(named("Müller"), "latin1");
    expect(await refusal(bytes)).toMatchObject({ code: "encoding", line: 4 });
  });

  it("EBCDIC is refused", async () => {
    expect(await refusal(Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93]))).toMatchObject({ code: "encoding" });
  });
});

describe("a file is identified by its beginning", () => {
  it.each([
    ["camt.053.001.08", "camt.053", 8],
    ["camt.053.001.02", "camt.053", 2],
  ])("%s", async (identifier, name, version) => {
    const file = named("x").replace("camt.053.001.08", identifier);
    expect(await identify(file)).toEqual({ name, version, identifier });
  });

  it("even if its end is missing", async () => {
    const file = `${named("x").slice(0, 160)}${" ".repeat(200_000)}`;
    expect(await identify(file)).toMatchObject({ name: "camt.053" });
  });

  it("and refused if there is none", async () => {
    await expect(identify("<Document/>")).rejects.toMatchObject({ code: "notIso20022" });
  });
});

import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVault, VaultError } from "./index.ts";

const masterKey = randomBytes(32).toString("base64");
const vault = createVault({ masterKey });
const place = { table: "banks.consent", column: "access", row: "cns_1" };

describe("the vault", () => {
  it("opens what it sealed, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(vault.open(place, vault.seal(place, text))).toBe(Buffer.from(text, "utf8").toString("utf8"));
      }),
    );
    const bytes = randomBytes(1000);
    expect(vault.openBytes(place, vault.seal(place, bytes)).equals(bytes)).toBe(true);
  });

  it("does not open a value that was moved to another row, column or table", () => {
    const sealed = vault.seal(place, "secret");
    for (const elsewhere of [
      { ...place, row: "cns_2" },
      { ...place, column: "secrets" },
      { ...place, table: "banks.statement" },
    ])
      expect(() => vault.open(elsewhere, sealed)).toThrow(VaultError);
  });

  it("does not open a changed value: every single byte counts", () => {
    const sealed = vault.seal(place, "secret");
    const [form, key, payload] = sealed.split(".");
    const bytes = Buffer.from(payload ?? "", "base64url");
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => vault.open(place, `${form}.${key}.${changed.toString("base64url")}`)).toThrow(VaultError);
    }
    for (const wrong of ["", "secret", "v1.x", `v2.${key}.${payload}`, `${sealed}.more`, `v1.${key}.AAAA`])
      expect(() => vault.open(place, wrong)).toThrow(VaultError);
  });

  it("says which key a value needs when the master key is another", () => {
    const other = createVault({ masterKey: randomBytes(32).toString("base64") });
    expect(() => other.open(place, vault.seal(place, "secret"))).toThrow(/needs vault key/);
  });

  it("never seals twice to the same text, and hides the plaintext", () => {
    const sealed = new Set(Array.from({ length: 100 }, () => vault.seal(place, "DE89370400440532013000")));
    expect(sealed.size).toBe(100);
    for (const text of sealed) expect(text).not.toContain("DE89");
  });

  it("gives equal indexes for equal values of one column only", () => {
    const column = { table: "banks.linked_account", column: "iban" };
    expect(vault.blindIndex(column, "A").equals(vault.blindIndex(column, "A"))).toBe(true);
    expect(vault.blindIndex(column, "A").equals(vault.blindIndex(column, "B"))).toBe(false);
    const otherColumn = { ...column, column: "name" };
    expect(vault.blindIndex(column, "A").equals(vault.blindIndex(otherColumn, "A"))).toBe(false);
  });

  it("refuses a key that is not 32 bytes", () => {
    expect(() => createVault({ masterKey: "c2hvcnQ=" })).toThrow(VaultError);
  });
});

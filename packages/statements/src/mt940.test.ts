import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { readStatement, type Statement, StatementError, type StatementLine } from "./index.ts";
import { readMt940 } from "./mt940.ts";
import { decimalText } from "./values.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readMt940(text);
const only = <T>(items: readonly T[]): T => {
  expect(items).toHaveLength(1);
  return items[0] as T;
};

/** What the samples' own reader makes of a file: only what its YAML states is compared. */
type Expected = {
  data: Record<string, unknown>;
  transactions: { data: Record<string, unknown> }[];
};

const folder = new URL("../../../../shared/standards/mt940/mt940_tests/", import.meta.url);

/**
 * Where our reading differs from the samples' YAML, and why ours is right. `data` and lines are named by their keys.
 */
const differences: Record<string, { reason: string; keys: string[] }> = {
  "betterplace/sepa_snippet_broken": {
    reason: "details of the booking stand under :25:; the YAML takes them for the account",
    keys: ["account_identification"],
  },
  "self-provided/raphaelm": {
    reason: "closing balances without a currency: the YAML reads the first digits of the amount as one",
    keys: ["final_closing_balance", "intermediate_closing_balance", "non_swift"],
  },
  "self-provided/multiline": {
    reason:
      "the account is longer than 35 characters and the YAML cuts it; free text behind the closing balance is the statement's, not the booking's",
    keys: ["account_identification", "transaction_details", "additional_purpose", "purpose"],
  },
  "jejik/ing": {
    reason:
      "the sums behind the closing balance are the statement's, not the last booking's; soft hyphens and unit separators are kept",
    keys: ["transaction_details"],
  },
  "self-provided/gv_codes": {
    reason: "blanks around a reference are taken off",
    keys: ["additional_position_reference", "end_to_end_reference", "applicant_creditor_id", "purpose"],
  },
  "jejik/sns": {
    reason: "the YAML reads digits as a number and loses leading zeros",
    keys: ["account_identification", "customer_reference"],
  },
  "self-provided/account_identification": { reason: "as above", keys: ["transaction_reference"] },
  "jejik/triodos": {
    reason: "the YAML leaves numbered subfields behind “>” as one text; we read them",
    keys: ["transaction_details"],
  },
  "jejik/rabobank-iban": {
    reason: "the YAML leaves slash codes as one text; we read them",
    keys: ["transaction_details"],
  },
  "self-provided/details_60-63": {
    reason:
      "subfields 60 to 63 continue the purpose (DFÜ-Abkommen, Anlage 3); the YAML cuts their first digits",
    keys: ["additional_purpose", "purpose"],
  },
  "self-provided/transaction_details_wrapped": {
    reason: "subfield 60 continues the purpose, which is ?20",
    keys: ["additional_purpose", "purpose"],
  },
};

/** Fragments that name no currency are refused unless the caller says it. */
const withoutCurrency = ["cmxl/statement_details", "self-provided/sparkassen"];

describe.skipIf(!existsSync(folder))("samples of shared/standards/mt940", () => {
  const samples = existsSync(folder)
    ? readdirSync(folder).flatMap((group) =>
        readdirSync(new URL(`${group}/`, folder))
          .filter((name) => name.endsWith(".sta"))
          .map((name) => `${group}/${name.slice(0, -4)}`),
      )
    : [];

  test.each(samples)("%s is read as its YAML says", async (name) => {
    const source = readFileSync(new URL(`${name}.sta`, folder));
    if (withoutCurrency.includes(name)) {
      await expect(readStatement(source)).rejects.toMatchObject({ problem: "currency_missing", line: 1 });
    }
    const file = await readStatement(source, withoutCurrency.includes(name) ? { currency: "EUR" } : {});
    const expected = expectedOf(name);
    const skipped = differences[name]?.keys ?? [];
    const ours = file.statements.flatMap(({ lines }) => lines);
    expect(ours).toHaveLength(expected.transactions.length);
    expected.transactions.forEach(({ data }, index) => {
      expectAll(lineAsYaml(ours[index] as StatementLine), data, skipped);
    });
    const last = file.statements.at(-1);
    expect(last).toBeDefined();
    // The YAML keeps one set of header data for the whole file: of each the last one seen.
    expectAll(headerAsYaml(file.statements), expected.data, skipped);
  });

  test("every listed difference is one", async () => {
    for (const [name, { keys }] of Object.entries(differences)) {
      const file = await readStatement(readFileSync(new URL(`${name}.sta`, folder)));
      const expected = expectedOf(name);
      const lines = file.statements.flatMap(({ lines: one }) => one).map(lineAsYaml);
      for (const key of keys) {
        const theirs = [expected.data[key], ...expected.transactions.map(({ data }) => data[key])];
        const ours = [headerAsYaml(file.statements)[key], ...lines.map((line) => line[key])];
        expect(ours, `${name}: ${key}`).not.toEqual(theirs);
      }
    }
  });
});

function expectedOf(name: string): Expected {
  const text = readFileSync(new URL(`${name}.yml`, folder), "utf8").replace(
    /^tags:\n[\s\S]*?(?=^transactions:)/m,
    "",
  );
  return parseYaml(text, { logLevel: "silent", version: "1.1" }) as Expected;
}

function expectAll(
  ours: Record<string, unknown>,
  theirs: Record<string, unknown>,
  skipped: readonly string[],
): void {
  for (const [key, value] of Object.entries(theirs)) {
    if (skipped.includes(key) || !(key in ours)) continue;
    expect({ [key]: ours[key] }).toEqual({ [key]: plain(value) });
  }
}

/** Values of the YAML: dates are two bytes of year, one of month, one of day; amounts hold a decimal. */
function plain(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 1) return plain(value[0]);
  if (value instanceof Uint8Array) {
    const [high = 0, low = 0, month, day] = value;
    return `${high * 256 + low}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  }
  if (typeof value === "number") return String(value).padStart(3, "0");
  if (value === "") return null;
  if (typeof value === "object" && value !== null && "amount" in value) {
    const { amount, currency, date } = value as Record<string, unknown>;
    if (date === undefined) return amountText(String(plain(amount)));
    const inner = amount as Record<string, unknown>;
    return {
      amount: amountText(String(plain(inner.amount))),
      currency: inner.currency ?? currency,
      date: plain(date),
    };
  }
  return typeof value === "string" ? value.trim() : value;
}

/** The YAML writes as many decimals as the file. */
function amountText(text: string): string {
  const [whole = "0", fraction = ""] = text.split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

function lineAsYaml(line: StatementLine): Record<string, unknown> {
  const signed = line.direction === "debit" ? -line.amountMinor : line.amountMinor;
  const tag = (name: string) => line.tags.find((one) => one.name === name)?.value ?? null;
  const [type, code, ...posting] = (line.code ?? "").split(" ");
  const structured = code !== undefined;
  return {
    amount: decimalText(signed, line.currency),
    date: line.valueDate,
    ...(line.bookingDate === line.valueDate ? {} : { entry_date: line.bookingDate }),
    id: type,
    bank_reference: line.bankId,
    extra_details: tag("61/supplementary"),
    ...(structured
      ? {
          transaction_code: code,
          posting_text: posting.join(" ") || null,
          prima_nota: tag("86?10"),
          applicant_name: line.counterparty.name,
          applicant_iban: line.counterparty.account,
          applicant_bin: line.counterparty.bank,
          purpose: line.description,
          end_to_end_reference: line.references.endToEnd ?? null,
          additional_position_reference: line.references.mandate ?? null,
          applicant_creditor_id: line.references.creditor ?? null,
          additional_purpose: null,
        }
      : { transaction_details: line.description, customer_reference: line.references.customer ?? null }),
    non_swift: line.tags
      .filter(({ name }) => name.startsWith("NS/"))
      .map(({ name, value }) => name.slice(3) + value)
      .join("\n"),
  };
}

function headerAsYaml(statements: readonly Statement[]): Record<string, unknown> {
  const lastOf = <T>(pick: (statement: Statement) => T | null): T | null =>
    statements.map(pick).findLast((one) => one !== null) ?? null;
  const balance = (one: { amountMinor: bigint; currency: string; date: string | null } | null) =>
    one && { amount: decimalText(one.amountMinor, one.currency), currency: one.currency, date: one.date };
  return {
    account_identification: lastOf(({ account }) => account.number),
    transaction_reference: lastOf(({ reference }) => reference),
    statement_number: lastOf(({ number }) => number),
    sequence_number: lastOf(({ page }) => page),
    final_opening_balance: balance(lastOf(({ opening }) => opening)),
    final_closing_balance: balance(lastOf(({ closing }) => closing)),
    available_balance: balance(lastOf(({ available }) => available)),
    intermediate_closing_balance: null,
  };
}

const header = ":20:REF\n:25:10020030/1234567\n:28C:12/3\n:60F:C260301EUR100,00\n";

describe("MT940", () => {
  test("a reversal turns the direction around and is marked", () => {
    const { lines } = only(
      read(`${header}:61:2603020302RC10,00NTRFA\n:61:260302RD4,50NTRFB\n:62F:C260302EUR94,50\n`).statements,
    );
    expect(lines).toMatchObject([
      { direction: "debit", reversal: true, amountMinor: 1000n },
      { direction: "credit", reversal: true, amountMinor: 450n },
    ]);
  });

  test("a booking around the turn of the year takes the nearer year", () => {
    const { lines } = only(read(`${header}:61:2512310102C1,00NTRFX\n:61:2601021231C1,00NTRFX\n`).statements);
    expect(lines.map(({ bookingDate, valueDate }) => [bookingDate, valueDate])).toEqual([
      ["2026-01-02", "2025-12-31"],
      ["2025-12-31", "2026-01-02"],
    ]);
  });

  test("an interim report names its currency in the floor limit, and expected bookings are pending", () => {
    const file = read(
      ":20:X\n:25:123\n:28C:1\n:34F:EURD0,\n:13D:2603011200+0100\n:61:260301ED5,00NTRFX\n:90D:1EUR5,00\n",
    );
    expect(file.format).toBe("mt942");
    expect(only(file.statements)).toMatchObject({
      currency: "EUR",
      lines: [{ state: "pending", direction: "debit" }],
    });
    expect(only(file.statements).tags).toContainEqual({ name: "13D", value: "2603011200+0100" });
  });

  test("unknown but well-formed tags are kept", () => {
    const file = read(`${header}:99X:something\n:61:260302C1,00NTRFX\n:86:166?00TEXT?20One?34992?75more\n`);
    const statement = only(file.statements);
    expect(statement.tags).toContainEqual({ name: "99X", value: "something" });
    expect(only(statement.lines).tags).toEqual([
      { name: "86?34", value: "992" },
      { name: "86?75", value: "more" },
    ]);
  });

  test("yen have no decimals and dinars three; digits beyond them are refused and never rounded", () => {
    const at = (money: string) => only(read(`:20:A\n:60F:C260301${money}\n`).statements).opening?.amountMinor;
    expect(at("JPY1500,")).toBe(1500n);
    expect(at("KWD1,234")).toBe(1234n);
    expect(at("EUR1,230")).toBe(123n);
    expect(() => at("EUR1,234")).toThrow(expect.objectContaining({ problem: "amount_invalid", line: 2 }));
  });

  test.each([
    [`${header}:61:260230C1,00NTRFX\n:61:26X302C1,00NTRFX\n`, "tag_malformed", 6],
    [`${header}:61:261302C1,00NTRFX\n`, "date_invalid", 5],
    [`${header}:61:260431C1,00NTRFX\n`, "date_invalid", 5],
    [":20:A\n:60F:C260301XXQ1,00\n", "currency_unknown", 2],
    [":20:A\n:60F:260301EUR1,00\n", "tag_malformed", 2],
  ])("names the line of what it cannot read", async (text, problem, line) => {
    await expect(readStatement(bytes(text))).rejects.toMatchObject({ problem, line });
    await expect(readStatement(bytes(text))).rejects.toBeInstanceOf(StatementError);
  });
});

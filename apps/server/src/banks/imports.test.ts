import { readFileSync } from "node:fs";
import type { ImportedAccount, ImportedTransaction, LinkedAccount, StatementImport } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deleteUnkeptImports } from "./imports.ts";
import { type BankWorld, startBankWorld } from "./testing/bank-world.ts";
import { type BanksSetup, createBanksSetup, refusalOf } from "./testing/banks-setup.ts";

let world: BankWorld;
let setup: BanksSetup;

beforeAll(async () => {
  world = await startBankWorld();
  setup = await createBanksSetup(world);
}, 120_000);
afterAll(async () => {
  await setup.close();
  await world.close();
});

const alipay = readFileSync(new URL("../../../../vectors/statements/cn-bills/alipay.csv", import.meta.url));
const bytes = (text: string) => new TextEncoder().encode(text);

const upload = (customerId: string, file: Uint8Array, query: object = {}) =>
  setup.call<StatementImport>("createStatementImport", { customerId, file, query });
const keep = (customerId: string, importId: string, body: object = {}) =>
  setup.call<StatementImport>("keepStatementImport", { customerId, params: { importId }, body });
const accounts = async (customerId: string) =>
  (await setup.call<{ items: ImportedAccount[] }>("listImportedAccounts", { customerId })).items;
const only = <T>(items: readonly T[]): T => {
  expect(items).toHaveLength(1);
  return items[0] as T;
};

/** All lines of an account, a small page at a time. */
async function linesOf(customerId: string, accountId: string, limit = 3): Promise<ImportedTransaction[]> {
  const lines: ImportedTransaction[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: ImportedTransaction[]; nextCursor: string | null } = await setup.call(
      "listImportedTransactions",
      { customerId, params: { accountId }, query: { limit, ...(cursor === null ? {} : { cursor }) } },
    );
    lines.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return lines;
}

const csv = (...rows: string[]) => bytes(["Date,Amount,Currency,Payee", ...rows].join("\n"));

describe("importing a statement", () => {
  it("shows what was read, keeps nothing before it is told to, then keeps it as an account that is no money", async () => {
    const customerId = setup.newCustomer();
    const read = await upload(customerId, alipay);
    expect(read).toMatchObject({ status: "read", format: "alipay", keptAt: null, remarks: [] });
    expect(only(read.accounts)).toMatchObject({
      accountId: null,
      needsName: false,
      bankName: "支付宝",
      maskedNumber: "xx•••@gmail.com",
      currency: "CNY",
      lineCount: 10,
      newCount: 10,
      moneyIn: { amount: "222294.53", currency: "CNY" },
      moneyOut: { amount: "211.64", currency: "CNY" },
      from: "2023-01-09",
      to: "2023-07-10",
    });
    expect(await accounts(customerId)).toEqual([]);

    const kept = await keep(customerId, read.id);
    expect(kept.status).toBe("kept");
    const account = only(await accounts(customerId));
    expect(account).toMatchObject({
      name: "支付宝",
      countedAsMoney: false,
      lineCount: 10,
      from: "2023-01-09",
      to: "2023-07-10",
      closing: null,
    });
    expect(only(kept.accounts).accountId).toBe(account.id);
    const lines = await linesOf(customerId, account.id);
    expect(lines).toHaveLength(10);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(10);
    const moments = lines.map(({ bookingDate, time }) => `${bookingDate} ${time}`);
    expect(moments).toEqual([...moments].sort().reverse());
    expect(lines.find(({ amount }) => amount.amount === "49.74")).toMatchObject({
      direction: "debit",
      description: "亲情卡",
      bankReference: "202302xxxxxx0011000103xxxxxx",
      tags: expect.arrayContaining([{ name: "交易状态", value: "交易成功" }]),
    });
    // It stands nowhere among the accounts at banks.
    const linked = await setup.call<{ items: LinkedAccount[] }>("listLinkedAccounts", { customerId });
    expect(linked.items).toEqual([]);
  });

  it("keeps names, texts and numbers sealed, and the file not at all", async () => {
    const customerId = setup.newCustomer();
    const read = await upload(customerId, alipay);
    await keep(customerId, read.id);
    const rows = await setup.db.query(
      `SELECT to_jsonb(i)::text AS row FROM banks.statement_import i WHERE i.customer_id = $1
       UNION ALL SELECT to_jsonb(l)::text FROM banks.imported_line l JOIN banks.imported_account a ON a.id = l.account_id
        WHERE a.customer_id = $1
       UNION ALL SELECT to_jsonb(a)::text FROM banks.imported_account a WHERE a.customer_id = $1`,
      [customerId],
    );
    expect(rows.length).toBe(12);
    const text = JSON.stringify(rows);
    for (const secret of ["亲情卡", "xx@gmail.com", "jieyisoft", "202302xxxxxx"])
      expect(text).not.toContain(secret);
    const [row] = await setup.db.query("SELECT file_sealed FROM banks.statement_import WHERE id = $1", [
      read.id,
    ]);
    expect(row).toEqual({ file_sealed: null });
  });

  it("knows the same file again, and two at once keep it once", async () => {
    const customerId = setup.newCustomer();
    const [one, two] = await Promise.all([upload(customerId, alipay), upload(customerId, alipay)]);
    expect(one.id).toBe(two.id);
    await Promise.all([keep(customerId, one.id), keep(customerId, one.id), keep(customerId, one.id)]);
    expect((await upload(customerId, alipay)).status).toBe("kept");
    expect(only(await accounts(customerId)).lineCount).toBe(10);
    const other = setup.newCustomer();
    expect((await upload(other, alipay)).id).not.toBe(one.id);
  });

  it("imports overlapping periods once, equal lines as often as they are", async () => {
    const customerId = setup.newCustomer();
    const first = await upload(
      customerId,
      csv("2026-03-01,-2.50,GBP,Coffee", "2026-03-01,-2.50,GBP,Coffee", "2026-03-02,-9.00,GBP,Book"),
    );
    expect(only(first.accounts).needsName).toBe(true);
    await keep(customerId, first.id, { name: "My bank" });
    const second = await upload(
      customerId,
      csv(
        "2026-03-02,-9.00,GBP,Book",
        "2026-03-01,-2.50,GBP,Coffee",
        "2026-03-01,-2.50,GBP,Coffee",
        "2026-03-03,5.00,GBP,Refund",
      ),
    );
    const kept = await keep(customerId, second.id, { name: "My bank" });
    expect(only(kept.accounts)).toMatchObject({ lineCount: 4, newCount: 1 });
    const account = only(await accounts(customerId));
    expect(account).toMatchObject({ name: "My bank", lineCount: 4 });
    expect((await linesOf(customerId, account.id)).map(({ amount }) => amount.amount)).toEqual([
      "5.00",
      "9.00",
      "2.50",
      "2.50",
    ]);

    // The lines that both files show stay until the second import is gone as well.
    const remove = (importId: string) =>
      setup.call("deleteStatementImport", { customerId, params: { importId } });
    await remove(first.id);
    expect(only(await accounts(customerId)).lineCount).toBe(4);
    await remove(second.id);
    expect(await accounts(customerId)).toEqual([]);
    expect(await refusalOf(remove(second.id))).toBe("request.not_found");
  });

  it("tells the balance that the latest file states, and a statement of several pages as one account", async () => {
    const customerId = setup.newCustomer();
    const pages = [
      ":20:A\n:25:10020030/7654321\n:28C:1/1\n:60F:C260301EUR100,00\n:61:260302D10,00NMSCNONREF\n:62M:C260302EUR90,00\n-",
      ":20:A\n:25:10020030/7654321\n:28C:1/2\n:60M:C260302EUR90,00\n:61:260302D10,00NMSCNONREF\n:62F:C260303EUR80,00\n-",
    ];
    const read = await upload(customerId, bytes(pages.join("\n")));
    expect(only(read.accounts)).toMatchObject({
      opening: { amount: "100.00" },
      closing: { amount: "80.00" },
      addsUp: true,
      lineCount: 2,
      maskedNumber: "•• 4321",
    });
    await keep(customerId, read.id);
    expect(only(await accounts(customerId))).toMatchObject({
      lineCount: 2,
      closing: { amount: "80.00", currency: "EUR" },
      closingDate: "2026-03-03",
    });
  });

  it("asks what the file leaves open, and names the line of what it cannot read", async () => {
    const customerId = setup.newCustomer();
    const open = bytes("Date,Amount\n03/04/2026,1.00\n");
    expect(await refusalOf(upload(customerId, open))).toBe("statement_import.currency_missing");
    expect(await refusalOf(upload(customerId, open, { currency: "GBP" }))).toBe(
      "statement_import.date_order_unknown",
    );
    const read = await upload(customerId, open, { currency: "GBP", dateOrder: "dmy" });
    expect(only(read.accounts).from).toBe("2026-04-03");
    // What was answered once holds for keeping as well.
    expect((await keep(customerId, read.id, { name: "Mine" })).status).toBe("kept");

    await expect(
      upload(customerId, csv("2026-03-01,1.00,GBP,A", "2026-03-02,x,GBP,A")),
    ).rejects.toMatchObject({
      code: "statement_import.unreadable",
      detail: { en: "Line 3: “x” is not an amount.", zh: "第 3 行：“x”不是有效金额。" },
    });
    await expect(upload(customerId, bytes("not a statement"))).rejects.toMatchObject({
      code: "statement_import.unreadable",
    });
    await expect(upload(customerId, bytes(":20:A\n:25:1\n:60F:C020101DEM1,00\n"))).rejects.toMatchObject({
      code: "statement_import.unreadable",
      detail: { en: expect.stringContaining("DEM") },
    });
    const empty = await upload(customerId, bytes("Date,Amount,Currency\n"));
    expect(await refusalOf(keep(customerId, empty.id))).toBe("statement_import.nothing_to_keep");
  });

  it("shows nobody another's import or account", async () => {
    const [owner, stranger] = [setup.newCustomer(), setup.newCustomer()];
    const read = await upload(owner, alipay);
    const params = { importId: read.id };
    for (const route of ["getStatementImport", "keepStatementImport", "deleteStatementImport"])
      expect(await refusalOf(setup.call(route, { customerId: stranger, params }))).toBe("request.not_found");
    const kept = await keep(owner, read.id);
    const accountId = only(kept.accounts).accountId ?? "";
    for (const route of ["getImportedAccount", "listImportedTransactions"])
      expect(await refusalOf(setup.call(route, { customerId: stranger, params: { accountId } }))).toBe(
        "request.not_found",
      );
  });

  it("forgets after a day what was read and not kept", async () => {
    const customerId = setup.newCustomer();
    const [left, kept] = [
      await upload(customerId, csv("2026-03-01,1.00,GBP,A")),
      await upload(customerId, alipay),
    ];
    await keep(customerId, kept.id);
    const deps = { ...setup.deps, clock: { now: () => new Date(Date.now() + 25 * 3_600_000) } };
    await deleteUnkeptImports(deps as Parameters<typeof deleteUnkeptImports>[0]);
    const get = (importId: string) => setup.call("getStatementImport", { customerId, params: { importId } });
    expect(await refusalOf(get(left.id))).toBe("request.not_found");
    expect(await get(kept.id)).toMatchObject({ status: "kept" });
  });
});

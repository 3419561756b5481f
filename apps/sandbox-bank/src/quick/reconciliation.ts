/** The reconciliation file of a closed day: every booked line of the merchant's account, totals, and a signature. */
import type { Bank } from "../context.ts";
import { findAccounts } from "../ledger/accounts.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { formatAmount } from "../money.ts";
import { alterationsUntil } from "../statements/alterations.ts";
import { entriesOfDay, openingBalance } from "../statements/entries.ts";
import { type BankKeys, signText } from "./keys.ts";
import type { Merchant } from "./merchants.ts";
import { VERSION } from "./pipeline.ts";
import { QuickProblem } from "./problems.ts";

interface FileLine {
  kind: string;
  amountMinor: bigint;
  reference: string;
  bankReference: string;
  bookedOn: string;
  valueDate: string;
  counterparty: string;
  subject: string;
}

export async function reconciliationFile(
  bank: Bank,
  keys: BankKeys,
  merchant: Merchant,
  message: { account: string; date: string },
) {
  const [account] = await findAccounts(bank.db, [message.account]).catch(() => []);
  if (account?.ownerClient !== merchant.id) throw new QuickProblem("ORDER_UNKNOWN");
  const { date } = message;
  if (date >= (await businessDate(bank.db))) return { outcome: "open" };

  const alterations = await alterationsUntil(bank.db, account.id, date);
  const shift = alterations
    .filter((one) => one.statementDate < date)
    .reduce((sum, one) => sum + one.deltaMinor, 0n);
  const ofDay = alterations.filter((one) => one.statementDate === date);
  const { rows: orders } = await bank.db.query<{ reference: string; kind: string }>(
    "SELECT reference, kind FROM quick_orders WHERE client_id = $1 AND booked_on = $2",
    [merchant.id, date],
  );
  const kinds = new Map(orders.map(({ reference, kind }) => [reference, kind.toUpperCase()]));
  const lines: FileLine[] = (await entriesOfDay(bank.db, account.id, date)).flatMap((entry) => {
    const change = ofDay.find(
      (one) => one.change.add === undefined && one.endToEndId !== null && one.endToEndId === entry.endToEndId,
    )?.change;
    if (change?.remove) return [];
    const sign = entry.amountMinor < 0n ? -1n : 1n;
    return [
      {
        kind: entry.returnReason !== null ? "RETURN" : (kinds.get(entry.endToEndId ?? "") ?? "OTHER"),
        amountMinor:
          change?.amountMinor === undefined ? entry.amountMinor : sign * BigInt(change.amountMinor),
        reference: entry.endToEndId ?? "",
        bankReference: entry.entryReference ?? entry.transactionId,
        bookedOn: entry.bookingDate ?? date,
        valueDate: entry.valueDate,
        counterparty: maskName(entry.counterpartyName ?? ""),
        subject: entry.remittance ?? "",
      },
    ];
  });
  for (const { id, change } of ofDay)
    if (change.add !== undefined)
      lines.push({
        kind: "OTHER",
        amountMinor: BigInt(change.add.amountMinor) * (change.add.direction === "debit" ? -1n : 1n),
        reference: change.add.reference,
        bankReference: `ADD-${id}`,
        bookedOn: date,
        valueDate: date,
        counterparty: maskName(change.add.counterparty),
        subject: "",
      });

  const opening = (await openingBalance(bank.db, account.id, date)) + shift;
  return { outcome: "ready", file: write(keys, merchant, account, date, opening, lines) };
}

function write(
  keys: BankKeys,
  merchant: Merchant,
  account: { id: string; currency: string },
  date: string,
  opening: bigint,
  lines: FileLine[],
): string {
  const { currency } = account;
  const amount = (minor: bigint) => formatAmount(minor < 0n ? -minor : minor, currency);
  const total = (wanted: (minor: bigint) => boolean) =>
    lines.filter((line) => wanted(line.amountMinor)).reduce((sum, line) => sum + line.amountMinor, 0n);
  const closing = lines.reduce((sum, line) => sum + line.amountMinor, opening);
  const rows = [
    [
      "H",
      VERSION,
      merchant.id,
      account.id,
      currency,
      date,
      formatAmount(opening, currency),
      formatAmount(closing, currency),
    ],
    ...lines.map((line, index) => [
      "L",
      String(index + 1),
      line.kind,
      line.amountMinor < 0n ? "D" : "C",
      amount(line.amountMinor),
      line.reference,
      line.bankReference,
      line.bookedOn,
      line.valueDate,
      line.counterparty,
      line.subject,
    ]),
    ["T", String(lines.length), amount(total((minor) => minor > 0n)), amount(total((minor) => minor < 0n))],
  ];
  const text = rows.map((row) => `${row.map(escaped).join("|")}\n`).join("");
  const key = keys.sign[merchant.key.algorithm];
  return `${text}S|${key.serial}|${key.algorithm}|${signText(key, text)}\n`;
}

/** A field holds neither its separator nor the end of a line. */
function escaped(field: string): string {
  return field.replaceAll("\\", "\\\\").replaceAll("|", "\\p").replaceAll("\r", "").replaceAll("\n", "\\n");
}

/** The first character of a name and stars: enough to recognise, not enough to spread. */
function maskName(name: string): string {
  const [first = ""] = [...name];
  return first === "" ? "" : `${first}**`;
}

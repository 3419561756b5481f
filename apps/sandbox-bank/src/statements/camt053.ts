/** End-of-day statements as ISO 20022 camt.053.001.08: one `Stmt` per closed day, also for a day without entries. */
import { addDays, type Bank } from "../context.ts";
import { BANK_BIC } from "../iban.ts";
import type { Account } from "../ledger/accounts.ts";
import { formatAmount } from "../money.ts";
import { type Alteration, alterationsUntil } from "./alterations.ts";
import { type Entry, entriesOfDay, openingBalance } from "./entries.ts";

/** A statement's line: what was booked, or what a scripted alteration makes of it. */
export interface StatementLine {
  amountMinor: bigint;
  reference: string;
  valueDate: string;
  endToEndId: string | null;
  counterpartyName: string | null;
  counterpartyAccount: string | null;
  remittance: string | null;
  family: string;
  /** Set on a line that takes an earlier one back. */
  returnReason: string | null;
}

/** One day of one account. `closingMinor` = `openingMinor` + the sum of `lines`, always. */
export interface Statement {
  date: string;
  openingMinor: bigint;
  closingMinor: bigint;
  lines: StatementLine[];
}

/**
 * The statement of a closed day. After a scripted alteration the opening balance of the next day continues the
 * falsified closing balance, so that the chain of statements is unbroken and only the lines tell.
 */
export async function statementOf(bank: Bank, account: Account, date: string): Promise<Statement> {
  const [entries, opening, alterations] = await Promise.all([
    entriesOfDay(bank.db, account.id, date),
    openingBalance(bank.db, account.id, date),
    alterationsUntil(bank.db, account.id, date),
  ]);
  const earlier = alterations.filter((alteration) => alteration.statementDate < date);
  const openingMinor = earlier.reduce((sum, alteration) => sum + alteration.deltaMinor, opening);
  const todays = alterations.filter((alteration) => alteration.statementDate === date);
  const lines = todays.reduce((before, alteration) => alter(before, alteration, date), entries.map(toLine));
  const closingMinor = lines.reduce((sum, line) => sum + line.amountMinor, openingMinor);
  return { date, openingMinor, closingMinor, lines };
}

/** The camt.053 message for a range of closed days (both inclusive). */
export async function statementsXml(bank: Bank, account: Account, from: string, to: string): Promise<string> {
  const parts: string[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) {
    parts.push(stmt(bank, account, await statementOf(bank, account, date)));
  }
  const created = bank.clock.now().toISOString();
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt>
<GrpHdr>${text("MsgId", bank.random.uuid().replaceAll("-", ""))}${text("CreDtTm", created)}</GrpHdr>
${parts.join("\n")}
</BkToCstmrStmt>
</Document>
`;
}

function toLine(entry: Entry): StatementLine {
  return {
    amountMinor: entry.amountMinor,
    reference: entry.entryReference ?? entry.transactionId,
    valueDate: entry.valueDate,
    endToEndId: entry.endToEndId,
    counterpartyName: entry.counterpartyName,
    counterpartyAccount: entry.counterpartyAccount,
    remittance: entry.remittance,
    family: entry.family,
    returnReason: entry.returnReason,
  };
}

function alter(lines: StatementLine[], alteration: Alteration, date: string): StatementLine[] {
  const { add, remove, amountMinor } = alteration.change;
  if (add !== undefined) {
    const line: StatementLine = {
      amountMinor: alteration.deltaMinor,
      reference: `${date.replaceAll("-", "")}-X${alteration.id}`,
      valueDate: date,
      endToEndId: add.reference,
      counterpartyName: add.counterparty,
      counterpartyAccount: null,
      remittance: null,
      family: add.direction === "credit" ? "RCDT/ESCT" : "ICDT/ESCT",
      returnReason: null,
    };
    return [...lines, line];
  }
  const index = lines.findIndex((line) => line.endToEndId === alteration.endToEndId);
  const line = lines[index];
  if (line === undefined) return lines;
  if (remove) return lines.toSpliced(index, 1);
  const sign = line.amountMinor < 0n ? -1n : 1n;
  return lines.with(index, { ...line, amountMinor: sign * BigInt(amountMinor ?? "0") });
}

function stmt(bank: Bank, account: Account, statement: Statement): string {
  const { date, lines } = statement;
  const credits = lines.filter((line) => line.amountMinor >= 0n);
  const debits = lines.filter((line) => line.amountMinor < 0n);
  const total = (some: StatementLine[]) => {
    const sum = some.reduce((all, line) => all + absolute(line.amountMinor), 0n);
    return text("NbOfNtries", String(some.length)) + text("Sum", formatAmount(sum, account.currency));
  };
  return `<Stmt>
${text("Id", `${account.id.slice(0, 8)}-${date}`)}${text("CreDtTm", bank.clock.now().toISOString())}
<FrToDt>${text("FrDtTm", `${date}T00:00:00`)}${text("ToDtTm", `${date}T23:59:59`)}</FrToDt>
<Acct><Id>${text("IBAN", account.iban)}</Id>${text("Ccy", account.currency)}${text("Nm", account.name.slice(0, 70))}<Ownr>${text("Nm", account.ownerName.slice(0, 140))}</Ownr><Svcr><FinInstnId>${text("BICFI", BANK_BIC)}</FinInstnId></Svcr></Acct>
${balance("OPBD", statement.openingMinor, account.currency, date)}
${balance("CLBD", statement.closingMinor, account.currency, date)}
<TxsSummry><TtlCdtNtries>${total(credits)}</TtlCdtNtries><TtlDbtNtries>${total(debits)}</TtlDbtNtries></TxsSummry>
${lines.map((line) => entry(account, line, date)).join("\n")}
</Stmt>`;
}

function balance(code: string, minor: bigint, currency: string, date: string): string {
  return `<Bal><Tp><CdOrPrtry>${text("Cd", code)}</CdOrPrtry></Tp>${amount(minor, currency)}${direction(minor)}<Dt>${text("Dt", date)}</Dt></Bal>`;
}

function entry(account: Account, line: StatementLine, date: string): string {
  const [family = "", subFamily = ""] = line.family.split("/");
  const code = `<BkTxCd><Domn>${text("Cd", "PMNT")}<Fmly>${text("Cd", family)}${text("SubFmlyCd", subFamily)}</Fmly></Domn></BkTxCd>`;
  return `<Ntry>${text("NtryRef", line.reference)}${amount(line.amountMinor, account.currency)}${direction(line.amountMinor)}<Sts>${text("Cd", "BOOK")}</Sts><BookgDt>${text("Dt", date)}</BookgDt><ValDt>${text("Dt", line.valueDate)}</ValDt>${text("AcctSvcrRef", line.reference)}${code}
<NtryDtls><TxDtls><Refs>${text("AcctSvcrRef", line.reference)}${text("EndToEndId", line.endToEndId ?? "NOTPROVIDED")}</Refs>${amount(line.amountMinor, account.currency)}${direction(line.amountMinor)}${parties(account, line)}${remittance(line)}${returnInfo(line)}</TxDtls></NtryDtls></Ntry>`;
}

/** Debtor first, then creditor, as the schema orders them; this account stands on its own side. */
function parties(account: Account, line: StatementLine): string {
  const party = (name: string | null) =>
    name === null ? "" : `<Pty>${text("Nm", name.slice(0, 140))}</Pty>`;
  const accountId = (iban: string | null) => {
    if (iban === null) return "";
    const isIban = /^[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$/.test(iban);
    const inner = isIban ? text("IBAN", iban) : `<Othr>${text("Id", iban.slice(0, 34))}</Othr>`;
    return `<Id>${inner}</Id>`;
  };
  const wrap = (name: string, content: string) => (content === "" ? "" : `<${name}>${content}</${name}>`);
  const own = { name: account.ownerName, iban: account.iban };
  const other = { name: line.counterpartyName, iban: line.counterpartyAccount };
  const [debtor, creditor] = line.amountMinor < 0n ? [own, other] : [other, own];
  return wrap(
    "RltdPties",
    wrap("Dbtr", party(debtor.name)) +
      wrap("DbtrAcct", accountId(debtor.iban)) +
      wrap("Cdtr", party(creditor.name)) +
      wrap("CdtrAcct", accountId(creditor.iban)),
  );
}

function remittance(line: StatementLine): string {
  return line.remittance === null ? "" : `<RmtInf>${text("Ustrd", line.remittance.slice(0, 140))}</RmtInf>`;
}

function returnInfo(line: StatementLine): string {
  return line.returnReason === null ? "" : `<RtrInf><Rsn>${text("Cd", line.returnReason)}</Rsn></RtrInf>`;
}

function amount(minor: bigint, currency: string): string {
  return `<Amt Ccy="${currency}">${formatAmount(absolute(minor), currency)}</Amt>`;
}

function direction(minor: bigint): string {
  return text("CdtDbtInd", minor < 0n ? "DBIT" : "CRDT");
}

function absolute(minor: bigint): bigint {
  return minor < 0n ? -minor : minor;
}

function text(name: string, content: string): string {
  // Characters that XML 1.0 cannot carry at all are dropped; the others are escaped.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must go.
  const clean = content.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "");
  const escaped = clean.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<${name}>${escaped}</${name}>`;
}

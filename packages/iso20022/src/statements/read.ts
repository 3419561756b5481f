import { streamDocument } from "../document.ts";
import { accountOf, agentOf, partyOf } from "../parts.ts";
import type { Extra, Finding, Source } from "../types.ts";
import { amountOf, booleanOf, countOf, dateOf, directionOf } from "../values.ts";
import { all, at, child, codeOrProprietary, leftovers, required, text } from "../xml/element.ts";
import type { ReadOptions, XmlElement } from "../xml/parse.ts";
import { createChecks } from "./checks.ts";
import { detailsOf, entryOf, transactionOf } from "./entry.ts";
import type {
  Balance,
  EntryDetails,
  Page,
  Statement,
  StatementEvent,
  StatementFile,
  StatementMessage,
  Summary,
  Transaction,
} from "./types.ts";

const messages = ["camt.052", "camt.053", "camt.054"];
const kinds = { Rpt: "report", Stmt: "statement", Ntfctn: "notification" } as const;
type StatementElement = keyof typeof kinds;

/**
 * Reads a camt.052, camt.053 or camt.054 as it comes, handing on each statement and each entry as soon as it is
 * complete: memory is bounded by the largest entry, not by the file. Versions 01 to 13; a newer one is read as far
 * as it fits and a finding says so.
 *
 * A file is good only when the reading has ended without an error: what came before a truncated end must not be booked.
 * Source: ISO 20022 message definitions camt.052/053/054.001.01 to .13, Bank-to-Customer Cash Management.
 * @throws Iso20022Error
 */
export async function* readStatements(
  source: Source,
  options?: ReadOptions,
): AsyncGenerator<StatementEvent, void, undefined> {
  const events: StatementEvent[] = [];
  let message: StatementMessage | undefined;
  let messageFindings: Finding[] = [];
  let definition: StatementMessage["definition"] | undefined;
  let statement: Statement | undefined;
  let isAnyStatement = false;
  let checks = createChecks();
  let findings: Finding[] = [];
  let transactions: Transaction[] = [];
  let details: EntryDetails[] = [];
  const report = (finding: Finding) => findings.push(finding);

  const beginMessage = (header?: XmlElement): void => {
    if (message !== undefined) return;
    message = { ...headerOf(header), definition: definition as StatementMessage["definition"] };
    events.push({ type: "message", message, findings: messageFindings });
  };
  const closedStatement = (element: XmlElement): void => {
    isAnyStatement = true;
    beginMessage();
    const whole = statementOf(element);
    if (statement === undefined) events.push({ type: "statement", statement: whole });
    const { totals, findings: sums } = checks.end(whole, element.line);
    events.push({ type: "statementEnd", statement: whole, totals, findings: [...findings, ...sums] });
    statement = undefined;
    checks = createChecks();
    findings = [];
  };
  const closedEntry = (element: XmlElement, parents: readonly XmlElement[]): void => {
    beginMessage();
    if (statement === undefined) {
      statement = statementOf(parents.at(-1) as XmlElement);
      events.push({ type: "statement", statement });
    }
    // Version 01 has no `NtryDtls`.
    if (transactions.length > 0 || child(element, "Btch") !== undefined)
      details.push(detailsOf(element, transactions, report));
    transactions = [];
    const entry = entryOf(element, checks.count(), details, report);
    details = [];
    findings.push(...checks.add(entry));
    events.push({ type: "entry", entry, statement });
  };
  const closed: Record<string, (element: XmlElement, parents: readonly XmlElement[]) => void> = {
    "NtryDtls/TxDtls": (element) => transactions.push(transactionOf(element, report)),
    "Ntry/TxDtls": (element) => transactions.push(transactionOf(element, report)),
    "Ntry/NtryDtls": (element) => {
      details.push(detailsOf(element, transactions, report));
      transactions = [];
    },
  };
  for (const name of Object.keys(kinds)) closed[`${name}/Ntry`] = closedEntry;
  for (const body of [
    "BkToCstmrAcctRpt",
    "BkToCstmrAcctRptV01",
    "BkToCstmrStmt",
    "BkToCstmrStmtV01",
    "BkToCstmrDbtCdtNtfctn",
    "BkToCstmrDbtCdtNtfctnV01",
  ]) {
    closed[`${body}/GrpHdr`] = beginMessage;
    for (const name of Object.keys(kinds)) closed[`${body}/${name}`] = closedStatement;
  }

  const reading = streamDocument(source, messages, closed, options, (document) => {
    definition = document.definition;
    messageFindings = document.findings;
  });
  for (;;) {
    const step = await reading.next();
    if (events.length > 0) yield* events.splice(0);
    if (!step.done) continue;
    const { body } = step.value;
    // Every version demands at least one; a file without has lost it.
    required(isAnyStatement || null, body, "Stmt, Rpt, Ntfctn");
    yield { type: "end", extra: [...step.value.outside, ...leftovers(body)] };
    return;
  }
}

/** Reads a whole file into memory. For files that may be large, `readStatements`. @throws Iso20022Error */
export async function readAllStatements(source: Source, options?: ReadOptions): Promise<StatementFile> {
  const file: StatementFile = { message: undefined as never, statements: [], findings: [] };
  let extra: Extra[] = [];
  for await (const event of readStatements(source, options)) {
    if (event.type === "message") {
      file.message = event.message;
      file.findings.push(...event.findings);
    } else if (event.type === "statement") {
      file.statements.push({ ...event.statement, entries: [], findings: [] });
    } else if (event.type === "entry") {
      file.statements.at(-1)?.entries.push(event.entry);
    } else if (event.type === "statementEnd") {
      const last = file.statements.pop();
      file.statements.push({ ...event.statement, entries: last?.entries ?? [], findings: event.findings });
    } else extra = event.extra;
  }
  return { ...file, message: { ...file.message, extra: [...file.message.extra, ...extra] } };
}

function headerOf(element: XmlElement | undefined): Omit<StatementMessage, "definition"> {
  const header = {
    messageId: text(element, "MsgId"),
    createdAt: text(element, "CreDtTm"),
    page: pageOf(child(element, "MsgPgntn")),
    recipient: partyOf(child(element, "MsgRcpt")),
    additionalInformation: text(element, "AddtlInf"),
  };
  return { ...header, extra: leftovers(element) };
}

/** A `Stmt`, `Rpt` or `Ntfctn` without its entries; also of one that has not ended yet. */
function statementOf(element: XmlElement): Statement {
  const period = child(element, "FrToDt");
  const copy = text(element, "CpyDplctInd");
  const statement: Omit<Statement, "extra"> = {
    kind: kinds[element.name as StatementElement],
    id: required(text(element, "Id"), element, "Id"),
    electronicSequence: text(element, "ElctrncSeqNb"),
    legalSequence: text(element, "LglSeqNb"),
    // Each kind has its own name for it: `StmtPgntn`, `RptPgntn`, `NtfctnPgntn`.
    page: pageOf(child(element, "StmtPgntn") ?? child(element, "RptPgntn") ?? child(element, "NtfctnPgntn")),
    createdAt: text(element, "CreDtTm"),
    from: dateOf(child(period, "FrDtTm") ?? child(period, "FrDt")),
    to: dateOf(child(period, "ToDtTm") ?? child(period, "ToDt")),
    copyDuplicate: copy === "CODU" || copy === "COPY" || copy === "DUPL" ? copy : null,
    account: statementAccountOf(required(child(element, "Acct"), element, "Acct")),
    balances: all(element, "Bal").map(balanceOf),
    summary: summaryOf(child(element, "TxsSummry")),
    additionalInformation:
      text(element, "AddtlStmtInf") ?? text(element, "AddtlRptInf") ?? text(element, "AddtlNtfctnInf"),
  };
  return { ...statement, extra: leftovers(element, ["Ntry", "Bal", "TxsSummry"]) };
}

function statementAccountOf(element: XmlElement): Statement["account"] {
  const account = required(accountOf(element), element, "Id");
  return {
    ...account,
    type: codeOrProprietary(child(element, "Tp")),
    owner: partyOf(child(element, "Ownr")),
    servicer: agentOf(child(element, "Svcr")),
  };
}

function balanceOf(element: XmlElement): Balance {
  const { minor, currency } = amountOf(required(child(element, "Amt"), element, "Amt"));
  const direction = required(directionOf(child(element, "CdtDbtInd")), element, "CdtDbtInd");
  // `Tp/Cd` in version 01, `Tp/CdOrPrtry/Cd` after.
  const code = codeOrProprietary(at(element, "Tp", "CdOrPrtry")) ?? codeOrProprietary(child(element, "Tp"));
  const balance = {
    code: required(code, element, "Tp"),
    amount: { minor: direction === "debit" ? -minor : minor, currency },
    date: required(dateOf(child(element, "Dt")), element, "Dt"),
  };
  return { ...balance, extra: leftovers(element) };
}

function summaryOf(element: XmlElement | undefined): Summary | null {
  if (element === undefined) return null;
  const part = (name: string) => ({
    count: countOf(at(element, name, "NbOfNtries")),
    sum: text(element, name, "Sum"),
  });
  const summary = { entries: part("TtlNtries"), credits: part("TtlCdtNtries"), debits: part("TtlDbtNtries") };
  return { ...summary, extra: leftovers(element) };
}

function pageOf(element: XmlElement | undefined): Page | null {
  const number = text(element, "PgNb");
  return number === null ? null : { number, last: booleanOf(child(element, "LastPgInd")) ?? true };
}

/** The files that this bank puts out: ISO 20022 messages, written by hand and valid against their published schemas. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { takeNoticeFault } from "../faults/faults.ts";
import { BANK_BIC } from "../iban.ts";
import { formatAmount } from "../money.ts";

/** What a report says of one payment. */
export interface Told {
  messageId: string;
  messageName: string;
  paymentInformationId: string;
  endToEndId: string;
  status: string;
  reason: string | null;
}

/** pain.002 about one payment. */
export function statusReport(bank: Bank, told: Told): Report {
  const id = newId(bank);
  const reason = told.reason === null ? "" : reasonOf(told.reason);
  return {
    id,
    kind: "pain.002",
    content: document(
      "pain.002.001.11",
      `<CstmrPmtStsRpt><GrpHdr>${text("MsgId", id)}${text("CreDtTm", now(bank))}${initiator()}</GrpHdr>
<OrgnlGrpInfAndSts>${text("OrgnlMsgId", told.messageId)}${text("OrgnlMsgNmId", told.messageName)}</OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts>${text("OrgnlPmtInfId", told.paymentInformationId)}
<TxInfAndSts>${text("StsId", id)}${text("OrgnlEndToEndId", told.endToEndId)}${text("TxSts", told.status)}${reason}</TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt>`,
    ),
  };
}

/** pain.002 about a whole message that was refused before its payments were looked at. */
export function messageRefused(
  bank: Bank,
  told: { messageId: string; messageName: string; reason: string; information: string },
): Report {
  const id = newId(bank);
  return {
    id,
    kind: "pain.002",
    content: document(
      "pain.002.001.11",
      `<CstmrPmtStsRpt><GrpHdr>${text("MsgId", id)}${text("CreDtTm", now(bank))}${initiator()}</GrpHdr>
<OrgnlGrpInfAndSts>${text("OrgnlMsgId", told.messageId)}${text("OrgnlMsgNmId", told.messageName)}${text("GrpSts", "RJCT")}${reasonOf(told.reason, told.information)}</OrgnlGrpInfAndSts></CstmrPmtStsRpt>`,
    ),
  };
}

/** One booked line of a custody account, for a notification. */
export interface Notified {
  iban: string;
  currency: string;
  /** Signed: credit > 0, debit < 0. */
  amountMinor: bigint;
  reference: string;
  bookingDate: string;
  endToEndId: string;
  mandateId: string | null;
  /** ISO 20022 bank transaction code, family and sub-family. */
  family: string;
  debtorName: string;
  debtorIban: string;
  /** Set on a line that takes an earlier one back. */
  returnReason: string | null;
}

/** camt.054: one line that was booked. */
export function notification(bank: Bank, line: Notified): Report {
  const id = newId(bank);
  const [family = "", subFamily = ""] = line.family.split("/");
  const amount = `<Amt Ccy="${line.currency}">${formatAmount(line.amountMinor < 0n ? -line.amountMinor : line.amountMinor, line.currency)}</Amt>${text("CdtDbtInd", line.amountMinor < 0n ? "DBIT" : "CRDT")}`;
  const returned =
    line.returnReason === null ? "" : `<RtrInf><Rsn>${text("Cd", line.returnReason)}</Rsn></RtrInf>`;
  return {
    id,
    kind: "camt.054",
    content: document(
      "camt.054.001.08",
      `<BkToCstmrDbtCdtNtfctn><GrpHdr>${text("MsgId", id)}${text("CreDtTm", now(bank))}</GrpHdr>
<Ntfctn>${text("Id", id)}${text("CreDtTm", now(bank))}<Acct><Id>${text("IBAN", line.iban)}</Id>${text("Ccy", line.currency)}</Acct>
<Ntry>${text("NtryRef", line.reference)}${amount}<Sts>${text("Cd", "BOOK")}</Sts><BookgDt>${text("Dt", line.bookingDate)}</BookgDt><ValDt>${text("Dt", line.bookingDate)}</ValDt>${text("AcctSvcrRef", line.reference)}<BkTxCd><Domn>${text("Cd", "PMNT")}<Fmly>${text("Cd", family)}${text("SubFmlyCd", subFamily)}</Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs>${text("AcctSvcrRef", line.reference)}${text("EndToEndId", line.endToEndId)}${line.mandateId === null ? "" : text("MndtId", line.mandateId)}</Refs>${amount}<RltdPties><Dbtr><Pty>${text("Nm", line.debtorName.slice(0, 140))}</Pty></Dbtr><DbtrAcct><Id>${text("IBAN", line.debtorIban)}</Id></DbtrAcct></RltdPties>${returned}</TxDtls></NtryDtls></Ntry>
</Ntfctn></BkToCstmrDbtCdtNtfctn>`,
    ),
  };
}

/** camt.029: the answer to a recall. `CNCL` given back or never carried out, `RJCR` refused. */
export function resolution(
  bank: Bank,
  told: { endToEndId: string; messageId: string; messageName: string; given: boolean; reason: string | null },
): Report {
  const id = newId(bank);
  const agent = `<Agt><FinInstnId>${text("BICFI", BANK_BIC)}</FinInstnId></Agt>`;
  const why =
    told.reason === null ? "" : `<CxlStsRsnInf><Rsn>${text("Cd", told.reason)}</Rsn></CxlStsRsnInf>`;
  return {
    id,
    kind: "camt.029",
    content: document(
      "camt.029.001.09",
      `<RsltnOfInvstgtn><Assgnmt>${text("Id", id)}<Assgnr>${agent}</Assgnr><Assgne>${agent}</Assgne>${text("CreDtTm", now(bank))}</Assgnmt><Sts>${text("Conf", told.given ? "CNCL" : "RJCR")}</Sts>
<CxlDtls><TxInfAndSts>${text("CxlStsId", id)}<OrgnlGrpInf>${text("OrgnlMsgId", told.messageId)}${text("OrgnlMsgNmId", told.messageName)}</OrgnlGrpInf>${text("OrgnlEndToEndId", told.endToEndId)}${text("TxCxlSts", told.given ? "ACCR" : "RJCR")}${why}</TxInfAndSts></CxlDtls></RsltnOfInvstgtn>`,
    ),
  };
}

/** pain.012: what the person did with a mandate on the bank's page. The file bears the id given with the callback. */
export function mandateAcceptance(
  bank: Bank,
  mandate: {
    acceptanceId: string;
    mandateId: string;
    creditorName: string;
    accepted: { debtorName: string; iban: string; currency: string; accountName: string } | null;
  },
): Report {
  const agent = `<DbtrAgt><FinInstnId>${text("BICFI", BANK_BIC)}</FinInstnId></DbtrAgt>`;
  const { accepted } = mandate;
  const original =
    accepted === null
      ? text("OrgnlMndtId", mandate.mandateId)
      : `<OrgnlMndt>${text("MndtId", mandate.mandateId)}${text("TrckgInd", "false")}<Cdtr>${text("Nm", mandate.creditorName)}</Cdtr><Dbtr>${text("Nm", accepted.debtorName.slice(0, 140))}</Dbtr><DbtrAcct><Id>${text("IBAN", accepted.iban)}</Id>${text("Ccy", accepted.currency)}${text("Nm", accepted.accountName.slice(0, 70))}</DbtrAcct>${agent}</OrgnlMndt>`;
  return {
    id: mandate.acceptanceId,
    kind: "pain.012",
    content: document(
      "pain.012.001.08",
      `<MndtAccptncRpt><GrpHdr>${text("MsgId", mandate.acceptanceId)}${text("CreDtTm", now(bank))}</GrpHdr>
<UndrlygAccptncDtls><AccptncRslt>${text("Accptd", String(accepted !== null))}${accepted === null ? `<RjctRsn>${text("Cd", "MD16")}</RjctRsn>` : ""}</AccptncRslt><OrgnlMndt>${original}</OrgnlMndt></UndrlygAccptncDtls></MndtAccptncRpt>`,
    ),
  };
}

/** pain.011 from the debtor's bank: the mandate was ended here. */
export function mandateEnded(bank: Bank, mandateId: string): Report {
  const id = newId(bank);
  return {
    id,
    kind: "pain.011",
    content: document(
      "pain.011.001.08",
      `<MndtCxlReq><GrpHdr>${text("MsgId", id)}${text("CreDtTm", now(bank))}</GrpHdr>
<UndrlygCxlDtls><CxlRsn><Rsn>${text("Cd", "MD16")}</Rsn></CxlRsn><OrgnlMndt>${text("OrgnlMndtId", mandateId)}</OrgnlMndt></UndrlygCxlDtls></MndtCxlReq>`,
    ),
  };
}

export interface Report {
  id: string;
  kind: string;
  content: string;
}

/** A statement as a report: its content was written elsewhere. */
export function statementReport(bank: Bank, content: string): Report {
  return { id: newId(bank), kind: "camt.053", content };
}

/**
 * Queues a report in the caller's transaction. Scripted faults on notices apply here: `withhold-notice` (never
 * written), `duplicate-notice` (written twice under two names), `partial-notice` (half of it first), `late-notice`.
 */
export async function queueReport(
  bank: Bank,
  tx: Queryable,
  report: Report,
  endToEndId: string | null,
): Promise<void> {
  const fault = await takeNoticeFault(tx, endToEndId);
  if (fault === "withhold-notice") return;
  const name = `${report.kind}_${report.id}`;
  const copies = fault === "duplicate-notice" ? [`${name}.xml`, `${name}_again.xml`] : [`${name}.xml`];
  const late = fault === "late-notice" ? LATE_MS : 0;
  for (const copy of copies) {
    await tx.query("INSERT INTO file_reports (name, content, due_at, partial) VALUES ($1, $2, $3, $4)", [
      copy,
      report.content,
      new Date(bank.clock.now().getTime() + late),
      fault === "partial-notice",
    ]);
  }
}

const LATE_MS = 3_000;

function newId(bank: Bank): string {
  return bank.random.uuid().replaceAll("-", "");
}

function now(bank: Bank): string {
  return bank.clock.now().toISOString();
}

function initiator(): string {
  return `<InitgPty><Id><OrgId>${text("AnyBIC", BANK_BIC)}</OrgId></Id></InitgPty>`;
}

function reasonOf(code: string, information?: string): string {
  const more = information === undefined ? "" : text("AddtlInf", information.slice(0, 105));
  return `<StsRsnInf><Rsn>${text("Cd", code)}</Rsn>${more}</StsRsnInf>`;
}

function document(name: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${name}">
${content}
</Document>
`;
}

function text(name: string, content: string): string {
  // Characters that XML 1.0 cannot carry at all are dropped; the others are escaped.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must go.
  const clean = content.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "");
  const escaped = clean.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<${name}>${escaped}</${name}>`;
}

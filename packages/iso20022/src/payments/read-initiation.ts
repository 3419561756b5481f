import { readDocument } from "../document.ts";
import { accountOf, agentOf, endToEndIdOf, partyOf, remittanceOf } from "../parts.ts";
import type { Finding, Money, Source } from "../types.ts";
import { amountOf, booleanOf, countOf, dateOf, dayOf } from "../values.ts";
import { at, child, codeOrProprietary, leftovers, required, text } from "../xml/element.ts";
import type { ReadOptions, XmlElement } from "../xml/parse.ts";
import { sumOf } from "./draft.ts";
import type {
  ReadCreditTransfer,
  ReadCreditTransferGroup,
  ReadCreditTransfers,
  ReadDirectDebit,
  ReadDirectDebitGroup,
  ReadDirectDebits,
} from "./types.ts";

/**
 * Reads a pain.001 CustomerCreditTransferInitiation of any version, ours or another's. Counts and control sums are
 * compared with what the file holds.
 * @throws Iso20022Error
 */
export async function readCreditTransfers(
  source: Source,
  options?: ReadOptions,
): Promise<ReadCreditTransfers> {
  let transfers: ReadCreditTransfer[] = [];
  const groups: ReadCreditTransferGroup[] = [];
  const sums = createSums();
  const document = await readDocument(
    source,
    ["pain.001"],
    {
      "PmtInf/CdtTrfTxInf": (element) => transfers.push(creditTransferOf(element)),
      "CstmrCdtTrfInitn/PmtInf": (element) => {
        sums.group(element, transfers);
        groups.push(creditGroupOf(element, transfers));
        transfers = [];
      },
    },
    options,
  );
  const header = headerOf(document.body);
  const whole = sums.message(header, document.body.line);
  return {
    definition: document.definition,
    ...header,
    groups,
    findings: [...document.findings, ...whole],
    extra: [...document.outside, ...leftovers(document.body)],
  };
}

/** Reads a pain.008 CustomerDirectDebitInitiation of any version. @throws Iso20022Error */
export async function readDirectDebits(source: Source, options?: ReadOptions): Promise<ReadDirectDebits> {
  let debits: ReadDirectDebit[] = [];
  const groups: ReadDirectDebitGroup[] = [];
  const sums = createSums();
  const document = await readDocument(
    source,
    ["pain.008"],
    {
      "PmtInf/DrctDbtTxInf": (element) => debits.push(directDebitOf(element)),
      "CstmrDrctDbtInitn/PmtInf": (element) => {
        sums.group(element, debits);
        groups.push(debitGroupOf(element, debits));
        debits = [];
      },
    },
    options,
  );
  const header = headerOf(document.body);
  const whole = sums.message(header, document.body.line);
  return {
    definition: document.definition,
    ...header,
    groups,
    findings: [...document.findings, ...whole],
    extra: [...document.outside, ...leftovers(document.body)],
  };
}

function headerOf(body: XmlElement) {
  const header = required(child(body, "GrpHdr"), body, "GrpHdr");
  return {
    messageId: required(text(header, "MsgId"), header, "MsgId"),
    createdAt: text(header, "CreDtTm"),
    initiatingParty: partyOf(child(header, "InitgPty")),
    count: countOf(child(header, "NbOfTxs")),
    controlSum: text(header, "CtrlSum"),
  };
}

function creditGroupOf(element: XmlElement, transfers: ReadCreditTransfer[]): ReadCreditTransferGroup {
  const type = child(element, "PmtTpInf");
  const group: Omit<ReadCreditTransferGroup, "extra"> = {
    id: required(text(element, "PmtInfId"), element, "PmtInfId"),
    method: text(element, "PmtMtd"),
    batchBooking: booleanOf(child(element, "BtchBookg")),
    serviceLevel: codeOrProprietary(child(type, "SvcLvl")),
    localInstrument: codeOrProprietary(child(type, "LclInstrm")),
    categoryPurpose: codeOrProprietary(child(type, "CtgyPurp")),
    // A plain date until version 07, a choice after.
    executionDate: dateOf(child(element, "ReqdExctnDt")),
    debtor: partyOf(child(element, "Dbtr")),
    debtorAccount: accountOf(child(element, "DbtrAcct")),
    debtorAgent: agentOf(child(element, "DbtrAgt")),
    chargeBearer: text(element, "ChrgBr"),
    transfers,
  };
  return { ...group, extra: leftovers(element) };
}

function creditTransferOf(element: XmlElement): ReadCreditTransfer {
  const id = child(element, "PmtId");
  const amount = at(element, "Amt", "InstdAmt") ?? at(element, "Amt", "EqvtAmt", "Amt");
  const transfer: Omit<ReadCreditTransfer, "extra"> = {
    line: element.line,
    instructionId: text(id, "InstrId"),
    endToEndId: endToEndIdOf(id),
    uetr: text(id, "UETR"),
    amount: amountOf(required(amount, element, "Amt")),
    creditor: partyOf(child(element, "Cdtr")),
    creditorAccount: accountOf(child(element, "CdtrAcct")),
    creditorAgent: agentOf(child(element, "CdtrAgt")),
    ultimateCreditor: partyOf(child(element, "UltmtCdtr")),
    purpose: codeOrProprietary(child(element, "Purp")),
    remittance: remittanceOf(child(element, "RmtInf")),
  };
  return { ...transfer, extra: leftovers(element) };
}

function debitGroupOf(element: XmlElement, debits: ReadDirectDebit[]): ReadDirectDebitGroup {
  const type = child(element, "PmtTpInf");
  const scheme = at(element, "CdtrSchmeId", "Id", "PrvtId", "Othr");
  const schemeName = codeOrProprietary(child(scheme, "SchmeNm"));
  const group: Omit<ReadDirectDebitGroup, "extra"> = {
    id: required(text(element, "PmtInfId"), element, "PmtInfId"),
    method: text(element, "PmtMtd"),
    batchBooking: booleanOf(child(element, "BtchBookg")),
    serviceLevel: codeOrProprietary(child(type, "SvcLvl")) ?? schemeName,
    localInstrument: codeOrProprietary(child(type, "LclInstrm")),
    sequenceType: text(type, "SeqTp"),
    categoryPurpose: codeOrProprietary(child(type, "CtgyPurp")),
    collectionDate: dateOf(child(element, "ReqdColltnDt")),
    creditor: partyOf(child(element, "Cdtr")),
    creditorAccount: accountOf(child(element, "CdtrAcct")),
    creditorAgent: agentOf(child(element, "CdtrAgt")),
    creditorSchemeId: text(scheme, "Id"),
    chargeBearer: text(element, "ChrgBr"),
    debits,
  };
  return { ...group, extra: leftovers(element) };
}

function directDebitOf(element: XmlElement): ReadDirectDebit {
  const id = child(element, "PmtId");
  const mandate = at(element, "DrctDbtTx", "MndtRltdInf");
  const mandateId = text(mandate, "MndtId");
  const debit: Omit<ReadDirectDebit, "extra"> = {
    line: element.line,
    instructionId: text(id, "InstrId"),
    endToEndId: endToEndIdOf(id),
    amount: amountOf(required(child(element, "InstdAmt"), element, "InstdAmt")),
    mandate: mandateId === null ? null : { id: mandateId, signedOn: dayOf(child(mandate, "DtOfSgntr")) },
    debtor: partyOf(child(element, "Dbtr")),
    debtorAccount: accountOf(child(element, "DbtrAcct")),
    debtorAgent: agentOf(child(element, "DbtrAgt")),
    purpose: codeOrProprietary(child(element, "Purp")),
    remittance: remittanceOf(child(element, "RmtInf")),
  };
  return { ...debit, extra: leftovers(element) };
}

/** Compares the counts and control sums that a file states with what it holds. */
function createSums() {
  const all: Money[] = [];
  const findings: Finding[] = [];

  const compare = (
    said: { count: number | null; sum: string | null },
    amounts: Money[],
    where: string,
    line: number,
  ) => {
    const sum = sumOf(amounts);
    const isCountWrong = said.count !== null && said.count !== amounts.length;
    const isSumWrong = said.sum !== null && plainDecimal(said.sum) !== plainDecimal(sum);
    if (isCountWrong || isSumWrong)
      findings.push({
        code: "controlSumDiffers",
        line,
        text: {
          en: `${where} states ${said.count ?? "no number of"} payments and ${said.sum ?? "no sum"}; it holds ${amounts.length} and ${sum}.`,
          zh: `${where} 注明 ${said.count ?? "（无）"} 笔、合计 ${said.sum ?? "（无）"}，实际为 ${amounts.length} 笔、合计 ${sum}。`,
        },
      });
  };
  return {
    group(element: XmlElement, payments: readonly { amount: Money }[]): void {
      const amounts = payments.map(({ amount }) => amount);
      for (const amount of amounts) all.push(amount);
      const said = { count: countOf(child(element, "NbOfTxs")), sum: text(element, "CtrlSum") };
      compare(said, amounts, text(element, "PmtInfId") ?? element.name, element.line);
    },
    message(
      header: { messageId: string; count: number | null; controlSum: string | null },
      line: number,
    ): Finding[] {
      compare({ count: header.count, sum: header.controlSum }, all, header.messageId, line);
      return findings;
    },
  };
}

/** One spelling for equal decimals. */
function plainDecimal(written: string): string {
  const [whole = "", fraction = ""] = written.replace(/^\+/, "").split(".");
  return `${whole.replace(/^0+(?=\d)/, "")}.${fraction.replace(/0+$/, "")}`;
}

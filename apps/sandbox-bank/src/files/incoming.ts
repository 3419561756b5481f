/** What stands in a message from a company. Read after its schema was checked, so required elements are there. */
import { XMLParser } from "fast-xml-parser";

const LISTS = new Set([
  "PmtInf",
  "CdtTrfTxInf",
  "DrctDbtTxInf",
  "Ustrd",
  "Undrlyg",
  "TxInf",
  "UndrlygCxlDtls",
]);
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => LISTS.has(name),
});

export interface IncomingOrder {
  kind: "credit_transfer" | "direct_debit";
  paymentInformationId: string;
  endToEndId: string;
  debtorIban: string;
  debtorName: string;
  creditorIban: string;
  creditorName: string;
  amount: string;
  currency: string;
  remittance: string | null;
  mandateId: string | null;
  /** The day on which the company wants it done, `YYYY-MM-DD`. */
  requestedDate: string | null;
}

export interface IncomingMessage {
  messageId: string;
  /** Identification of the initiating party: the company's number at this bank. */
  initiator: string;
  numberOfTransactions: string | null;
  controlSum: string | null;
  orders: IncomingOrder[];
  /** camt.056: end-to-end ids of the payments to be called back, with the reason code. */
  recalls: { endToEndId: string; reason: string; caseId: string | null }[];
  /** pain.011: mandates that the creditor ends. */
  endedMandates: string[];
}

/** Throws when the text is no XML at all. */
export function readMessage(xml: string): IncomingMessage {
  const document = node((parser.parse(xml) as Node).Document);
  if (document.CstmrCdtTrfInitn !== undefined) return payments(node(document.CstmrCdtTrfInitn));
  if (document.CstmrDrctDbtInitn !== undefined) return payments(node(document.CstmrDrctDbtInitn));
  if (document.FIToFIPmtCxlReq !== undefined) return recall(node(document.FIToFIPmtCxlReq));
  return mandateEnd(node(document.MndtCxlReq));
}

function payments(message: Node): IncomingMessage {
  const header = node(message.GrpHdr);
  return {
    ...nothing,
    messageId: text(header.MsgId) ?? "",
    initiator: partyId(header.InitgPty),
    numberOfTransactions: text(header.NbOfTxs),
    controlSum: text(header.CtrlSum),
    orders: list(message.PmtInf).flatMap((information) => [
      ...list(information.CdtTrfTxInf).map((one) => creditTransfer(information, one)),
      ...list(information.DrctDbtTxInf).map((one) => directDebit(information, one)),
    ]),
  };
}

function creditTransfer(information: Node, one: Node): IncomingOrder {
  const date = information.ReqdExctnDt;
  return {
    kind: "credit_transfer",
    paymentInformationId: text(information.PmtInfId) ?? "",
    endToEndId: text(node(one.PmtId).EndToEndId) ?? "",
    debtorIban: accountOf(information.DbtrAcct),
    debtorName: text(node(information.Dbtr).Nm) ?? "",
    creditorIban: accountOf(one.CdtrAcct),
    creditorName: text(node(one.Cdtr).Nm) ?? "",
    ...amountOf(node(one.Amt).InstdAmt),
    remittance: remittanceOf(one),
    mandateId: null,
    requestedDate: text(node(date).Dt) ?? text(date),
  };
}

function directDebit(information: Node, one: Node): IncomingOrder {
  return {
    kind: "direct_debit",
    paymentInformationId: text(information.PmtInfId) ?? "",
    endToEndId: text(node(one.PmtId).EndToEndId) ?? "",
    debtorIban: accountOf(one.DbtrAcct),
    debtorName: text(node(one.Dbtr).Nm) ?? "",
    creditorIban: accountOf(information.CdtrAcct),
    creditorName: text(node(information.Cdtr).Nm) ?? "",
    ...amountOf(one.InstdAmt),
    remittance: remittanceOf(one),
    mandateId: text(node(node(one.DrctDbtTx).MndtRltdInf).MndtId),
    requestedDate: text(information.ReqdColltnDt),
  };
}

function recall(message: Node): IncomingMessage {
  const assignment = node(message.Assgnmt);
  return {
    ...nothing,
    messageId: text(assignment.Id) ?? "",
    initiator: partyId(node(assignment.Assgnr).Pty) || memberId(node(assignment.Assgnr).Agt),
    recalls: list(message.Undrlyg)
      .flatMap((underlying) => list(underlying.TxInf))
      .map((one) => ({
        endToEndId: text(one.OrgnlEndToEndId) ?? "",
        reason: text(node(node(one.CxlRsnInf).Rsn).Cd) ?? "CUST",
        caseId: text(node(one.Case).Id) ?? text(node(message.Case).Id),
      })),
  };
}

function mandateEnd(message: Node): IncomingMessage {
  const header = node(message.GrpHdr);
  return {
    ...nothing,
    messageId: text(header.MsgId) ?? "",
    initiator: partyId(header.InitgPty),
    endedMandates: list(message.UndrlygCxlDtls).flatMap((one) => {
      const original = node(one.OrgnlMndt);
      return text(original.OrgnlMndtId) ?? text(node(original.OrgnlMndt).MndtId) ?? [];
    }),
  };
}

const nothing = {
  numberOfTransactions: null,
  controlSum: null,
  orders: [],
  recalls: [],
  endedMandates: [],
} satisfies Partial<IncomingMessage>;

function partyId(party: unknown): string {
  const id = node(node(party).Id);
  return text(node(node(id.OrgId).Othr).Id) ?? text(node(node(id.PrvtId).Othr).Id) ?? "";
}

function memberId(agent: unknown): string {
  return text(node(node(node(agent).FinInstnId).ClrSysMmbId).MmbId) ?? "";
}

function accountOf(account: unknown): string {
  const id = node(node(account).Id);
  return text(id.IBAN) ?? text(node(id.Othr).Id) ?? "";
}

function amountOf(amount: unknown): { amount: string; currency: string } {
  return { amount: text(amount) ?? "", currency: text(node(amount)["@Ccy"]) ?? "" };
}

function remittanceOf(one: Node): string | null {
  const lines = node(one.RmtInf).Ustrd;
  return Array.isArray(lines) ? lines.map((line) => text(line) ?? "").join(" ") : null;
}

type Node = Record<string, unknown>;

function node(value: unknown): Node {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

function list(value: unknown): Node[] {
  return (Array.isArray(value) ? value : []).map(node);
}

function text(value: unknown): string | null {
  const content = typeof value === "string" ? value : node(value)["#text"];
  return typeof content === "string" && content.trim() !== "" ? content.trim() : null;
}

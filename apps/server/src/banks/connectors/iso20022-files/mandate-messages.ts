import { XMLParser } from "fast-xml-parser";

/** A mandate as the debtor's bank tells of it. */
export type MandateNews = {
  messageId: string;
  mandateId: string;
  /** ISO 8601, as written. */
  createdAt: string;
} & (
  | {
      kind: "accepted";
      debtorName: string;
      iban: string;
      currency: string | null;
      accountName: string | null;
    }
  | { kind: "refused" }
  | { kind: "ended" }
);

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  // Names of people: `&#26519;` is a character reference and nothing else; documents with entities are refused before.
  htmlEntities: true,
  isArray: (name) => name === "UndrlygAccptncDtls" || name === "UndrlygCxlDtls",
});

/**
 * Reads a pain.012 (MandateAcceptanceReport) or pain.011 (MandateCancellationRequest), versions 04 to 08.
 * @throws Error in one sentence when the message lacks what a mandate needs
 */
export function readMandateNews(xml: string): MandateNews[] {
  const document = node((parser.parse(xml) as Node).Document);
  const acceptance = node(document.MndtAccptncRpt);
  const cancellation = node(document.MndtCxlReq);
  const header = node(acceptance.GrpHdr ?? cancellation.GrpHdr);
  const head = { messageId: needed(header.MsgId, "MsgId"), createdAt: needed(header.CreDtTm, "CreDtTm") };
  return [
    ...list(acceptance.UndrlygAccptncDtls).map((one) => acceptanceOf(head, one)),
    ...list(cancellation.UndrlygCxlDtls).map((one) => ({
      ...head,
      mandateId: mandateIdOf(one),
      kind: "ended" as const,
    })),
  ];
}

function acceptanceOf(head: { messageId: string; createdAt: string }, one: Node): MandateNews {
  const mandateId = mandateIdOf(one);
  if (text(node(one.AccptncRslt).Accptd) !== "true") return { ...head, mandateId, kind: "refused" };
  const mandate = node(node(one.OrgnlMndt).OrgnlMndt);
  const account = node(mandate.DbtrAcct);
  const id = node(account.Id);
  return {
    ...head,
    mandateId,
    kind: "accepted",
    debtorName: needed(node(mandate.Dbtr).Nm, "Dbtr/Nm"),
    iban: text(id.IBAN) ?? needed(node(id.Othr).Id, "DbtrAcct/Id"),
    currency: text(account.Ccy),
    accountName: text(account.Nm),
  };
}

function mandateIdOf(one: Node): string {
  const original = node(one.OrgnlMndt);
  return text(original.OrgnlMndtId) ?? needed(node(original.OrgnlMndt).MndtId, "OrgnlMndtId");
}

/** A pain.011.001.08: the creditor ends a mandate at the debtor's wish (reason MD16, ExternalMandateReason1Code). */
export function writeMandateEnd(message: {
  messageId: string;
  createdAt: string;
  companyId: string;
  mandateId: string;
}): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.011.001.08">
<MndtCxlReq>
<GrpHdr><MsgId>${escaped(message.messageId)}</MsgId><CreDtTm>${escaped(message.createdAt)}</CreDtTm><InitgPty><Id><OrgId><Othr><Id>${escaped(message.companyId)}</Id></Othr></OrgId></Id></InitgPty></GrpHdr>
<UndrlygCxlDtls><CxlRsn><Rsn><Cd>MD16</Cd></Rsn></CxlRsn><OrgnlMndt><OrgnlMndtId>${escaped(message.mandateId)}</OrgnlMndtId></OrgnlMndt></UndrlygCxlDtls>
</MndtCxlReq>
</Document>
`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

type Node = Record<string, unknown>;

function node(value: unknown): Node {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

function list(value: unknown): Node[] {
  return (Array.isArray(value) ? value : []).map(node);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function needed(value: unknown, name: string): string {
  const content = text(value);
  if (content === null) throw new Error(`${name} is missing.`);
  return content;
}

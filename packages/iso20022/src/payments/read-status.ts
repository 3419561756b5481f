import { readDocument } from "../document.ts";
import { reasonOf } from "../parts.ts";
import type { Reason, Source } from "../types.ts";
import { optionalAmount } from "../values.ts";
import { all, at, child, leftovers, required, text } from "../xml/element.ts";
import type { ReadOptions, XmlElement } from "../xml/parse.ts";
import type { GroupStatus, PaymentStatusReport, TransactionStatus } from "./types.ts";

/**
 * Reads a pain.002 CustomerPaymentStatusReport of any version: the bank's answer to a pain.001 or pain.008.
 * @throws Iso20022Error
 */
export async function readPaymentStatus(source: Source, options?: ReadOptions): Promise<PaymentStatusReport> {
  let transactions: TransactionStatus[] = [];
  const groups: GroupStatus[] = [];
  const document = await readDocument(
    source,
    ["pain.002"],
    {
      "OrgnlPmtInfAndSts/TxInfAndSts": (element) => transactions.push(transactionOf(element)),
      "CstmrPmtStsRpt/OrgnlPmtInfAndSts": (element) => {
        groups.push(groupOf(element, transactions));
        transactions = [];
      },
    },
    options,
  );
  const { body } = document;
  const header = required(child(body, "GrpHdr"), body, "GrpHdr");
  const original = required(child(body, "OrgnlGrpInfAndSts"), body, "OrgnlGrpInfAndSts");
  const report: Omit<PaymentStatusReport, "extra"> = {
    definition: document.definition,
    messageId: required(text(header, "MsgId"), header, "MsgId"),
    createdAt: text(header, "CreDtTm"),
    original: {
      messageId: required(text(original, "OrgnlMsgId"), original, "OrgnlMsgId"),
      definition: text(original, "OrgnlMsgNmId"),
    },
    status: text(original, "GrpSts"),
    reasons: reasonsOf(original),
    groups,
    findings: document.findings,
  };
  return { ...report, extra: [...document.outside, ...leftovers(body)] };
}

/**
 * What a report says of one payment. Banks report what differs: a level without a status of its own has that of the
 * level above; a level without reasons has those of a level of the same status. Null if the report is silent, e.g. about the accepted payments of a group
 * that is `PART`: silence is neither acceptance nor rejection.
 */
export function statusOf(
  report: PaymentStatusReport,
  payment: { groupId: string; endToEndId: string },
): { status: string; reasons: Reason[]; transaction: TransactionStatus | null } | null {
  const group = report.groups.find(({ originalId }) => originalId === payment.groupId);
  const transaction =
    group?.transactions.find(({ originalEndToEndId }) => originalEndToEndId === payment.endToEndId) ?? null;
  const levels = [transaction, group, report].filter((level) => level !== null && level !== undefined);
  const level = levels.find(({ status }) => status !== null);
  if (level?.status === null || level === undefined || level.status === "PART") return null;
  const { status } = level;
  // Not those of a level with another fate: the file may be refused and this payment in it accepted.
  const agreeing = levels.filter((other) => other.status === null || other.status === status);
  const reasons = agreeing.find((other) => other.reasons.length > 0)?.reasons ?? [];
  return { status, reasons, transaction };
}

function groupOf(element: XmlElement, transactions: TransactionStatus[]): GroupStatus {
  const group: Omit<GroupStatus, "extra"> = {
    originalId: required(text(element, "OrgnlPmtInfId"), element, "OrgnlPmtInfId"),
    status: text(element, "PmtInfSts"),
    reasons: reasonsOf(element),
    transactions,
  };
  return { ...group, extra: leftovers(element) };
}

function transactionOf(element: XmlElement): TransactionStatus {
  const original =
    at(element, "OrgnlTxRef", "Amt", "InstdAmt") ?? at(element, "OrgnlTxRef", "IntrBkSttlmAmt");
  const transaction: Omit<TransactionStatus, "extra"> = {
    line: element.line,
    statusId: text(element, "StsId"),
    originalInstructionId: text(element, "OrgnlInstrId"),
    originalEndToEndId: text(element, "OrgnlEndToEndId"),
    originalUetr: text(element, "OrgnlUETR"),
    status: text(element, "TxSts"),
    reasons: reasonsOf(element),
    accountServicerReference: text(element, "AcctSvcrRef"),
    clearingSystemReference: text(element, "ClrSysRef"),
    acceptedAt: text(element, "AccptncDtTm"),
    amount: optionalAmount(original),
  };
  return { ...transaction, extra: leftovers(element) };
}

function reasonsOf(element: XmlElement): Reason[] {
  return all(element, "StsRsnInf").map(reasonOf);
}

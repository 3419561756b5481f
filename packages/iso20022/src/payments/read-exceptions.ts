import { readDocument } from "../document.ts";
import { reasonOf } from "../parts.ts";
import type { Source } from "../types.ts";
import { amountOf, countOf, dayOf, optionalAmount } from "../values.ts";
import { all, at, child, leftovers, required, text } from "../xml/element.ts";
import type { ReadOptions, XmlElement } from "../xml/parse.ts";
import type { PaymentReturn, ReadCancellationRequest, Resolution } from "./types.ts";

/** Reads a camt.056 FIToFIPaymentCancellationRequest of any version. @throws Iso20022Error */
export async function readCancellationRequest(
  source: Source,
  options?: ReadOptions,
): Promise<ReadCancellationRequest> {
  const transactions: ReadCancellationRequest["transactions"] = [];
  const document = await readDocument(
    source,
    ["camt.056"],
    {
      "Undrlyg/TxInf": (element) => {
        const transaction = {
          ...originalOf(element),
          cancellationId: text(element, "CxlId"),
          originalSettlementDate: dayOf(child(element, "OrgnlIntrBkSttlmDt")),
          reasons: all(element, "CxlRsnInf").map(reasonOf),
        };
        transactions.push({ ...transaction, extra: leftovers(element) });
      },
    },
    options,
  );
  const { body } = document;
  return {
    definition: document.definition,
    ...assignmentOf(body),
    caseId: text(body, "Case", "Id"),
    transactions,
    findings: document.findings,
    extra: [...document.outside, ...leftovers(body)],
  };
}

/**
 * Reads a camt.029 ResolutionOfInvestigation of any version: the answer to a recall, whether it was asked for between
 * banks (camt.056) or by a customer (camt.055).
 * @throws Iso20022Error
 */
export async function readResolution(source: Source, options?: ReadOptions): Promise<Resolution> {
  const transactions: Resolution["transactions"] = [];
  const add = (element: XmlElement) => {
    const original = originalOf(element);
    const transaction = {
      ...original,
      // Beside a customer's recall the original's UETR goes without `Orgnl`.
      originalUetr: original.originalUetr ?? text(element, "UETR"),
      cancellationStatusId: text(element, "CxlStsId"),
      originalCancellationId: text(element, "OrgnlCxlId"),
      status: text(element, "TxCxlSts"),
      reasons: all(element, "CxlStsRsnInf").map(reasonOf),
    };
    transactions.push({ ...transaction, extra: leftovers(element) });
  };
  const document = await readDocument(
    source,
    ["camt.029"],
    { "CxlDtls/TxInfAndSts": add, "OrgnlPmtInfAndSts/TxInfAndSts": add },
    options,
  );
  const { body } = document;
  return {
    definition: document.definition,
    ...assignmentOf(body),
    caseId: text(body, "RslvdCase", "Id"),
    confirmation: text(body, "Sts", "Conf"),
    transactions,
    findings: document.findings,
    extra: [...document.outside, ...leftovers(body)],
  };
}

/**
 * Reads a pacs.004 PaymentReturn of any version: money that comes back after settlement.
 * @throws Iso20022Error
 */
export async function readPaymentReturn(source: Source, options?: ReadOptions): Promise<PaymentReturn> {
  const transactions: PaymentReturn["transactions"] = [];
  const document = await readDocument(
    source,
    ["pacs.004"],
    {
      "PmtRtr/TxInf": (element) => {
        const amount = required(child(element, "RtrdIntrBkSttlmAmt"), element, "RtrdIntrBkSttlmAmt");
        const transaction = {
          ...originalOf(element),
          returnId: text(element, "RtrId"),
          returned: amountOf(amount),
          settlementDate: dayOf(child(element, "IntrBkSttlmDt")),
          reasons: all(element, "RtrRsnInf").map(reasonOf),
        };
        transactions.push({ ...transaction, extra: leftovers(element) });
      },
    },
    options,
  );
  const { body, findings } = document;
  const header = required(child(body, "GrpHdr"), body, "GrpHdr");
  const count = countOf(child(header, "NbOfTxs"));
  if (count !== null && count !== transactions.length)
    findings.push({
      code: "controlSumDiffers",
      line: header.line,
      text: {
        en: `The message states ${count} returns; it holds ${transactions.length}.`,
        zh: `报文注明 ${count} 笔退回，实际为 ${transactions.length} 笔。`,
      },
    });
  // What the header and the original group say holds for every payment that does not say otherwise.
  const settlementDate = dayOf(child(header, "IntrBkSttlmDt"));
  const group = child(body, "OrgnlGrpInf");
  const originalMessageId = text(group, "OrgnlMsgId");
  const originalMessageName = text(group, "OrgnlMsgNmId");
  const reasons = all(group, "RtrRsnInf").map(reasonOf);
  return {
    definition: document.definition,
    messageId: required(text(header, "MsgId"), header, "MsgId"),
    createdAt: text(header, "CreDtTm"),
    transactions: transactions.map((transaction) => ({
      ...transaction,
      settlementDate: transaction.settlementDate ?? settlementDate,
      originalMessageId: transaction.originalMessageId ?? originalMessageId,
      originalMessageName: transaction.originalMessageName ?? originalMessageName,
      reasons: transaction.reasons.length > 0 ? transaction.reasons : reasons,
    })),
    findings,
    extra: [...document.outside, ...leftovers(body)],
  };
}

function assignmentOf(body: XmlElement) {
  const assignment = required(child(body, "Assgnmt"), body, "Assgnmt");
  return { id: required(text(assignment, "Id"), assignment, "Id"), createdAt: text(assignment, "CreDtTm") };
}

/** How these messages name the payment that they are about. */
function originalOf(element: XmlElement) {
  const group = child(element, "OrgnlGrpInf");
  const amount = child(element, "OrgnlIntrBkSttlmAmt") ?? child(element, "OrgnlInstdAmt");
  return {
    line: element.line,
    originalMessageId: text(group, "OrgnlMsgId"),
    originalMessageName: text(group, "OrgnlMsgNmId"),
    originalInstructionId: text(element, "OrgnlInstrId"),
    originalEndToEndId: text(element, "OrgnlEndToEndId"),
    originalTransactionId: text(element, "OrgnlTxId"),
    originalUetr: text(element, "OrgnlUETR"),
    originalAmount: optionalAmount(amount ?? at(element, "OrgnlTxRef", "IntrBkSttlmAmt")),
  };
}

import * as xml from "../xml/write.ts";
import type { Characters } from "./characters.ts";
import { createDraft, type Draft } from "./draft.ts";
import type { CancellationRequest, CancelledTransaction } from "./types.ts";

/**
 * Writes a camt.056.001.08 FIToFIPaymentCancellationRequest: asks for payments back that have been sent. The answer
 * is a camt.029; money that comes back is a pacs.004 or a return on the statement.
 * Source: ISO 20022 camt.056.001.08, valid against its published schema.
 * @throws InvalidMessageError with every problem found
 */
export function writeCancellationRequest(
  message: CancellationRequest,
  options: { characters?: Characters } = {},
): string {
  const draft = createDraft({ characters: options.characters ?? "latin" });
  if (message.transactions.length === 0) draft.refuse("transactions", "are none", "为空");
  draft.unique(
    message.transactions.map(({ cancellationId }) => cancellationId),
    (index) => `transactions[${index}].cancellationId`,
  );
  return draft.finish(
    xml.document(
      "camt.056.001.08",
      xml.group(
        "FIToFIPmtCxlReq",
        xml.group(
          "Assgnmt",
          draft.id("id", "Id", message.id),
          xml.group("Assgnr", draft.agent("assigner", "Agt", message.assigner, true)),
          xml.group("Assgne", draft.agent("assignee", "Agt", message.assignee, true)),
          draft.dateTime("createdAt", "CreDtTm", message.createdAt),
        ),
        message.caseId === undefined
          ? ""
          : xml.group(
              "Case",
              draft.id("caseId", "Id", message.caseId),
              xml.group("Cretr", draft.agent("assigner", "Agt", message.assigner, true)),
            ),
        xml.group("CtrlData", xml.leaf("NbOfTxs", message.transactions.length)),
        xml.group(
          "Undrlyg",
          ...message.transactions.map((transaction, index) =>
            transactionOf(draft, `transactions[${index}]`, transaction),
          ),
        ),
      ),
    ),
  );
}

function transactionOf(draft: Draft, path: string, transaction: CancelledTransaction): string {
  const { original } = transaction;
  const isNamed = [original.instructionId, original.endToEndId, original.transactionId, original.uetr].some(
    (id) => id !== undefined,
  );
  if (!isNamed) draft.refuse(`${path}.original`, "names no payment", "未指明任何付款");
  return xml.group(
    "TxInf",
    draft.id(`${path}.cancellationId`, "CxlId", transaction.cancellationId),
    xml.group(
      "OrgnlGrpInf",
      draft.id(`${path}.original.messageId`, "OrgnlMsgId", original.messageId),
      draft.id(`${path}.original.messageName`, "OrgnlMsgNmId", original.messageName),
    ),
    draft.id(`${path}.original.instructionId`, "OrgnlInstrId", original.instructionId),
    draft.id(`${path}.original.endToEndId`, "OrgnlEndToEndId", original.endToEndId),
    draft.id(`${path}.original.transactionId`, "OrgnlTxId", original.transactionId),
    draft.matching(
      `${path}.original.uetr`,
      "OrgnlUETR",
      original.uetr,
      /^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$/,
      { en: "a UUID of version 4 in small letters", zh: "小写的第 4 版 UUID" },
    ),
    draft.money(`${path}.original.amount`, "OrgnlIntrBkSttlmAmt", original.amount),
    draft.date(`${path}.original.settlementDate`, "OrgnlIntrBkSttlmDt", original.settlementDate),
    xml.group(
      "CxlRsnInf",
      draft.code(`${path}.reason`, "Rsn", transaction.reason),
      ...(transaction.information ?? []).map((line, index) =>
        draft.words(`${path}.information[${index}]`, "AddtlInf", line, 105),
      ),
    ),
  );
}

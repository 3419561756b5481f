import * as xml from "../xml/write.ts";
import type { Characters } from "./characters.ts";
import { controlSum, createDraft, type Draft } from "./draft.ts";
import type { DirectDebit, DirectDebitGroup, DirectDebitInitiation } from "./types.ts";

/**
 * Writes a pain.008.001.08 CustomerDirectDebitInitiation, valid against the published schema. Counts and control sums
 * are computed; `characters` as in `writeCreditTransfers`.
 * Source: ISO 20022 pain.008.001.08; EPC130-08 (SEPA Core customer-to-bank guidelines).
 * @throws InvalidMessageError with every problem found
 */
export function writeDirectDebits(
  message: DirectDebitInitiation,
  options: { characters?: Characters } = {},
): string {
  const draft = createDraft({ characters: options.characters ?? "latin" });
  const debits = message.groups.flatMap((group) => group.debits);
  if (debits.length === 0) draft.refuse("groups", "hold no direct debit", "没有任何扣款");
  draft.unique(
    message.groups.map(({ id }) => id),
    (index) => `groups[${index}].id`,
  );
  draft.unique(
    debits.map(({ endToEndId }) => endToEndId),
    (index) => `direct debit ${index + 1}: endToEndId`,
  );
  return draft.finish(
    xml.document(
      "pain.008.001.08",
      xml.group(
        "CstmrDrctDbtInitn",
        xml.group(
          "GrpHdr",
          draft.id("messageId", "MsgId", message.messageId),
          draft.dateTime("createdAt", "CreDtTm", message.createdAt),
          xml.leaf("NbOfTxs", debits.length),
          xml.leaf("CtrlSum", controlSum(debits.map(({ amount }) => amount))),
          draft.party("initiatingParty", "InitgPty", message.initiatingParty),
        ),
        ...message.groups.map((group, index) => groupOf(draft, `groups[${index}]`, group)),
      ),
    ),
  );
}

function groupOf(draft: Draft, path: string, group: DirectDebitGroup): string {
  const { debits } = group;
  const isSepa = group.serviceLevel === "SEPA";
  if (debits.length === 0) draft.refuse(`${path}.debits`, "are none", "为空");
  return xml.group(
    "PmtInf",
    draft.id(`${path}.id`, "PmtInfId", group.id),
    xml.leaf("PmtMtd", "DD"),
    xml.leaf("BtchBookg", group.batchBooking),
    xml.leaf("NbOfTxs", debits.length),
    xml.leaf("CtrlSum", controlSum(debits.map(({ amount }) => amount))),
    xml.group(
      "PmtTpInf",
      draft.code(`${path}.serviceLevel`, "SvcLvl", group.serviceLevel),
      draft.code(`${path}.localInstrument`, "LclInstrm", group.localInstrument, 35),
      xml.leaf("SeqTp", group.sequenceType),
      draft.code(`${path}.categoryPurpose`, "CtgyPurp", group.categoryPurpose),
    ),
    draft.date(`${path}.collectionDate`, "ReqdColltnDt", group.collectionDate),
    draft.party(`${path}.creditor`, "Cdtr", group.creditor),
    draft.account(`${path}.creditorAccount`, "CdtrAcct", group.creditorAccount),
    draft.agent(`${path}.creditorAgent`, "CdtrAgt", group.creditorAgent, true),
    xml.leaf("ChrgBr", group.chargeBearer),
    xml.group(
      "CdtrSchmeId",
      xml.group(
        "Id",
        xml.group(
          "PrvtId",
          xml.group(
            "Othr",
            draft.id(`${path}.creditorSchemeId`, "Id", group.creditorSchemeId),
            // EPC130-08, AT-C002: the scheme's name stands as a proprietary code.
            isSepa ? xml.group("SchmeNm", xml.leaf("Prtry", "SEPA")) : "",
          ),
        ),
      ),
    ),
    ...debits.map((debit, index) => debitOf(draft, `${path}.debits[${index}]`, debit, isSepa)),
  );
}

function debitOf(draft: Draft, path: string, debit: DirectDebit, isSepa: boolean): string {
  return xml.group(
    "DrctDbtTxInf",
    xml.group(
      "PmtId",
      draft.id(`${path}.instructionId`, "InstrId", debit.instructionId),
      draft.id(`${path}.endToEndId`, "EndToEndId", debit.endToEndId),
    ),
    draft.money(`${path}.amount`, "InstdAmt", debit.amount, isSepa),
    xml.group(
      "DrctDbtTx",
      xml.group(
        "MndtRltdInf",
        draft.id(`${path}.mandate.id`, "MndtId", debit.mandate.id),
        draft.date(`${path}.mandate.signedOn`, "DtOfSgntr", debit.mandate.signedOn),
      ),
    ),
    draft.agent(`${path}.debtorAgent`, "DbtrAgt", debit.debtorAgent, true),
    draft.party(`${path}.debtor`, "Dbtr", debit.debtor),
    draft.account(`${path}.debtorAccount`, "DbtrAcct", debit.debtorAccount),
    draft.code(`${path}.purpose`, "Purp", debit.purpose),
    draft.remittance(`${path}.remittance`, debit.remittance, isSepa),
  );
}

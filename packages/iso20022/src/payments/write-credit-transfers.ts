import * as xml from "../xml/write.ts";
import type { Characters } from "./characters.ts";
import { controlSum, createDraft, type Draft } from "./draft.ts";
import type { CreditTransfer, CreditTransferGroup, CreditTransferInitiation } from "./types.ts";

export type CreditTransferVersion = "pain.001.001.09" | "pain.001.001.03";

/**
 * Writes a pain.001 CustomerCreditTransferInitiation, valid against the published schema of its version. Counts and
 * control sums are computed. `characters` is `latin` unless the bank has agreed to more; group service level `SEPA`
 * adds the rules of that scheme (euros, its largest amount, one kind of remittance information).
 * Source: ISO 20022 pain.001.001.09 and .03; EPC132-08 (SEPA customer-to-bank guidelines).
 * @throws InvalidMessageError with every problem found
 */
export function writeCreditTransfers(
  message: CreditTransferInitiation,
  options: { version: CreditTransferVersion; characters?: Characters },
): string {
  const old = options.version === "pain.001.001.03";
  const draft = createDraft({ characters: options.characters ?? "latin", old });
  const transfers = message.groups.flatMap((group) => group.transfers);
  if (transfers.length === 0) draft.refuse("groups", "hold no transfer", "没有任何转账");
  draft.unique(
    message.groups.map(({ id }) => id),
    (index) => `groups[${index}].id`,
  );
  draft.unique(
    transfers.map(({ endToEndId }) => endToEndId),
    (index) => `transfer ${index + 1}: endToEndId`,
  );
  return draft.finish(
    xml.document(
      options.version,
      xml.group(
        "CstmrCdtTrfInitn",
        xml.group(
          "GrpHdr",
          draft.id("messageId", "MsgId", message.messageId),
          draft.dateTime("createdAt", "CreDtTm", message.createdAt),
          xml.leaf("NbOfTxs", transfers.length),
          xml.leaf("CtrlSum", controlSum(transfers.map(({ amount }) => amount))),
          draft.party("initiatingParty", "InitgPty", message.initiatingParty),
        ),
        ...message.groups.map((group, index) => groupOf(draft, `groups[${index}]`, group, old)),
      ),
    ),
  );
}

function groupOf(draft: Draft, path: string, group: CreditTransferGroup, old: boolean): string {
  const { transfers } = group;
  const isSepa = group.serviceLevel === "SEPA";
  if (transfers.length === 0) draft.refuse(`${path}.transfers`, "are none", "为空");
  const date = draft.date(`${path}.executionDate`, old ? "ReqdExctnDt" : "Dt", group.executionDate);
  return xml.group(
    "PmtInf",
    draft.id(`${path}.id`, "PmtInfId", group.id),
    xml.leaf("PmtMtd", "TRF"),
    xml.leaf("BtchBookg", group.batchBooking),
    xml.leaf("NbOfTxs", transfers.length),
    xml.leaf("CtrlSum", controlSum(transfers.map(({ amount }) => amount))),
    xml.group(
      "PmtTpInf",
      draft.code(`${path}.serviceLevel`, "SvcLvl", group.serviceLevel),
      draft.code(`${path}.localInstrument`, "LclInstrm", group.localInstrument, 35),
      draft.code(`${path}.categoryPurpose`, "CtgyPurp", group.categoryPurpose),
    ),
    old ? date : xml.group("ReqdExctnDt", date),
    draft.party(`${path}.debtor`, "Dbtr", group.debtor),
    draft.account(`${path}.debtorAccount`, "DbtrAcct", group.debtorAccount),
    draft.agent(`${path}.debtorAgent`, "DbtrAgt", group.debtorAgent, true),
    xml.leaf("ChrgBr", group.chargeBearer),
    ...transfers.map((transfer, index) =>
      transferOf(draft, `${path}.transfers[${index}]`, transfer, { old, isSepa }),
    ),
  );
}

function transferOf(
  draft: Draft,
  path: string,
  transfer: CreditTransfer,
  { old, isSepa }: { old: boolean; isSepa: boolean },
): string {
  const uetr = draft.matching(
    `${path}.uetr`,
    "UETR",
    transfer.uetr,
    /^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$/,
    { en: "a UUID of version 4 in small letters", zh: "小写的第 4 版 UUID" },
  );
  return xml.group(
    "CdtTrfTxInf",
    xml.group(
      "PmtId",
      draft.id(`${path}.instructionId`, "InstrId", transfer.instructionId),
      draft.id(`${path}.endToEndId`, "EndToEndId", transfer.endToEndId),
      // The version of 2009 has no place for it; banks match by the end-to-end id there.
      old ? "" : uetr,
    ),
    xml.group("Amt", draft.money(`${path}.amount`, "InstdAmt", transfer.amount, isSepa)),
    draft.agent(`${path}.creditorAgent`, "CdtrAgt", transfer.creditorAgent, false),
    draft.party(`${path}.creditor`, "Cdtr", transfer.creditor),
    draft.account(`${path}.creditorAccount`, "CdtrAcct", transfer.creditorAccount),
    draft.party(`${path}.ultimateCreditor`, "UltmtCdtr", transfer.ultimateCreditor),
    draft.code(`${path}.purpose`, "Purp", transfer.purpose),
    draft.remittance(`${path}.remittance`, transfer.remittance, isSepa),
  );
}

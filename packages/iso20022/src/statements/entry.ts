import { accountOf, agentOf, endToEndIdOf, partyOf, reasonOf, remittanceOf } from "../parts.ts";
import type { Finding, Money } from "../types.ts";
import { amountOf, booleanOf, countOf, dateOf, directionOf, optionalAmount } from "../values.ts";
import { all, child, codeOrProprietary, leftovers, required, text } from "../xml/element.ts";
import type { XmlElement } from "../xml/parse.ts";
import type {
  AmountAndExchange,
  BankTransactionCode,
  Charges,
  Entry,
  EntryDetails,
  References,
  Transaction,
} from "./types.ts";

/** Tells that a secondary amount stays in `extra`. */
export type Report = (finding: Finding) => void;

/** An `Ntry`; its `TxDtls` have been read before and come as `details`. */
export function entryOf(element: XmlElement, index: number, details: EntryDetails[], report: Report): Entry {
  const entry: Omit<Entry, "extra"> = {
    index,
    line: element.line,
    reference: text(element, "NtryRef"),
    amount: amountOf(required(child(element, "Amt"), element, "Amt")),
    direction: required(directionOf(child(element, "CdtDbtInd")), element, "CdtDbtInd"),
    reversal: booleanOf(child(element, "RvslInd")) ?? false,
    // A code until version 06, a choice of codes after.
    status: required(codeOrProprietary(child(element, "Sts")) ?? text(element, "Sts"), element, "Sts"),
    bookingDate: dateOf(child(element, "BookgDt")),
    valueDate: dateOf(child(element, "ValDt")),
    accountServicerReference: text(element, "AcctSvcrRef"),
    transactionCode: transactionCodeOf(child(element, "BkTxCd")),
    charges: chargesOf(all(element, "Chrgs"), report),
    details,
    additionalInformation: text(element, "AddtlNtryInf"),
  };
  return { ...entry, extra: leftovers(element) };
}

/** An `NtryDtls`; in version 01 the `Ntry` itself holds the same elements, and its leftovers are the entry's. */
export function detailsOf(element: XmlElement, transactions: Transaction[], report: Report): EntryDetails {
  const btch = child(element, "Btch");
  const batch: EntryDetails["batch"] =
    btch === undefined
      ? null
      : {
          messageId: text(btch, "MsgId"),
          paymentInformationId: text(btch, "PmtInfId"),
          count: countOf(child(btch, "NbOfTxs")),
          total: optionalAmount(child(btch, "TtlAmt"), unreadable(report)),
          direction: directionOf(child(btch, "CdtDbtInd")),
        };
  return { batch, transactions, extra: element.name === "NtryDtls" ? leftovers(element) : [] };
}

/** A `TxDtls`. */
export function transactionOf(element: XmlElement, report: Report): Transaction {
  const amounts = child(element, "AmtDtls");
  const parties = child(element, "RltdPties");
  const agents = child(element, "RltdAgts");
  const returned = child(element, "RtrInf");
  const transaction: Omit<Transaction, "extra"> = {
    line: element.line,
    references: referencesOf(child(element, "Refs")),
    amount: optionalAmount(child(element, "Amt"), unreadable(report)),
    direction: directionOf(child(element, "CdtDbtInd")),
    instructed: amountAndExchangeOf(child(amounts, "InstdAmt"), report),
    transactionAmount: amountAndExchangeOf(child(amounts, "TxAmt"), report),
    counterValue: amountAndExchangeOf(child(amounts, "CntrValAmt"), report),
    transactionCode: transactionCodeOf(child(element, "BkTxCd")),
    charges: chargesOf(all(element, "Chrgs"), report),
    debtor: partyOf(child(parties, "Dbtr")),
    debtorAccount: accountOf(child(parties, "DbtrAcct")),
    ultimateDebtor: partyOf(child(parties, "UltmtDbtr")),
    debtorAgent: agentOf(child(agents, "DbtrAgt")),
    creditor: partyOf(child(parties, "Cdtr")),
    creditorAccount: accountOf(child(parties, "CdtrAcct")),
    ultimateCreditor: partyOf(child(parties, "UltmtCdtr")),
    creditorAgent: agentOf(child(agents, "CdtrAgt")),
    purpose: codeOrProprietary(child(element, "Purp")),
    remittance: remittanceOf(child(element, "RmtInf")),
    returned:
      returned === undefined
        ? null
        : { ...reasonOf(returned), originalCode: transactionCodeOf(child(returned, "OrgnlBkTxCd")) },
    additionalInformation: text(element, "AddtlTxInf"),
  };
  return { ...transaction, extra: leftovers(element) };
}

function referencesOf(element: XmlElement | undefined): References {
  return {
    messageId: text(element, "MsgId"),
    accountServicerReference: text(element, "AcctSvcrRef"),
    paymentInformationId: text(element, "PmtInfId"),
    instructionId: text(element, "InstrId"),
    endToEndId: endToEndIdOf(element),
    uetr: text(element, "UETR"),
    transactionId: text(element, "TxId"),
    mandateId: text(element, "MndtId"),
    chequeNumber: text(element, "ChqNb"),
    clearingSystemReference: text(element, "ClrSysRef"),
    other: all(element, "Prtry").flatMap((other) => {
      const reference = text(other, "Ref");
      return reference === null ? [] : { type: text(other, "Tp"), reference };
    }),
  };
}

export function transactionCodeOf(element: XmlElement | undefined): BankTransactionCode | null {
  if (element === undefined) return null;
  const domain = child(element, "Domn");
  const family = child(domain, "Fmly");
  const proprietary = child(element, "Prtry");
  const code = text(proprietary, "Cd");
  const result = {
    domain: text(domain, "Cd"),
    family: text(family, "Cd"),
    subfamily: text(family, "SubFmlyCd"),
    proprietary: code === null ? null : { code, issuer: text(proprietary, "Issr") },
  };
  return result.domain === null && result.proprietary === null ? null : result;
}

/** `Chrgs`: from version 03 on one with a total and records, before that one element for each charge. */
function chargesOf(elements: XmlElement[], report: Report): Charges | null {
  if (elements.length === 0) return null;
  const totals = elements.flatMap((element) => child(element, "TtlChrgsAndTaxAmt") ?? []);
  const parts = elements.flatMap((element) => {
    const records = all(element, "Rcrd");
    return records.length === 0 && child(element, "Amt") !== undefined ? [element] : records;
  });
  return {
    total: optionalAmount(totals[0], unreadable(report)),
    records: parts.flatMap((part) => {
      const amount: Money | null = optionalAmount(child(part, "Amt"), unreadable(report));
      if (amount === null) return [];
      return {
        amount,
        direction: directionOf(child(part, "CdtDbtInd")),
        included: booleanOf(child(part, "ChrgInclInd")) ?? false,
        type: codeOrProprietary(child(part, "Tp")) ?? text(part, "Tp", "Prtry", "Id"),
      };
    }),
  };
}

function amountAndExchangeOf(element: XmlElement | undefined, report: Report): AmountAndExchange | null {
  const amount = optionalAmount(child(element, "Amt"), unreadable(report));
  if (amount === null) return null;
  const exchange = child(element, "CcyXchg");
  const source = text(exchange, "SrcCcy");
  const rate = text(exchange, "XchgRate");
  return {
    amount,
    exchange:
      source === null || rate === null
        ? null
        : {
            source,
            target: text(exchange, "TrgtCcy"),
            unit: text(exchange, "UnitCcy"),
            rate,
            contract: text(exchange, "CtrctId"),
          },
  };
}

function unreadable(report: Report): (element: XmlElement) => void {
  return (element) =>
    report({
      code: "unreadableAmount",
      line: element.line,
      text: {
        en: `An amount in ${element.name} cannot be read exactly; it is kept as written.`,
        zh: `${element.name} 中的金额无法精确读取，已按原文保留。`,
      },
    });
}

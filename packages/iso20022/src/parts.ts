import type { Account, Address, Agent, GenericId, Party, Reason, Remittance } from "./types.ts";
import { dayOf } from "./values.ts";
import { all, at, child, codeOrProprietary, text, texts } from "./xml/element.ts";
import type { XmlElement } from "./xml/parse.ts";

/** A party; from camt.053.001.03 on it may stand in a choice, as `Pty`, or be a bank, as `Agt`. */
export function partyOf(element: XmlElement | undefined): Party | null {
  if (element === undefined) return null;
  const party = child(element, "Pty") ?? element;
  const bank = at(element, "Agt", "FinInstnId");
  if (bank !== undefined) {
    const agent = agentIn(bank);
    return {
      name: agent.name,
      address: addressOf(child(bank, "PstlAdr")),
      bic: agent.bic,
      lei: agent.lei,
      ids: [],
    };
  }
  const organisation = at(party, "Id", "OrgId");
  const person = at(party, "Id", "PrvtId");
  const result: Party = {
    name: text(party, "Nm"),
    address: addressOf(child(party, "PstlAdr")),
    // `BICOrBEI` until version 02 of camt.053, `AnyBIC` from 08 on.
    bic: text(organisation, "AnyBIC") ?? text(organisation, "BICOrBEI"),
    lei: text(organisation, "LEI"),
    ids: [...all(organisation, "Othr"), ...all(person, "Othr")].flatMap((other) => genericIdOf(other) ?? []),
  };
  const isEmpty =
    result.name === null &&
    result.address === null &&
    result.bic === null &&
    result.lei === null &&
    result.ids.length === 0;
  return isEmpty ? null : result;
}

export function addressOf(element: XmlElement | undefined): Address | null {
  if (element === undefined) return null;
  return {
    street: text(element, "StrtNm"),
    buildingNumber: text(element, "BldgNb"),
    postCode: text(element, "PstCd"),
    town: text(element, "TwnNm"),
    subdivision: text(element, "CtrySubDvsn"),
    country: text(element, "Ctry"),
    lines: texts(element, "AdrLine"),
  };
}

export function agentOf(element: XmlElement | undefined): Agent | null {
  const bank = child(element, "FinInstnId");
  if (bank === undefined) return null;
  const agent = agentIn(bank);
  const isEmpty =
    agent.bic === null &&
    agent.lei === null &&
    agent.name === null &&
    agent.clearing === null &&
    agent.other === null;
  return isEmpty ? null : agent;
}

function agentIn(bank: XmlElement): Agent {
  const member = child(bank, "ClrSysMmbId");
  const id = text(member, "MmbId");
  // EPC's way of saying that the IBAN names the bank.
  const other = genericIdOf(child(bank, "Othr"));
  return {
    // `BIC` until version 02 of camt.053, `BICFI` after.
    bic: text(bank, "BICFI") ?? text(bank, "BIC"),
    lei: text(bank, "LEI"),
    name: text(bank, "Nm"),
    clearing: id === null ? null : { system: codeOrProprietary(child(member, "ClrSysId")), id },
    other: other?.id === "NOTPROVIDED" ? null : other,
  };
}

export function accountOf(element: XmlElement | undefined): Account | null {
  const id = child(element, "Id");
  const iban = text(id, "IBAN")?.replaceAll(" ", "") ?? null;
  // Version 01 had other kinds of account numbers beside `Othr`.
  const older = text(id, "BBAN") ?? text(id, "UPIC") ?? text(id, "PrtryAcct", "Id");
  const other =
    genericIdOf(child(id, "Othr")) ??
    (older === null ? null : { id: older, scheme: null, issuer: null }) ??
    (id === undefined ? proxyOf(child(element, "Prxy")) : null);
  if (iban === null && other === null) return null;
  return { iban, other, currency: text(element, "Ccy"), name: text(element, "Nm") };
}

/** A telephone number or the like, which from version 11 on may stand for the account. */
function proxyOf(element: XmlElement | undefined): GenericId | null {
  const id = text(element, "Id");
  return id === null ? null : { id, scheme: codeOrProprietary(child(element, "Tp")), issuer: null };
}

export function genericIdOf(element: XmlElement | undefined): GenericId | null {
  const id = text(element, "Id");
  if (id === null) return null;
  return { id, scheme: codeOrProprietary(child(element, "SchmeNm")), issuer: text(element, "Issr") };
}

export function remittanceOf(element: XmlElement | undefined): Remittance {
  return {
    unstructured: texts(element, "Ustrd"),
    structured: all(element, "Strd").map((structured) => {
      const reference = child(structured, "CdtrRefInf");
      // `CdtrRefTp` until version 01, `Tp` after.
      const type = child(reference, "Tp") ?? child(reference, "CdtrRefTp");
      return {
        reference: text(reference, "Ref") ?? text(reference, "CdtrRef"),
        referenceType: codeOrProprietary(child(type, "CdOrPrtry") ?? type),
        referenceIssuer: text(type, "Issr"),
        documents: all(structured, "RfrdDocInf").map((document) => ({
          type: codeOrProprietary(at(document, "Tp", "CdOrPrtry")),
          number: text(document, "Nb"),
          date: dayOf(child(document, "RltdDt")),
        })),
        additional: texts(structured, "AddtlRmtInf"),
      };
    }),
  };
}

/** A `StsRsnInf`, `RtrRsnInf`, `CxlRsnInf` or `RtrInf`. The first versions gave each element inside a name of its own. */
export function reasonOf(element: XmlElement): Reason {
  const either = (...names: string[]) =>
    names.map((name) => child(element, name)).find((found) => found !== undefined);
  const reason = either("Rsn", "StsRsn", "RtrRsn", "CxlRsn");
  const originator = either("Orgtr", "StsOrgtr", "RtrOrgtr", "CxlOrgtr");
  const organisation = at(originator, "Id", "OrgId");
  return {
    code: text(reason, "Cd"),
    proprietary: text(reason, "Prtry"),
    information: ["AddtlInf", "AddtlStsRsnInf", "AddtlRtrRsnInf", "AddtlCxlRsnInf"].flatMap((name) =>
      texts(element, name),
    ),
    originator:
      text(originator, "Nm") ??
      text(originator, "Pty", "Nm") ??
      text(organisation, "AnyBIC") ??
      text(organisation, "BICOrBEI"),
  };
}

/** `EndToEndId`, where ISO's usage rule writes NOTPROVIDED for “there is none”. */
export function endToEndIdOf(element: XmlElement | undefined): string | null {
  const id = text(element, "EndToEndId");
  return id === null || /^not ?provided$/i.test(id) ? null : id;
}

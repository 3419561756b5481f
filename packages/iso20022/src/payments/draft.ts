import { exponentOf, formatDecimal, isCurrency } from "@jinqiao/money";
import { electronicFormatIBAN, ValidationErrorsIBAN, validateIBAN } from "ibantools";
import { InvalidMessageError, type WriteProblem } from "../errors.ts";
import type { GenericId, Money, Text } from "../types.ts";
import { isDate } from "../values.ts";
import * as xml from "../xml/write.ts";
import { type Characters, isPlainText, isSepaText, toSepaText } from "./characters.ts";
import type { WrittenAccount, WrittenAgent, WrittenParty, WrittenRemittance } from "./types.ts";

/** The largest amount of the SEPA schemes: 999,999,999.99 euros (EPC125-05, AT-T002). */
const SEPA_LARGEST = 99_999_999_999n;

/**
 * A message in the making: turns values into elements and gathers what is wrong with them, so that the caller learns
 * of all problems at once. `old` is for the versions of 2009 (pain.001.001.03), whose parties and banks differ.
 */
export function createDraft(options: { characters: Characters; old?: boolean }) {
  const problems: WriteProblem[] = [];
  const isLatin = options.characters === "latin";

  const refuse = (path: string, en: string, zh: string): void => {
    problems.push({ path, text: { en, zh } satisfies Text });
  };

  /** Text that people read. Transliterated in SEPA; never cut, because a cut name may name somebody else. */
  const words = (path: string, name: string, value: string | undefined, max: number): string => {
    if (value === undefined) return "";
    const plain = value.trim();
    if (!isPlainText(plain)) refuse(path, "has control characters", "含有控制字符");
    const written = isLatin ? toSepaText(plain) : plain;
    if (written === "") refuse(path, "is empty", "为空");
    if ([...written].length > max) refuse(path, `has more than ${max} characters`, `超过 ${max} 个字符`);
    return xml.leaf(name, written);
  };

  /** An identification, which comes back on other messages and so must go out unchanged. */
  const id = (path: string, name: string, value: string | undefined, max = 35): string => {
    if (value === undefined) return "";
    if (value === "" || value !== value.trim())
      refuse(path, "is empty or begins or ends with a blank", "为空或首尾有空格");
    else if (value.length > max) refuse(path, `has more than ${max} characters`, `超过 ${max} 个字符`);
    else if (isLatin && !isSepaText(value))
      refuse(path, "has characters outside of the SEPA set", "含有 SEPA 字符集以外的字符");
    else if (isLatin && (value.startsWith("/") || value.endsWith("/") || value.includes("//")))
      refuse(path, "begins or ends with a slash or has two in a row", "以斜杠开头或结尾，或含连续两个斜杠");
    else if (!isPlainText(value)) refuse(path, "has control characters", "含有控制字符");
    return xml.leaf(name, value);
  };

  const matching = (
    path: string,
    name: string,
    value: string | undefined,
    pattern: RegExp,
    what: Text,
  ): string => {
    if (value !== undefined && !pattern.test(value)) refuse(path, `is not ${what.en}`, `不是${what.zh}`);
    return xml.leaf(name, value);
  };

  /** A code of an external code set, or a bank's own where it does not have the form of one. */
  const code = (path: string, name: string, value: string | undefined, longest = 4): string => {
    if (value === undefined) return "";
    const isCode = new RegExp(`^[A-Z0-9]{1,${longest}}$`).test(value);
    return xml.group(name, isCode ? xml.leaf("Cd", value) : id(path, "Prtry", value));
  };

  const date = (path: string, name: string, value: string | undefined): string => {
    if (value !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(value) || !isDate(value)))
      refuse(path, "is not a date as 2026-11-22", "不是形如 2026-11-22 的日期");
    return xml.leaf(name, value);
  };

  const dateTime = (path: string, name: string, value: string): string => {
    const match = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/.exec(
      value,
    );
    if (match?.[1] === undefined || !isDate(match[1]))
      refuse(path, "is not an instant as 2026-11-22T09:30:00Z", "不是形如 2026-11-22T09:30:00Z 的时刻");
    return xml.leaf(name, value);
  };

  const money = (path: string, name: string, { minor, currency }: Money, isSepa = false): string => {
    if (!isCurrency(currency)) {
      refuse(path, "has a currency that ISO 4217 does not list", "的货币不在 ISO 4217 中");
      return "";
    }
    if (minor <= 0n) refuse(path, "is not greater than zero", "不大于零");
    // ActiveOrHistoricCurrencyAndAmount has 18 digits.
    if (minor.toString().length > 18) refuse(path, "is too large", "过大");
    if (isSepa && currency !== "EUR")
      refuse(path, "is not in euros, as SEPA demands", "不是 SEPA 要求的欧元");
    if (isSepa && minor > SEPA_LARGEST) refuse(path, "is more than SEPA allows", "超过 SEPA 允许的金额");
    return xml.amount(name, formatDecimal(minor, currency), currency);
  };

  const generic = (path: string, name: string, value: GenericId, longest: number): string =>
    xml.group(
      name,
      id(`${path}.id`, "Id", value.id, longest),
      code(`${path}.scheme`, "SchmeNm", value.scheme ?? undefined),
      id(`${path}.issuer`, "Issr", value.issuer ?? undefined),
    );

  const partyId = (path: string, party: WrittenParty): string => {
    if (options.old && party.lei !== undefined)
      refuse(`${path}.lei`, "has no place in this version of the message", "在此报文版本中没有位置");
    if (party.person && (party.bic !== undefined || party.lei !== undefined))
      refuse(path, "is a person, who has neither BIC nor LEI", "是个人，没有 BIC 或 LEI");
    const others = (party.ids ?? []).map((other, index) =>
      generic(`${path}.ids[${index}]`, "Othr", other, 35),
    );
    if (party.person) return xml.group("Id", xml.group("PrvtId", ...others));
    return xml.group(
      "Id",
      xml.group(
        "OrgId",
        bic(`${path}.bic`, options.old ? "BICOrBEI" : "AnyBIC", party.bic),
        matching(`${path}.lei`, "LEI", options.old ? undefined : party.lei, /^[A-Z0-9]{18}\d{2}$/, {
          en: "an LEI",
          zh: "有效的 LEI",
        }),
        ...others,
      ),
    );
  };

  const party = (path: string, name: string, value: WrittenParty | undefined): string => {
    if (value === undefined) return "";
    const { address = {} } = value;
    const words70 = (field: string, element: string, text: string | null | undefined, max: number) =>
      words(`${path}.address.${field}`, element, text ?? undefined, max);
    if ((address.lines?.length ?? 0) > 7) refuse(`${path}.address.lines`, "are more than seven", "超过七行");
    return xml.group(
      name,
      words(`${path}.name`, "Nm", value.name, isLatin ? 70 : 140),
      xml.group(
        "PstlAdr",
        words70("street", "StrtNm", address.street, 70),
        words70("buildingNumber", "BldgNb", address.buildingNumber, 16),
        words70("postCode", "PstCd", address.postCode, 16),
        words70("town", "TwnNm", address.town, 35),
        words70("subdivision", "CtrySubDvsn", address.subdivision, 35),
        matching(`${path}.address.country`, "Ctry", address.country ?? undefined, /^[A-Z]{2}$/, {
          en: "a country code of two letters",
          zh: "两个字母的国家代码",
        }),
        ...(address.lines ?? []).map((line, index) => words70(`lines[${index}]`, "AdrLine", line, 70)),
      ),
      partyId(path, value),
    );
  };

  const bic = (path: string, name: string, value: string | undefined): string =>
    // The stricter pattern of 2009 allows no digits in front.
    matching(
      path,
      name,
      value,
      options.old
        ? /^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$/
        : /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/,
      { en: "a BIC", zh: "有效的 BIC" },
    );

  /** A bank; where the message demands one and there is none, EPC's guidelines have it say NOTPROVIDED. */
  const agent = (
    path: string,
    name: string,
    value: WrittenAgent | undefined,
    isDemanded: boolean,
  ): string => {
    if (value === undefined)
      return isDemanded
        ? xml.group(name, xml.group("FinInstnId", xml.group("Othr", xml.leaf("Id", "NOTPROVIDED"))))
        : "";
    if ("bic" in value)
      return xml.group(
        name,
        xml.group("FinInstnId", bic(`${path}.bic`, options.old ? "BIC" : "BICFI", value.bic)),
      );
    return xml.group(
      name,
      xml.group(
        "FinInstnId",
        xml.group(
          "ClrSysMmbId",
          code(`${path}.clearing.system`, "ClrSysId", value.clearing.system, 5),
          id(`${path}.clearing.id`, "MmbId", value.clearing.id),
        ),
        words(`${path}.name`, "Nm", value.name, 140),
      ),
    );
  };

  const account = (path: string, name: string, value: WrittenAccount): string => {
    const currency = matching(`${path}.currency`, "Ccy", value.currency, /^[A-Z]{3}$/, {
      en: "a currency code",
      zh: "货币代码",
    });
    if ("iban" in value) {
      if (!isIban(value.iban))
        refuse(`${path}.iban`, "is not an IBAN with a right check number", "不是校验正确的 IBAN");
      return xml.group(name, xml.group("Id", xml.leaf("IBAN", value.iban)), currency);
    }
    return xml.group(name, xml.group("Id", generic(`${path}.other`, "Othr", value.other, 34)), currency);
  };

  const remittance = (path: string, value: WrittenRemittance | undefined, isSepa: boolean): string => {
    if (value === undefined) return "";
    const { unstructured, reference } = value;
    if (isSepa && unstructured !== undefined && reference !== undefined)
      refuse(
        path,
        "has both a text and a reference; SEPA takes one of them",
        "同时有附言和参考号，SEPA 只接受其一",
      );
    const type = reference?.type ?? "SCOR";
    if (type === "SCOR" && reference?.value.startsWith("RF") && !isRfReference(reference.value))
      refuse(`${path}.reference.value`, "has a wrong check number (ISO 11649)", "校验位不正确（ISO 11649）");
    return xml.group(
      "RmtInf",
      words(`${path}.unstructured`, "Ustrd", unstructured, 140),
      reference === undefined
        ? ""
        : xml.group(
            "Strd",
            xml.group(
              "CdtrRefInf",
              xml.group(
                "Tp",
                xml.group(
                  "CdOrPrtry",
                  // DocumentType3Code is a closed list.
                  /^(RADM|RPIN|FXDR|DISP|PUOR|SCOR)$/.test(type)
                    ? xml.leaf("Cd", type)
                    : id(`${path}.reference.type`, "Prtry", type),
                ),
                id(`${path}.reference.issuer`, "Issr", reference.issuer),
              ),
              id(`${path}.reference.value`, "Ref", reference.value),
            ),
          ),
    );
  };

  /** Tells every value that stands there more than once; `path` names the place of the n-th. */
  const unique = (values: readonly string[], path: (index: number) => string): void => {
    const seen = new Set<string>();
    values.forEach((value, index) => {
      if (seen.has(value)) refuse(path(index), `“${value}” is used twice`, `“${value}”重复使用`);
      seen.add(value);
    });
  };

  return {
    refuse,
    words,
    id,
    matching,
    code,
    date,
    dateTime,
    money,
    party,
    agent,
    account,
    remittance,
    unique,
    /** The finished text. @throws InvalidMessageError */
    finish(text: string): string {
      if (problems.length > 0) throw new InvalidMessageError(problems);
      return text;
    },
  };
}

export type Draft = ReturnType<typeof createDraft>;

/** A control sum for a message; none when it has more than the 18 digits of a DecimalNumber, since it is optional. */
export function controlSum(amounts: readonly Money[]): string | undefined {
  const sum = sumOf(amounts);
  return sum.replace(".", "").length > 18 ? undefined : sum;
}

/**
 * The amounts added up as plain numbers whatever their currencies, as ISO 20022 defines `CtrlSum`. Amounts in unknown
 * currencies are left out; they are refused elsewhere.
 */
export function sumOf(amounts: readonly Money[]): string {
  const known = amounts.filter(({ currency }) => isCurrency(currency));
  const decimals = Math.max(0, ...known.map(({ currency }) => exponentOf(currency)));
  const sum = known.reduce(
    (total, { minor, currency }) => total + minor * 10n ** BigInt(decimals - exponentOf(currency)),
    0n,
  );
  const digits = sum.toString().padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** ISO 13616: the country's form and the check number; not the national check digits inside, which some banks lack. */
export function isIban(text: string): boolean {
  if (electronicFormatIBAN(text) !== text) return false;
  const { errorCodes } = validateIBAN(text);
  return errorCodes.every((code) => code === ValidationErrorsIBAN.WrongAccountBankBranchChecksum);
}

/** ISO 11649: `RF`, two check digits (modulo 97), up to 21 characters. */
function isRfReference(text: string): boolean {
  if (!/^RF\d{2}[A-Z0-9]{1,21}$/.test(text)) return false;
  const digits = (text.slice(4) + text.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return BigInt(digits) % 97n === 1n;
}

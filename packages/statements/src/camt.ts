import {
  type Statement as CamtStatement,
  counterpartyOf,
  type DateAndTime,
  type Entry,
  Iso20022Error,
  type Part,
  type Reason,
  readAllStatements,
  splitEntry,
} from "@jinqiao/iso20022";
import {
  emptyStatement,
  plainLine,
  type References,
  type Remark,
  type Statement,
  type StatementFile,
  type StatementFormat,
  type StatementLine,
  type Tag,
} from "./statement.ts";
import { StatementError } from "./statement-error.ts";

export function isCamt(head: string): boolean {
  return /urn:iso:std:iso:20022:tech:xsd:camt\.05[234]|<(?:\w+:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)\b/.test(
    head,
  );
}

/**
 * Reads camt.052, camt.053 and camt.054 of any version. A batch that is booked as one line becomes its payments where
 * they add up to it.
 * @throws StatementError `camt_invalid` with the line
 */
export async function readCamt(bytes: Uint8Array): Promise<StatementFile> {
  const file = await readAllStatements(bytes).catch((error: unknown) => {
    if (error instanceof Iso20022Error) throw new StatementError("camt_invalid", error.line, error.text);
    throw error;
  });
  if (file.statements.length === 0) throw new StatementError("no_statement", null, "camt");
  const remarks: Remark[] = [...file.findings, ...file.statements.flatMap(({ findings }) => findings)].map(
    ({ line, text }) => ({ line, text }),
  );
  return {
    format: file.message.definition.name as StatementFormat,
    statements: file.statements.map(statementOf),
    remarks,
  };
}

function statementOf(statement: CamtStatement & { entries: Entry[] }): Statement {
  const { account, balances } = statement;
  const told = ["OPBD", "PRCD", "CLBD", "CLAV"];
  const balance = (...codes: string[]) => {
    const found = codes
      .map((code) => balances.find((one) => one.code === code))
      .find((one) => one !== undefined);
    return found === undefined
      ? null
      : { amountMinor: found.amount.minor, currency: found.amount.currency, date: found.date.date };
  };
  const opening = balance("OPBD", "PRCD");
  return {
    ...emptyStatement(),
    account: {
      number: account.iban ?? account.other?.id ?? null,
      bank: account.servicer?.bic ?? account.servicer?.name ?? null,
      name: account.name,
      owner: account.owner?.name ?? null,
    },
    currency: account.currency ?? opening?.currency ?? statement.entries[0]?.amount.currency ?? null,
    opening,
    closing: balance("CLBD"),
    available: balance("CLAV"),
    from: statement.from?.date ?? null,
    to: statement.to?.date ?? null,
    number: statement.legalSequence ?? statement.electronicSequence,
    page: statement.page?.number ?? null,
    reference: statement.id,
    lines: statement.entries.flatMap((entry) =>
      splitEntry(entry).map((part, index) => lineOf(statement, entry, part, index)),
    ),
    tags: [
      ...balances
        .filter(({ code }) => !told.includes(code))
        .map(
          ({ code, amount, date }): Tag => ({
            name: `Bal/${code}`,
            value: `${date.date} ${amount.minor} ${amount.currency}`,
          }),
        ),
      ...(statement.additionalInformation === null
        ? []
        : [{ name: "AddtlStmtInf", value: statement.additionalInformation }]),
      ...extraTags(statement.extra),
    ],
  };
}

function lineOf(statement: CamtStatement, entry: Entry, part: Part, index: number): StatementLine {
  const { transaction } = part;
  const booked = entry.bookingDate ?? entry.valueDate ?? dayOf(statement);
  if (booked === null) throw new StatementError("date_missing", entry.line);
  const other = transaction === null ? null : counterpartyOf(transaction, entry, statement.account);
  const remittance = transaction?.remittance;
  const description = [
    ...(remittance?.unstructured ?? []),
    ...(remittance?.structured ?? []).flatMap(({ reference, additional }) => [
      reference ?? "",
      ...additional,
    ]),
  ].filter((text) => text !== "");
  const bankId = transaction?.references.accountServicerReference ?? entry.accountServicerReference;
  return plainLine({
    line: transaction?.line ?? entry.line,
    bookingDate: booked.date,
    valueDate: entry.valueDate?.date ?? null,
    time: booked.dateTime === null ? null : (/T(\d{2}:\d{2}:\d{2})/.exec(booked.dateTime)?.[1] ?? null),
    amountMinor: part.amount.minor,
    currency: part.amount.currency,
    direction: part.direction,
    reversal: entry.reversal,
    state: entry.status === "BOOK" ? "booked" : "pending",
    counterparty: {
      name: other?.party?.name ?? null,
      account: other?.account?.iban ?? other?.account?.other?.id ?? null,
      bank: other?.agent?.bic ?? other?.agent?.name ?? null,
    },
    description:
      description.join("\n") || transaction?.additionalInformation || entry.additionalInformation || null,
    references: referencesOf(transaction?.references),
    code: codeOf(transaction?.transactionCode ?? entry.transactionCode),
    // The payments of a batch share the bank's id of the entry.
    bankId: bankId === null || index === 0 ? bankId : `${bankId}/${index + 1}`,
    tags: [
      ...(transaction?.returned ? [{ name: "RtrInf", value: reasonOf(transaction.returned) }] : []),
      ...(transaction?.purpose ? [{ name: "Purp", value: transaction.purpose }] : []),
      ...(entry.reference === null ? [] : [{ name: "NtryRef", value: entry.reference }]),
      ...(entry.status === "BOOK" ? [] : [{ name: "Sts", value: entry.status }]),
      ...extraTags(entry.extra),
      ...extraTags(transaction?.extra ?? []),
    ],
  });
}

const dayOf = ({ to, createdAt }: CamtStatement): DateAndTime | null =>
  to ?? (createdAt === null ? null : { date: createdAt.slice(0, 10), dateTime: null });

function referencesOf(
  known: { endToEndId: string | null; instructionId: string | null; mandateId: string | null } | undefined,
): References {
  return {
    ...(known?.endToEndId ? { endToEnd: known.endToEndId } : {}),
    ...(known?.instructionId ? { customer: known.instructionId } : {}),
    ...(known?.mandateId ? { mandate: known.mandateId } : {}),
  };
}

function codeOf(code: Entry["transactionCode"]): string | null {
  if (code === null) return null;
  const iso = [code.domain, code.family, code.subfamily].filter(Boolean).join("/");
  return [iso, code.proprietary?.code].filter(Boolean).join(" ") || null;
}

const reasonOf = ({ code, proprietary, information }: Reason): string =>
  [code ?? proprietary ?? "", ...information].filter(Boolean).join(" ");

const extraTags = (extra: readonly { path: string; value: string }[]): Tag[] =>
  extra.map(({ path, value }) => ({ name: path, value }));

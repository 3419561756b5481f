import { expect, it } from "vitest";
import { readAllStatements } from "../index.ts";
import { vector, vectors } from "../testing/samples.ts";
import type { Account, DateAndTime, Party } from "../types.ts";
import type { BankTransactionCode, Entry, StatementFile, Transaction } from "./types.ts";

/**
 * The results that genkgo/camt publishes beside its files (MIT; see vectors/PROVENANCE.tsv), against ours. Both are
 * brought to one form; `getX` are its names. Its placeholder `__RECURSIVITY__` stands for a value shown before.
 */
const names = vectors("camt053/*.json");

it("there are files to compare", () => expect(names).toHaveLength(10));

it.each(names)("%s", async (name) => {
  const expected = JSON.parse(vector(name).toString()) as Json;
  const file = await readAllStatements(vector(name.replace(".json", ".xml")));
  expect(ours(file)).toEqual(theirs(expected));
});

// biome-ignore lint/suspicious/noExplicitAny: a foreign shape, looked at field by field.
type Json = any;

const balanceNames: Record<string, string> = {
  OPBD: "opening",
  PRCD: "opening",
  OPAV: "opening_available",
  CLBD: "closing",
  CLAV: "closing_available",
  FWAV: "forward_available",
  INFO: "information",
  ITAV: "interim_available",
  ITBD: "interim",
  XPCD: "expected_credit",
};

function theirs(message: Json): unknown {
  // Of several statements it shows the last alone.
  const { getEntries: entries } = message;
  const statements = entries.map((entry: Json) => entry.getRecord).filter((record: Json) => record.getId);
  const header = message.getGroupHeader;
  return {
    statementCount: message.getRecords.length,
    messageId: header.getMessageId,
    createdAt: instant(header.getCreatedOn[0]),
    additional: header.getAdditionalInformation,
    recipient: header.getMessageRecipient && {
      name: header.getMessageRecipient.getName,
      country: header.getMessageRecipient.getAddress.getCountry,
      street: header.getMessageRecipient.getAddress.getStreetName,
    },
    statements: statements.map((record: Json) => ({
      id: record.getId,
      account: record.getAccount.getIdentification,
      // Its class for other accounts has no name.
      accountName: record.getAccount.getName ?? null,
      createdAt: instant(record.getCreatedOn[0]),
      sequences: [record.getElectronicSequenceNumber, record.getLegalSequenceNumber],
      page: record.getPagination?.getPageNumber ?? null,
      from: record.getFromDate && instant(record.getFromDate[0]),
      to: record.getToDate && instant(record.getToDate[0]),
      copy: record.getCopyDuplicateIndicator,
      additional: record.getAdditionalInformation,
      balances: record.getBalances.map((balance: Json) => [
        balance.getType,
        ...moneyOf(balance.getAmount),
        instant(balance.getDate[0]),
      ]),
    })),
    entries: entries.map((entry: Json) => ({
      reference: entry.getReference,
      bankReference: entry.getAccountServicerReference,
      additional: entry.getAdditionalInfo || null,
      amount: moneyOf(entry.getAmount),
      direction: entry.getCreditDebitIndicator,
      reversal: entry.getReversalIndicator,
      status: entry.getStatus,
      index: entry.getIndex,
      booked: entry.getBookingDate && instant(entry.getBookingDate[0]),
      value: entry.getValueDate && instant(entry.getValueDate[0]),
      code: theirCode(entry.getBankTransactionCode),
      transactions: entry.getTransactionDetails.map((shown: Json) =>
        theirTransaction(shown === "__RECURSIVITY__" ? entry.getTransactionDetail : shown),
      ),
    })),
  };
}

function theirTransaction(details: Json): unknown {
  const references = details.getReference ?? {};
  const remittance = details.getRemittanceInformation;
  const shownReference = (block: Json) =>
    block === "__RECURSIVITY__" || block.getCreditorReferenceInformation === "__RECURSIVITY__"
      ? remittance.getCreditorReferenceInformation
      : block.getCreditorReferenceInformation;
  return {
    amount: details.getAmount && moneyOf(details.getAmount),
    direction: details.getCreditDebitIndicator,
    endToEndId: references.getEndToEndId ?? null,
    mandateId: references.getMandateId ?? null,
    other: (references.getProprietaries ?? []).map((other: Json) => [other.getType, other.getReference]),
    parties: details.getRelatedParties
      .map((party: Json) => [
        party.getRelatedPartyType.__CLASS__.split("\\").at(-1),
        party.getRelatedPartyType.getName,
        party.getAccount?.getIdentification ?? null,
        party.getRelatedPartyType.getAddress?.getCountry ?? null,
        party.getRelatedPartyType.getAddress?.getAddressLines ?? [],
        party.getRelatedPartyType.getIdentification?.getOtherId ?? null,
      ])
      .sort(),
    agents: details.getRelatedAgents
      .map((shown: Json) => (shown === "__RECURSIVITY__" ? details.getRelatedAgent : shown))
      .map(({ getRelatedAgentType: agent }: Json) => [
        agent.__CLASS__.split("\\").at(-1),
        agent.getBIC,
        agent.getName || null,
      ])
      .sort(),
    references: (remittance?.getStructuredBlocks ?? []).map((block: Json) => {
      const { getCode, getRef } = shownReference(block);
      return [getCode, getRef];
    }),
    texts: (remittance?.getUnstructuredBlocks ?? []).map((block: Json) =>
      block === "__RECURSIVITY__" ? remittance.getUnstructuredBlock.getMessage : block.getMessage,
    ),
    code: theirCode(details.getBankTransactionCode),
  };
}

function theirCode(code: Json): unknown {
  return [
    code.getDomain?.getCode ?? null,
    code.getDomain?.getFamily.getCode ?? null,
    code.getDomain?.getFamily.getSubFamilyCode ?? null,
    code.getProprietary?.getCode ?? null,
    code.getProprietary?.getIssuer || null,
  ];
}

function ours(file: StatementFile): unknown {
  const { message } = file;
  const statements = file.statements.slice(-1);
  return {
    statementCount: file.statements.length,
    messageId: message.messageId,
    createdAt: instant(message.createdAt),
    additional: message.additionalInformation,
    recipient: message.recipient && {
      name: message.recipient.name,
      country: message.recipient.address?.country,
      street: message.recipient.address?.street,
    },
    statements: statements.map((statement) => ({
      id: statement.id,
      account: idOf(statement.account),
      accountName: statement.account.name,
      createdAt: instant(statement.createdAt),
      sequences: [statement.electronicSequence, statement.legalSequence],
      page: statement.page?.number ?? null,
      from: moment(statement.from),
      to: moment(statement.to),
      copy: statement.copyDuplicate,
      additional: statement.additionalInformation,
      balances: statement.balances.map(({ code, amount, date }) => [
        balanceNames[code],
        String(amount.minor),
        amount.currency,
        moment(date),
      ]),
    })),
    entries: statements.flatMap(({ entries }) => entries.map(ourEntry)),
  };
}

function ourEntry(entry: Entry): unknown {
  const sign = entry.direction === "debit" ? -1n : 1n;
  return {
    reference: entry.reference,
    bankReference: entry.accountServicerReference,
    additional: entry.additionalInformation,
    amount: [String(sign * entry.amount.minor), entry.amount.currency],
    direction: entry.direction === "debit" ? "DBIT" : "CRDT",
    reversal: entry.reversal,
    status: entry.status,
    index: entry.index,
    booked: moment(entry.bookingDate),
    value: moment(entry.valueDate),
    code: ourCode(entry.transactionCode),
    transactions: entry.details.flatMap(({ transactions }) =>
      transactions.map((transaction) => ourTransaction(transaction, entry)),
    ),
  };
}

function ourTransaction(transaction: Transaction, entry: Entry): unknown {
  const direction = transaction.direction ?? entry.direction;
  const { amount } = transaction;
  const party = (kind: string, value: Party | null, account: Account | null) =>
    value === null
      ? []
      : [
          [
            kind,
            value.name,
            account === null ? null : idOf(account),
            value.address?.country ?? null,
            value.address?.lines ?? [],
            value.ids[0]?.id ?? null,
          ],
        ];
  return {
    amount: amount && [String(direction === "debit" ? -amount.minor : amount.minor), amount.currency],
    direction: direction === "debit" ? "DBIT" : "CRDT",
    endToEndId: transaction.references.endToEndId,
    mandateId: transaction.references.mandateId,
    other: transaction.references.other.map(({ type, reference }) => [type, reference]),
    parties: [
      ...party("Debtor", transaction.debtor, transaction.debtorAccount),
      ...party("Creditor", transaction.creditor, transaction.creditorAccount),
      ...party("UltimateDebtor", transaction.ultimateDebtor, null),
      ...party("UltimateCreditor", transaction.ultimateCreditor, null),
    ].sort(),
    agents: [
      ...(transaction.debtorAgent
        ? [["DebtorAgent", transaction.debtorAgent.bic, transaction.debtorAgent.name]]
        : []),
      ...(transaction.creditorAgent
        ? [["CreditorAgent", transaction.creditorAgent.bic, transaction.creditorAgent.name]]
        : []),
    ].sort(),
    references: transaction.remittance.structured.map(({ referenceType, reference }) => [
      referenceType,
      reference,
    ]),
    texts: transaction.remittance.unstructured,
    code: ourCode(transaction.transactionCode),
  };
}

function ourCode(code: BankTransactionCode | null): unknown {
  return [
    code?.domain ?? null,
    code?.family ?? null,
    code?.subfamily ?? null,
    code?.proprietary?.code ?? null,
    code?.proprietary?.issuer ?? null,
  ];
}

function idOf(account: Account): string | undefined {
  return account.iban ?? account.other?.id;
}

function moneyOf(money: Json): [string, string] {
  return [money.getAmount, money.getCurrency.getCode];
}

function moment(date: DateAndTime | null): string | null {
  return date === null ? null : instant(date.dateTime ?? date.date);
}

function instant(text: string | null): string | null {
  return text === null ? null : new Date(text).toISOString();
}

import {
  identify,
  readPaymentReturn,
  readPaymentStatus,
  readResolution,
  readStatements,
  splitEntry,
} from "@jinqiao/iso20022";
import type { Facts, Movement, StatusFact } from "./facts.ts";
import { readMandateNews } from "./mandate-messages.ts";

/** A file from the bank, read. `messageId` names it among all the bank sends; null where it bears none. */
export type ReadFile = { message: string; messageId: string | null; facts: Facts };

const none = (): Facts => ({
  statuses: [],
  movements: [],
  returns: [],
  resolutions: [],
  mandates: [],
  statements: [],
});

/**
 * Reads what a bank left for us.
 * @throws Iso20022Error when the file cannot be read: with code `truncated` it may still be growing
 */
export async function readBankFile(content: Uint8Array): Promise<ReadFile> {
  const { name, identifier } = await identify(content);
  switch (name) {
    case "pain.002": {
      const report = await readPaymentStatus(content);
      return {
        message: name,
        messageId: report.messageId,
        facts: { ...none(), statuses: statusesOf(report) },
      };
    }
    case "camt.052":
    case "camt.053":
    case "camt.054":
      return readAccountFile(name, content);
    case "camt.029": {
      const { id, confirmation, transactions } = await readResolution(content);
      const resolutions = transactions.flatMap(({ originalEndToEndId: endToEndId, status, reasons }) =>
        endToEndId === null
          ? []
          : [{ endToEndId, status: status ?? confirmation ?? "", code: reasons[0]?.code ?? null }],
      );
      return { message: name, messageId: id, facts: { ...none(), resolutions } };
    }
    case "pacs.004": {
      const { messageId, transactions } = await readPaymentReturn(content);
      const returns = transactions.flatMap(({ originalEndToEndId: endToEndId, reasons }) =>
        endToEndId === null ? [] : [{ endToEndId, code: reasons[0]?.code ?? "MS03" }],
      );
      return { message: name, messageId, facts: { ...none(), returns } };
    }
    case "pain.011":
    case "pain.012": {
      // `identify` has refused document types and entities, and read no further than the first elements.
      const mandates = readMandateNews(new TextDecoder("utf-8", { fatal: true }).decode(content));
      return { message: name, messageId: mandates[0]?.messageId ?? null, facts: { ...none(), mandates } };
    }
    default:
      throw new Error(`${identifier} is no message that banks send to their customers.`);
  }
}

function statusesOf(report: Awaited<ReturnType<typeof readPaymentStatus>>): StatusFact[] {
  const { messageId } = report.original;
  const statuses: StatusFact[] = [];
  const add = (endToEndId: string | null, status: string | null, code: string | null | undefined) => {
    if (status !== null) statuses.push({ messageId, endToEndId, status, code: code ?? null });
  };
  // The nearest level holds: a message's status counts only where no payment of it has one.
  const transactions = report.groups.flatMap((group) =>
    group.transactions.map((transaction) => ({ group, transaction })),
  );
  for (const { group, transaction } of transactions) {
    const reasons = [...transaction.reasons, ...group.reasons, ...report.reasons];
    const status = transaction.status ?? group.status ?? report.status;
    add(transaction.originalEndToEndId, status, reasons[0]?.code);
  }
  if (transactions.length === 0) {
    const group = report.groups.find(({ status }) => status !== null);
    add(null, group?.status ?? report.status, (group?.reasons[0] ?? report.reasons[0])?.code);
  }
  return statuses;
}

/** Streams: a statement of hundreds of megabytes leaves nothing here but the lines that bear a reference. */
async function readAccountFile(message: string, content: Uint8Array): Promise<ReadFile> {
  const facts = none();
  let messageId: string | null = null;
  for await (const event of readStatements(content)) {
    if (event.type === "message") ({ messageId } = event.message);
    if (event.type === "entry") facts.movements.push(...movementsOf(event.entry));
    if (event.type === "statementEnd" && event.statement.kind === "statement") {
      const { account, balances, createdAt, to } = event.statement;
      const date = balances.find(({ code }) => code === "CLBD")?.date.date ?? to?.date;
      const number = account.iban ?? account.other?.id;
      if (date !== undefined && number !== undefined)
        facts.statements.push({ account: number, date, createdAt: createdAt ?? "" });
    }
  }
  return { message, messageId, facts };
}

type Entry = Parameters<typeof splitEntry>[0];

function movementsOf(entry: Entry): Movement[] {
  const transactions = entry.details.flatMap((details) => details.transactions);
  const parts = splitEntry(entry);
  // A batch that does not come apart into amounts still names its payments; their amounts are not known.
  if (parts.length === 1 && transactions.length > 1) return [];
  return parts.flatMap(({ amount, direction, transaction }) => {
    const endToEndId = transaction?.references.endToEndId;
    if (endToEndId == null) return [];
    const returned = transaction?.returned ?? null;
    return [
      {
        endToEndId,
        booked: entry.status === "BOOK",
        direction,
        amountMinor: amount.minor,
        currency: amount.currency,
        returned: returned !== null ? { code: returned.code } : entry.reversal ? { code: null } : null,
      },
    ];
  });
}

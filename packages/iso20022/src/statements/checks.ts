import { isCurrency } from "@jinqiao/money";
import type { Finding, Money, Text } from "../types.ts";
import { show, tryDecimal } from "../values.ts";
import type { Entry, Statement, Summary, Totals } from "./types.ts";

/** Sums up one statement's entries as they come, and says at its end what does not agree. */
export function createChecks() {
  let entries = 0;
  const booked = new Map<string, bigint>();
  const tally = { credits: empty(), debits: empty() };

  return {
    count: () => entries,

    /** @returns findings of the entry itself */
    add(entry: Entry): Finding[] {
      entries += 1;
      const { minor, currency } = entry.amount;
      const side = entry.direction === "credit" ? tally.credits : tally.debits;
      side.count += 1;
      side.sums.set(currency, (side.sums.get(currency) ?? 0n) + minor);
      if (entry.status === "BOOK")
        booked.set(currency, (booked.get(currency) ?? 0n) + (entry.direction === "credit" ? minor : -minor));
      return batchFindings(entry);
    },

    end(statement: Statement, line: number): { totals: Totals; findings: Finding[] } {
      const findings = [
        ...balanceFindings(statement, booked, line),
        ...summaryFindings(statement, entries, tally, line),
      ];
      return { totals: { entries, booked }, findings };
    },
  };
}

type Side = { count: number; sums: Map<string, bigint> };

function empty(): Side {
  return { count: 0, sums: new Map() };
}

/**
 * Opening balance and booked entries give the closing balance. Only of a whole statement: on one page of several the
 * balances may be those of the page or of all.
 */
function balanceFindings(statement: Statement, booked: Map<string, bigint>, line: number): Finding[] {
  const { page, balances } = statement;
  if (page !== null && !(page.last && /^0*1$/.test(page.number))) return [];
  const opening =
    balances.find(({ code }) => code === "OPBD") ?? balances.find(({ code }) => code === "PRCD");
  const closing = balances.findLast(({ code }) => code === "CLBD");
  if (opening === undefined || closing === undefined) return [];
  const currencies = new Set([opening.amount.currency, closing.amount.currency, ...booked.keys()]);
  if (currencies.size > 1)
    return [
      {
        code: "mixedCurrencies",
        line,
        text: {
          en: `Balances and entries are in ${[...currencies].join(" and ")}; whether they add up cannot be said.`,
          zh: `余额与明细分别为 ${[...currencies].join("、")}，无法核对合计。`,
        },
      },
    ];
  const { currency } = opening.amount;
  const expected = opening.amount.minor + (booked.get(currency) ?? 0n);
  if (expected === closing.amount.minor) return [];
  const shown = (minor: bigint) => show({ minor, currency });
  return [
    {
      code: "doesNotAdd",
      line,
      text: {
        en: `The opening balance ${show(opening.amount)} and the booked entries give ${shown(expected)}, but the closing balance is ${show(closing.amount)}: ${shown(closing.amount.minor - expected)} off.`,
        zh: `期初余额 ${show(opening.amount)} 加已入账明细为 ${shown(expected)}，而期末余额为 ${show(closing.amount)}，相差 ${shown(closing.amount.minor - expected)}。`,
      },
    },
  ];
}

function summaryFindings(
  { summary, account }: Statement,
  entries: number,
  tally: { credits: Side; debits: Side },
  line: number,
): Finding[] {
  if (summary === null) return [];
  const findings: Finding[] = [];
  const differ = (said: string, read: string, what: Text) =>
    findings.push({
      code: "summaryDiffers",
      line,
      text: {
        en: `The statement's summary says ${said} ${what.en}; there are ${read}.`,
        zh: `对账单汇总的${what.zh}为 ${said}，实际为 ${read}。`,
      },
    });
  const compare = (part: Summary["credits"], side: Side, what: Text) => {
    if (part.count !== null && part.count !== side.count)
      differ(String(part.count), String(side.count), { en: `${what.en} entries`, zh: `${what.zh}笔数` });
    // The sum names no currency: it is the account's, or the only one there is.
    const [only, ...others] = [...side.sums.keys()];
    const currency = account.currency ?? only;
    if (part.sum === null || currency === undefined || !isCurrency(currency) || others.length > 0) return;
    if (only !== undefined && only !== currency) return;
    const sum = tryDecimal(part.sum, currency);
    const read = side.sums.get(currency) ?? 0n;
    if (sum !== read)
      differ(part.sum, show({ minor: read, currency }), {
        en: `as the total of ${what.en}s`,
        zh: `${what.zh}合计`,
      });
  };
  if (summary.entries.count !== null && summary.entries.count !== entries)
    differ(String(summary.entries.count), String(entries), { en: "entries", zh: "总笔数" });
  compare(summary.credits, tally.credits, { en: "credit", zh: "贷方" });
  compare(summary.debits, tally.debits, { en: "debit", zh: "借方" });
  return findings;
}

/** A batch lists all of its payments or none; if it lists some, their number and total are the batch's. */
function batchFindings(entry: Entry): Finding[] {
  const findings: Finding[] = [];
  for (const { batch, transactions } of entry.details) {
    if (batch === null || transactions.length === 0) continue;
    const amounts = transactions.map(({ amount, transactionAmount }) => amount ?? transactionAmount?.amount);
    const isComparable = amounts.every(
      (amount): amount is Money => amount?.currency === batch.total?.currency,
    );
    const sum = amounts.reduce((total, amount) => total + (amount?.minor ?? 0n), 0n);
    const isCountWrong = batch.count !== null && batch.count !== transactions.length;
    const isTotalWrong = batch.total !== null && isComparable && sum !== batch.total.minor;
    if (isCountWrong || isTotalWrong)
      findings.push({
        code: "batchDiffers",
        line: entry.line,
        text: {
          en: `A batch is said to hold ${batch.count ?? "some"} payments${batch.total === null ? "" : ` of ${show(batch.total)}`}; ${transactions.length} are listed.`,
          zh: `批次注明 ${batch.count ?? "若干"} 笔${batch.total === null ? "" : `、共 ${show(batch.total)}`}，实际列出 ${transactions.length} 笔。`,
        },
      });
  }
  return findings;
}

import type { WalletStatementLine, WalletStatementSummary } from "@jinqiao/contract";
import { type Currency, type Id, toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { Banks } from "../../banks/index.ts";
import type { CustomerName } from "../../identity/index.ts";
import { customerAccount, type Ledger, type StatementLine } from "../../ledger/index.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../platform/db.ts";
import type { Vault } from "../../vault/index.ts";
import { notesOf } from "../notes.ts";
import * as sql from "../sql.ts";
import { isoOf, type LocalTime, localTimesIn, periodIn } from "./calendar.ts";
import { descriptionOf, type Language, type Party } from "./words.ts";

export type StatementDeps = {
  db: Db;
  clock: Clock;
  vault: Vault;
  ledger: Pick<Ledger, "statement" | "entries">;
  banks: Pick<Banks, "linkedAccountsById" | "config">;
  identity: { customersById(ids: readonly string[]): Promise<Map<string, CustomerName>> };
};

/** Whose statement over which days. `to` is the first day that is no longer part of it. */
export type StatementRequest = {
  customerId: string;
  currency: Currency;
  from: string;
  to: string;
  timeZone: string;
};

/** One line as its owner reads it. Minor units; `amount` is negative for money out. */
export type Line = {
  sequence: bigint;
  at: Date;
  local: LocalTime;
  kind: string;
  description: string;
  counterparty: string | null;
  note: string | null;
  reference: string | null;
  paymentId: Id<"pay"> | null;
  transferId: string;
  amount: bigint;
  balance: bigint;
};

/** A statement whose lines are read from the books while they are walked. Minor units. */
export type WalletStatementDocument = {
  request: StatementRequest;
  language: Language;
  holder: string;
  account: string;
  start: Date;
  end: Date;
  asOf: Date;
  opening: bigint;
  moneyIn: bigint;
  moneyOut: bigint;
  closing: bigint;
  count: number;
  lines(): AsyncIterable<Line>;
};

/** So many lines are looked up together: their payments, people and banks. */
const chunkSize = 500;

export async function openStatement(
  deps: StatementDeps,
  request: StatementRequest,
  language?: Language,
): Promise<WalletStatementDocument> {
  const account = customerAccount(request.customerId, request.currency);
  const { start, end } = periodIn(request.timeZone, request);
  const asOf = deps.clock.now();
  const [statement, people] = await Promise.all([
    deps.ledger.statement(account, { from: start, to: end }),
    deps.identity.customersById([request.customerId]),
  ]);
  const holder = people.get(request.customerId);
  const spoken = language ?? holder?.locale ?? "en";
  const describe = describer(deps, request, spoken);
  return {
    request,
    language: spoken,
    holder: holder?.displayName ?? "?",
    account: account.code,
    start,
    end,
    asOf,
    opening: statement.opening,
    moneyIn: statement.raised,
    moneyOut: statement.lowered,
    closing: statement.closing,
    count: Number(statement.count),
    async *lines() {
      // What is booked while the lines are read belongs to the next statement of this period: totals stay true.
      for await (const chunk of chunksOf(statement.lines(), statement.count)) yield* await describe(chunk);
    },
  };
}

/** One page of lines, newest first; `cursor` is what the page before gave. Costs the same on every page. */
export async function pageOfLines(
  deps: StatementDeps,
  request: StatementRequest,
  page: { language?: Language | undefined; cursor?: string | undefined; limit: number },
): Promise<{ lines: Line[]; next: string | null }> {
  const { start, end } = periodIn(request.timeZone, request);
  const [{ lines, next }, people] = await Promise.all([
    deps.ledger.entries(customerAccount(request.customerId, request.currency), {
      from: start,
      to: end,
      limit: page.limit,
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    }),
    deps.identity.customersById([request.customerId]),
  ]);
  const language = page.language ?? people.get(request.customerId)?.locale ?? "en";
  return { lines: await describer(deps, request, language)(lines), next };
}

async function* chunksOf(
  lines: AsyncIterable<StatementLine>,
  count: bigint,
): AsyncGenerator<StatementLine[]> {
  let chunk: StatementLine[] = [];
  let left = count;
  if (left === 0n) return;
  for await (const line of lines) {
    chunk.push(line);
    left -= 1n;
    if (chunk.length === chunkSize || left === 0n) {
      yield chunk;
      chunk = [];
    }
    if (left === 0n) return;
  }
  if (chunk.length > 0) yield chunk;
}

/** Says of ledger entries what they were, from the payments they belong to. */
function describer(deps: StatementDeps, request: StatementRequest, language: Language) {
  const localTime = localTimesIn(request.timeZone);
  return async (lines: readonly StatementLine[]): Promise<Line[]> => {
    const payments = await paymentsOf(deps, lines);
    const notes = await notesOf(deps.vault, [...payments.values()]);
    const parties = await partiesOf(deps, request.customerId, [...payments.values()]);
    return lines.map((line) => {
      const payment = line.subject === null ? undefined : payments.get(line.subject);
      const party = payment && parties.get(payment.id);
      return {
        sequence: line.sequence,
        at: line.at,
        local: localTime(line.at),
        kind: line.kind,
        description: descriptionOf({ kind: line.kind, incoming: line.amount > 0n }, party, language),
        counterparty: party?.name || null,
        note: notes.get(payment?.id ?? "") ?? null,
        reference: payment?.reference ?? null,
        paymentId: payment?.id ?? null,
        transferId: line.transferId,
        amount: line.amount,
        balance: line.balance,
      };
    });
  };
}

async function paymentsOf(
  deps: StatementDeps,
  lines: readonly StatementLine[],
): Promise<Map<string, sql.PaymentRow>> {
  const ids = [...new Set(lines.flatMap(({ subject }) => (subject?.startsWith("pay_") ? [subject] : [])))];
  const rows = ids.length === 0 ? [] : await sql.selectPaymentsById(deps.db, ids);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Whom each payment was with, as its `viewer` may know it: people by name, banks by name and masked number. */
async function partiesOf(
  deps: StatementDeps,
  viewer: string,
  payments: readonly sql.PaymentRow[],
): Promise<Map<string, Party>> {
  const otherOf = (payment: sql.PaymentRow) =>
    payment.payee_id === viewer ? payment.customer_id : payment.payee_id;
  const present = (ids: (string | null)[]) => [...new Set(ids.filter((id) => id !== null))];
  const [people, accounts] = await Promise.all([
    deps.identity.customersById(present(payments.map(otherOf))),
    deps.banks.linkedAccountsById(present(payments.map((payment) => payment.linked_account_id))),
  ]);
  return new Map(
    payments.map((payment) => {
      if (payment.kind === "transfer")
        return [payment.id, { bank: null, name: people.get(otherOf(payment) ?? "")?.displayName ?? "?" }];
      if (payment.merchant_name !== null) return [payment.id, { bank: null, name: payment.merchant_name }];
      const account = accounts.get(payment.linked_account_id ?? "");
      const bank = payment.bank_id ? (deps.banks.config(payment.bank_id)?.name ?? null) : null;
      return [payment.id, { bank, name: [account?.name, account?.maskedNumber].filter(Boolean).join(" ") }];
    }),
  );
}

/** The head of a statement in the form of the contract. */
export function summaryOf(document: WalletStatementDocument): z.input<typeof WalletStatementSummary> {
  const { request } = document;
  const money = (minor: bigint) => toWire({ minor, currency: request.currency });
  return {
    holder: document.holder,
    account: document.account,
    currency: request.currency,
    from: request.from,
    to: request.to,
    timeZone: request.timeZone,
    start: document.start.toISOString(),
    end: document.end.toISOString(),
    asOf: document.asOf.toISOString(),
    opening: money(document.opening),
    moneyIn: money(document.moneyIn),
    moneyOut: money(document.moneyOut),
    closing: money(document.closing),
    count: document.count,
  };
}

/** A line in the form of the contract. */
export function lineView(line: Line, currency: Currency): z.input<typeof WalletStatementLine> {
  const money = (minor: bigint) => toWire({ minor, currency });
  return {
    sequence: line.sequence.toString(),
    at: line.at.toISOString(),
    localTime: isoOf(line.local),
    kind: line.kind,
    description: line.description,
    counterparty: line.counterparty,
    note: line.note,
    reference: line.reference,
    paymentId: line.paymentId,
    transferId: line.transferId as Id<"trf">,
    moneyIn: line.amount > 0n ? money(line.amount) : null,
    moneyOut: line.amount > 0n ? null : money(-line.amount),
    balance: money(line.balance),
  };
}

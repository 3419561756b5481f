import * as contract from "@jinqiao/contract";
import { formatDecimal, type Id, toWire } from "@jinqiao/money";
import type { z } from "zod";
import {
  csvField,
  isoOf,
  localTimesIn,
  pdfFile,
  type StatementFileLine,
  type StatementWords,
  statementWords,
  type WalletStatementDocument,
} from "../payments/index.ts";
import { addDays } from "../platform/clock.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { type FileAnswer, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { MerchantsDeps } from "./index.ts";
import type { BalanceTransactionType } from "./rows.ts";
import { type PayoutRow, type SettlementRow, selectPayout, selectSettlement } from "./settlement-rows.ts";
import type { MerchantMode } from "./types.ts";

type Language = "zh" | "en";
type LineRow = {
  id: Id<"txn">;
  type: BalanceTransactionType;
  amount: bigint;
  fee: bigint;
  net: bigint;
  source_id: string;
  reference: string | null;
  store_en: string | null;
  store_zh: string | null;
  created_at: Date;
};

/** Settlements that follow each other, with all that a statement of them says. Minor units. */
export type MerchantStatement = {
  merchant: MerchantMode & { name: string };
  language: Language;
  currency: string;
  timeZone: string;
  date: string;
  /** What the statement is of: a payout's id, or the day. */
  title: string;
  asOf: Date;
  carriedOver: bigint;
  carriedForward: bigint;
  payouts: PayoutRow[];
  /** Lines without the payouts themselves. */
  count: number;
  lines(): AsyncIterable<LineRow>;
};

const linesAtOnce = 1_000;
const mostSettlementsADay = 500;

/**
 * The statement of a merchant's settlements: carried over + net of every line − payouts = carried forward, to the minor
 * unit. It is read from the rows the settlements took, so that it cannot differ from what was paid out.
 */
export function createMerchantStatements(deps: Pick<MerchantsDeps, "db" | "clock">): {
  routes: RouteHandler[];
} {
  const { db } = deps;

  async function open(
    merchant: MerchantMode,
    settlements: readonly SettlementRow[],
    of: { date: string; currency: string; title: string },
    language: Language,
  ): Promise<MerchantStatement> {
    const [shop] = await db.query<{ en: string; zh: string; time_zone: string }>(
      "SELECT trading_name_en AS en, trading_name_zh AS zh, time_zone FROM merchants.merchant WHERE id = $1",
      [merchant.merchantId],
    );
    if (shop === undefined) throw new Refusal("request.not_found");
    const found = await Promise.all(
      settlements.flatMap(({ payout_id }) => (payout_id === null ? [] : [selectPayout(db, payout_id)])),
    );
    const first = settlements[0];
    // A day without a settlement carries on what the last one before it left.
    const before = first ? first.carried_over : await carriedBefore(merchant, of);
    return {
      merchant: { ...merchant, name: shop[language] },
      language,
      currency: of.currency,
      timeZone: first?.time_zone ?? shop.time_zone,
      date: of.date,
      title: of.title,
      asOf: deps.clock.now(),
      carriedOver: before,
      carriedForward: settlements.at(-1)?.carried_forward ?? before,
      payouts: found.filter((payout) => payout !== undefined),
      count: settlements.reduce((sum, { lines }) => sum + lines, 0),
      lines: () => linesOf(settlements.map(({ id }) => id)),
    };
  }

  async function carriedBefore(
    { merchantId, livemode }: MerchantMode,
    { date, currency }: { date: string; currency: string },
  ): Promise<bigint> {
    const [last] = await db.query<{ carried_forward: bigint }>(
      "SELECT carried_forward FROM merchants.settlement WHERE merchant_id = $1 AND livemode = $2 AND currency = $3 AND date < $4 ORDER BY date DESC, id DESC LIMIT 1",
      [merchantId, livemode, currency, date],
    );
    return last?.carried_forward ?? 0n;
  }

  async function* linesOf(settlementIds: readonly string[]): AsyncGenerator<LineRow> {
    let after = "";
    while (settlementIds.length > 0) {
      const rows: LineRow[] = await db.query<LineRow>(
        `SELECT t.id, t.type, t.amount, t.fee, t.net, t.source_id, t.created_at, i.reference, s.name_en AS store_en, s.name_zh AS store_zh
           FROM merchants.balance_transaction t
           LEFT JOIN merchants.refund r ON t.type = 'refund' AND r.id = t.source_id
           LEFT JOIN merchants.intent i ON i.id = coalesce(r.intent_id, t.source_id)
           LEFT JOIN merchants.store s ON s.id = t.store_id
          WHERE t.settlement_id = ANY ($1) AND t.type <> 'payout' AND t.id > $2 ORDER BY t.id LIMIT $3`,
        [settlementIds, after, linesAtOnce],
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < linesAtOnce) return;
      after = last.id;
    }
  }

  return {
    routes: [
      handle(contract.getPayoutStatement, async ({ merchant, params, query }) => {
        const payout = await selectPayout(db, params.payoutId);
        if (
          payout === undefined ||
          payout.merchant_id !== merchant.merchantId ||
          payout.livemode !== merchant.livemode
        )
          throw new Refusal("request.not_found");
        const settlement = await selectSettlement(db, payout.settlement_id);
        assert(settlement, "a payout is part of a settlement");
        const { date, currency } = settlement;
        return fileOf(
          await open(merchant, [settlement], { date, currency, title: payout.id }, query.language),
          query.format,
        );
      }),
      handle(contract.getSettlementStatement, async ({ merchant, query }) => {
        const settlements = await db.query<SettlementRow>(
          "SELECT * FROM merchants.settlement WHERE merchant_id = $1 AND livemode = $2 AND currency = $3 AND date = $4 ORDER BY id LIMIT $5",
          [merchant.merchantId, merchant.livemode, query.currency, query.date, mostSettlementsADay],
        );
        const { date, currency } = query;
        return fileOf(
          await open(merchant, settlements, { date, currency, title: date }, query.language),
          query.format,
        );
      }),
    ],
  };
}

/** @throws Refusal `statement.too_long_for_pdf` */
export function fileOf(statement: MerchantStatement, format: "json" | "csv" | "pdf"): FileAnswer {
  const nameIn = (language: Language) =>
    `${words[language].file}-${statement.currency}-${statement.title}.${format}`;
  const names = { name: nameIn(statement.language), asciiName: nameIn("en") };
  switch (format) {
    case "json":
      return { ...names, mediaType: "application/json; charset=utf-8", content: jsonFile(statement) };
    case "csv":
      return { ...names, mediaType: "text/csv; charset=utf-8; header=present", content: csvFile(statement) };
    case "pdf":
      if (statement.count + statement.payouts.length > contract.maxPdfLines)
        throw new Refusal("statement.too_long_for_pdf");
      return { ...names, mediaType: "application/pdf", content: pdfOf(statement) };
  }
}

async function* jsonFile(statement: MerchantStatement): AsyncGenerator<string> {
  const { merchant, language, currency, timeZone, date, carriedOver, carriedForward, payouts } = statement;
  const money = (minor: bigint) => toWire({ minor, currency });
  const local = localTimesIn(timeZone);
  const head: Omit<z.input<typeof contract.SettlementStatement>, "lines"> = {
    merchant: merchant.name,
    livemode: merchant.livemode,
    currency,
    timeZone,
    date,
    language,
    carriedOver: money(carriedOver),
    payouts: payouts.map(({ id, amount, status }) => ({ id, amount: money(amount), status })),
    carriedForward: money(carriedForward),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"lines":[`;
  let comma = "";
  for await (const line of statement.lines()) {
    const view: z.input<typeof contract.SettlementStatementLine> = {
      balanceTransaction: line.id,
      at: line.created_at.toISOString(),
      localTime: isoOf(local(line.created_at)),
      type: line.type,
      description: words[language].types[line.type],
      source: line.source_id,
      reference: line.reference,
      store: storeOf(line, language),
      amount: money(line.amount),
      fee: money(line.fee),
      net: money(line.net),
    };
    yield `${comma}\n${JSON.stringify(view)}`;
    comma = ",";
  }
  yield "\n]}\n";
}

/**
 * CSV (RFC 4180) with a byte order mark. The column `net` sums to what is carried forward: what was carried over stands
 * in the first line, a payout with its sign; the last line says the result in the column `balance` alone.
 */
async function* csvFile(statement: MerchantStatement): AsyncGenerator<string> {
  const { language, currency, timeZone, date, carriedOver, carriedForward, payouts } = statement;
  const said = words[language];
  const plain = (minor: bigint) => formatDecimal(minor, currency);
  const row = (fields: readonly string[]) => `${fields.map(csvField).join(",")}\r\n`;
  const local = localTimesIn(timeZone);
  yield "\uFEFF";
  yield row(said.columns);
  let balance = carriedOver;
  yield row([date, "", "", said.carriedOver, "", "", "", "", "", plain(balance), plain(balance), currency]);
  for await (const line of statement.lines()) {
    balance += line.net;
    const at = local(line.created_at);
    yield row([
      at.date,
      at.time,
      at.offset,
      said.types[line.type],
      storeOf(line, language) ?? "",
      line.reference ?? "",
      line.source_id,
      plain(line.amount),
      plain(line.fee),
      plain(line.net),
      plain(balance),
      currency,
    ]);
  }
  for (const payout of payouts) {
    balance -= payout.amount;
    const at = local(payout.created_at);
    const what = [said.types.payout, payout.masked_number].filter((text) => text !== null).join(" ");
    yield row([
      at.date,
      at.time,
      at.offset,
      what,
      "",
      payout.reference ?? "",
      payout.id,
      plain(-payout.amount),
      plain(0n),
      plain(-payout.amount),
      plain(balance),
      currency,
    ]);
  }
  yield row([date, "", "", said.carriedForward, "", "", "", "", "", "", plain(carriedForward), currency]);
}

/** Drawn as a wallet's statement is: one column of balance that ends with what is carried forward. */
async function* pdfOf(statement: MerchantStatement): AsyncGenerator<Uint8Array> {
  const { language, currency, timeZone, date, carriedOver, carriedForward, merchant } = statement;
  const said = words[language];
  const local = localTimesIn(timeZone);
  let [moneyIn, moneyOut] = [0n, 0n];
  const add = (minor: bigint) => {
    if (minor > 0n) moneyIn += minor;
    else moneyOut -= minor;
  };
  for await (const line of statement.lines()) add(line.net);
  for (const { amount } of statement.payouts) add(-amount);
  const plain = (minor: bigint) => formatDecimal(minor, currency);
  const document: WalletStatementDocument = {
    request: { customerId: merchant.merchantId, currency, from: date, to: addDays(date, 1), timeZone },
    language,
    holder: merchant.livemode ? merchant.name : `${merchant.name} · ${said.test}`,
    account: statement.payouts.find(({ reference }) => reference !== null)?.reference ?? merchant.merchantId,
    start: statement.asOf,
    end: statement.asOf,
    asOf: statement.asOf,
    opening: carriedOver,
    moneyIn,
    moneyOut,
    closing: carriedForward,
    count: statement.count + statement.payouts.length,
    async *lines() {
      let balance = carriedOver;
      let sequence = 0n;
      const next = (
        id: string,
        at: Date,
        amount: bigint,
        text: Pick<StatementFileLine, "description" | "counterparty" | "note" | "reference">,
      ): StatementFileLine => {
        balance += amount;
        sequence += 1n;
        return {
          ...text,
          sequence,
          at,
          local: local(at),
          kind: "merchant.settlement",
          paymentId: null,
          transferId: id,
          amount,
          balance,
        };
      };
      for await (const line of statement.lines())
        yield next(line.id, line.created_at, line.net, {
          description: said.types[line.type],
          counterparty: storeOf(line, language),
          note: line.fee === 0n ? null : said.arithmetic(plain(line.amount), plain(line.fee)),
          reference: line.reference ?? line.source_id,
        });
      for (const payout of statement.payouts)
        yield next(payout.id, payout.created_at, -payout.amount, {
          description: said.types.payout,
          counterparty: payout.masked_number,
          note: null,
          reference: payout.reference ?? payout.id,
        });
    },
  };
  yield* pdfFile(document, { ...statementWords(language), ...said.pdf });
}

const storeOf = (line: LineRow, language: Language): string | null =>
  language === "zh" ? line.store_zh : line.store_en;

type Said = {
  file: string;
  test: string;
  carriedOver: string;
  carriedForward: string;
  columns: readonly string[];
  types: Record<BalanceTransactionType, string>;
  arithmetic(gross: string, fee: string): string;
  pdf: Partial<StatementWords>;
};
const words: Record<Language, Said> = {
  en: {
    file: "Jinqiao-Settlement",
    test: "test mode, no real money",
    carriedOver: "Carried over from the settlement before",
    carriedForward: "Carried forward to the next settlement",
    columns: [
      "Date",
      "Time",
      "UTC offset",
      "Description",
      "Store",
      "Order or reference",
      "Id",
      "Gross",
      "Fee",
      "Net",
      "Balance",
      "Currency",
    ],
    types: {
      charge: "Payment",
      refund: "Refund",
      fee: "Fee",
      dispute: "Dispute",
      dispute_reversal: "Dispute given back",
      reserve_hold: "Kept back as reserve",
      reserve_release: "Released from reserve",
      payout: "Paid out",
      payout_failure: "Payout that came back",
      recovery: "Taken for what was owed",
      adjustment: "Adjustment",
    },
    arithmetic: (gross, fee) => `${gross} less a fee of ${fee}`,
    pdf: {
      title: "Settlement statement",
      holder: "Merchant",
      account: "Reference",
      opening: "Carried over",
      closing: "Carried forward",
      none: "Nothing became due on this day.",
      equation: "Carried over + money in − money out = carried forward. Payouts are part of money out.",
    },
  },
  zh: {
    file: "金桥-结算单",
    test: "测试模式，非真实资金",
    carriedOver: "上期结转",
    carriedForward: "结转下期",
    columns: [
      "日期",
      "时间",
      "UTC 时差",
      "摘要",
      "门店",
      "订单号或流水号",
      "编号",
      "金额",
      "手续费",
      "净额",
      "余额",
      "币种",
    ],
    types: {
      charge: "收款",
      refund: "退款",
      fee: "手续费",
      dispute: "争议扣款",
      dispute_reversal: "争议退回",
      reserve_hold: "留存准备金",
      reserve_release: "释放准备金",
      payout: "提款",
      payout_failure: "提款退回",
      recovery: "扣还欠款",
      adjustment: "调整",
    },
    arithmetic: (gross, fee) => `${gross}，手续费 ${fee}`,
    pdf: {
      title: "商户结算单",
      holder: "商户",
      account: "流水号",
      opening: "上期结转",
      closing: "结转下期",
      none: "当日没有到期款项。",
      equation: "上期结转 + 收入 − 支出 = 结转下期。支出中包含提款。",
    },
  },
};

import { localTimesIn, periodIn } from "../calendar.ts";
import type { Line, WalletStatementDocument } from "../statement.ts";
import type { Language } from "../words.ts";

/** A statement of so many lines without a database, for tests of the files. `onLine` hears how far it was read. */
export function sampleStatement(options: {
  lines: number;
  language?: Language;
  currency?: string;
  note?: (index: number) => string | null;
  asOf?: string;
  onLine?: (index: number) => void;
}): WalletStatementDocument {
  const { lines: count, language = "zh", currency = "CNY", note = () => null } = options;
  const request = {
    customerId: "cus_x",
    currency,
    from: "2026-03-01",
    to: "2026-04-01",
    timeZone: "Asia/Shanghai",
  };
  const { start, end } = periodIn(request.timeZone, request);
  const local = localTimesIn(request.timeZone);
  const opening = 10_000_000n;
  const amountOf = (index: number) => (index % 3 === 0 ? -1n : 1n) * BigInt(100 + index);
  const amounts = Array.from({ length: count }, (_, index) => amountOf(index));
  const sum = (values: bigint[]) => values.reduce((total, value) => total + value, 0n);
  return {
    request,
    language,
    holder: "林晓 Lin Xiao",
    account: "customer:cus_01jd8c0v5k3m7q9r2t4w6x8y0z",
    start,
    end,
    asOf: new Date(options.asOf ?? "2026-11-01T00:00:00Z"),
    opening,
    moneyIn: sum(amounts.filter((amount) => amount > 0n)),
    moneyOut: -sum(amounts.filter((amount) => amount < 0n)),
    closing: opening + sum(amounts),
    count,
    async *lines() {
      let balance = opening;
      for (const [index, amount] of amounts.entries()) {
        options.onLine?.(index);
        balance += amount;
        const at = new Date(start.getTime() + index * 1_000);
        yield {
          sequence: BigInt(index + 1),
          at,
          local: local(at),
          kind: "transfer",
          description: language === "zh" ? `第${index + 1}笔转账` : `Transfer number ${index + 1}`,
          counterparty: "王小明",
          note: note(index),
          reference: "JQ8F3K2M9Q",
          paymentId: null,
          transferId: "trf_01jd8c0v5k3m7q9r2t4w6x8y0z",
          amount,
          balance,
        } satisfies Line;
      }
    },
  };
}

export async function bytesOf(content: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces);
}

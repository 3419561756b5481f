import { formatDecimal, isCurrency } from "@jinqiao/money";
import type { SetupText } from "@jinqiao/server/embedded-postgres";
import { problemTexts, type ReceiptFacts, type Refusal } from "@jinqiao/transparency";

/** What the verification was based on, beside the receipt itself. */
export type Basis = {
  /** Address that gave the key, where it was asked for; whoever keeps it is then believed. */
  keyFrom: string | undefined;
  /** The log as it stood when it was asked, if it was. */
  newer: { size: bigint } | undefined;
};

type Side = ReceiptFacts["sides"][number];

/** The result for other programs. Amounts are positive; `side` says whether the account was debited or credited. */
export function resultJson(facts: ReceiptFacts, { keyFrom, newer }: Basis): Record<string, unknown> {
  const { origin, position, size, root, header, hiddenSides, signedAt, witnesses } = facts;
  return {
    ok: true,
    log: {
      origin,
      position: String(position),
      size: String(size),
      root,
      signedAt: signedAt?.toISOString() ?? null,
    },
    transfer: header,
    sides: facts.sides.map((side) => ({
      leg: side.leg,
      account: side.account,
      side: isDebit(side) ? "debit" : "credit",
      amount: { amount: decimal(magnitude(side.amount), side.currency), currency: side.currency },
      balance: { amount: decimal(BigInt(side.balance), side.currency), currency: side.currency },
      sequence: side.sequence,
    })),
    hiddenSides,
    witnesses: witnesses.map(({ name, at }) => ({ name, at: at?.toISOString() ?? null })),
    keyFrom: keyFrom ?? null,
    stillIn: newer === undefined ? null : { size: String(newer.size) },
  };
}

export const refusalJson = ({ problem, detail }: Refusal): Record<string, unknown> => ({
  ok: false,
  problem,
  detail,
  message: problemTexts[problem],
});

/** One sentence that says what is proved, then the particulars. */
export function resultText(facts: ReceiptFacts, basis: Basis): SetupText {
  const { origin, position, size, header, hiddenSides, signedAt, witnesses } = facts;
  const { keyFrom, newer } = basis;
  const when = header.at.replace("T", " ").replace("Z", " UTC");
  const none = { en: "none", zh: "无" };
  const witnessed = (at: Date | null) => (at === null ? "" : ` (${utc(at)})`);
  const named = witnesses.map(({ name, at }) => name + witnessed(at)).join(", ");
  const rows: [SetupText, SetupText | string][] = [
    ...facts.sides.flatMap((side): [SetupText, SetupText | string][] => [
      [{ en: "Account", zh: "账户" }, side.account],
      [
        { en: "Amount", zh: "金额" },
        {
          en: `${money(magnitude(side.amount), side)} ${isDebit(side) ? "out (debit)" : "in (credit)"}`,
          zh: `${money(magnitude(side.amount), side)} ${isDebit(side) ? "转出（借）" : "转入（贷）"}`,
        },
      ],
      [{ en: "Balance after it", zh: "此后余额" }, money(BigInt(side.balance), side)],
    ]),
    [{ en: "Time", zh: "时间" }, when],
    [{ en: "Transfer", zh: "记账编号" }, `${header.id} (${header.kind})`],
    ...(header.subject === null
      ? []
      : [[{ en: "Payment", zh: "交易" }, header.subject] as [SetupText, string]]),
    [
      { en: "Other sides", zh: "其他各方" },
      hiddenSides === 0
        ? { en: "none", zh: "无" }
        : {
            en: `${hiddenSides}, of whom the receipt reveals nothing`,
            zh: `${hiddenSides} 个，凭证不透露其内容`,
          },
    ],
    [
      { en: "Place in the log", zh: "日志中的位置" },
      {
        en: `number ${position + 1n} of ${size}, in ${origin}`,
        zh: `第 ${position + 1n} 条，共 ${size} 条，日志 ${origin}`,
      },
    ],
    ...(signedAt === null
      ? []
      : [[{ en: "Signed by the log", zh: "日志签署时间" }, utc(signedAt)] as [SetupText, string]]),
    [{ en: "Witnesses", zh: "见证人" }, named === "" ? none : named],
  ];
  const known = {
    en:
      keyFrom === undefined
        ? ""
        : `\nThe key came from ${keyFrom}, so this holds only if you trust that server.\n`,
    zh: keyFrom === undefined ? "" : `\n密钥来自 ${keyFrom}，因此仅在您信任该服务器时成立。\n`,
  };
  const still = {
    en:
      newer === undefined
        ? ""
        : `\nThe log has ${newer.size} entries now and still holds everything it held for this receipt.\n`,
    zh: newer === undefined ? "" : `\n日志现有 ${newer.size} 条记录，仍完整包含签署这份凭证时的全部内容。\n`,
  };
  return {
    en: `✓ The receipt is genuine: this transfer stands in the log just as it says.\n\n${table(rows, "en")}\n${still.en}${known.en}`,
    zh: `✓ 凭证真实：日志中的这笔交易与凭证所述完全一致。\n\n${table(rows, "zh")}\n${still.zh}${known.zh}`,
  };
}

export const refusalText = ({ problem, detail }: Refusal): SetupText => ({
  en: `✗ ${problemTexts[problem].en}\n  (${problem}: ${detail})`,
  zh: `✗ ${problemTexts[problem].zh}\n  （${problem}: ${detail}）`,
});

function table(rows: readonly [SetupText, SetupText | string][], language: keyof SetupText): string {
  const width = Math.max(...rows.map(([label]) => cells(label[language])));
  return rows
    .map(([label, value]) => {
      const name = label[language];
      return `  ${name}${" ".repeat(width - cells(name))}   ${typeof value === "string" ? value : value[language]}`;
    })
    .join("\n");
}

/** A Chinese character takes two cells of a terminal. */
const cells = (text: string): number => text.replaceAll(/[\u2e80-\uffef]/g, "xx").length;

/** The books write debits positive. To the holder of an account, as on a bank's statement, a debit is money out. */
const isDebit = ({ amount }: Side): boolean => !amount.startsWith("-");
const magnitude = (amount: string): bigint => BigInt(amount.replace("-", ""));

const money = (minor: bigint, { currency }: Side): string => `${decimal(minor, currency)} ${currency}`;

/** A currency that this version does not know has unknown decimals: its minor units are shown as they are. */
const decimal = (minor: bigint, currency: string): string =>
  isCurrency(currency) ? formatDecimal(minor, currency) : String(minor);

const utc = (date: Date): string => `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;

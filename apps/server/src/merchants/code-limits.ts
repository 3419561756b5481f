import { type Currency, exponentOf, type Money } from "@jinqiao/money";
import { dateIn } from "../platform/clock.ts";

/** How a payer came to a payment, as far as risk goes. */
export type CodeKind = "static" | "dynamic" | "pay_code";

/** Minor units; null where there is no limit of this kind. */
export type CodeLimit = {
  perPayment: bigint | null;
  perPayerPerDay: bigint | null;
  /** Whose calendar days are counted. */
  timeZone: string;
  source: { en: string; zh: string };
};

/** What a till may charge by a payer's code before the payer has to confirm. Minor units. */
export type SmallPayments = { perPayment: bigint; inARow: number; together: bigint; source: string };

/** Whole major units. */
type Rule = { perPayment: bigint | null; perPayerPerDay: bigint | null };

const operators = {
  en: "the operator's own limit",
  zh: "运营方自定限额",
};

/**
 * Limits that the law of a country sets, by currency. China: Notice 银发〔2017〕296号 of the People's Bank (Rules for
 * barcode payment, for trial), in force since 1 April 2018. A static code is of risk level D: at most 500 CNY a day and
 * customer, however it is confirmed. A code made for the payment and confirmed with two factors without a digital
 * certificate is of level B: 5,000 CNY; with fewer factors of level C: 1,000 CNY.
 */
const byCountry: Readonly<
  Record<
    string,
    {
      timeZone: string;
      source: CodeLimit["source"];
      rules: Readonly<Record<string, Partial<Record<CodeKind, Rule>>>>;
    }
  >
> = {
  CN: {
    timeZone: "Asia/Shanghai",
    source: {
      en: "People's Bank of China, Notice Yinfa [2017] No. 296 on barcode payments",
      zh: "中国人民银行《条码支付业务规范（试行）》（银发〔2017〕296号）",
    },
    rules: {
      CNY: {
        static: { perPayment: 500n, perPayerPerDay: 500n },
        dynamic: { perPayment: null, perPayerPerDay: 5_000n },
        pay_code: { perPayment: null, perPayerPerDay: 5_000n },
      },
    },
  },
};

/** Everywhere else the operator decides; a printed code can be pasted over, so that less passes through it. */
const staticDefaults: Readonly<Record<string, Rule>> = {
  CNY: { perPayment: 500n, perPayerPerDay: 500n },
  CZK: { perPayment: 6_000n, perPayerPerDay: 12_000n },
  EUR: { perPayment: 250n, perPayerPerDay: 500n },
  GBP: { perPayment: 200n, perPayerPerDay: 400n },
  JPY: { perPayment: 30_000n, perPayerPerDay: 60_000n },
  KWD: { perPayment: 75n, perPayerPerDay: 150n },
  USD: { perPayment: 250n, perPayerPerDay: 500n },
};

/**
 * Euro: PSD2 RTS (EU) 2018/389, Art. 11: at most 50 EUR at once and, since the last strong authentication, 150 EUR or
 * five payments. The law lets one of the two be counted (EBA-Op-2018-04, paragraph 43); here both hold. The other
 * currencies are the operator's own limits of the same kind. CNY stays below level C of the rules named above.
 */
const small: Readonly<
  Record<string, { perPayment: bigint; inARow: number; together: bigint; law: boolean }>
> = {
  CNY: { perPayment: 200n, inARow: 5, together: 1_000n, law: false },
  CZK: { perPayment: 1_200n, inARow: 5, together: 3_600n, law: false },
  EUR: { perPayment: 50n, inARow: 5, together: 150n, law: true },
  GBP: { perPayment: 50n, inARow: 5, together: 150n, law: false },
  JPY: { perPayment: 5_000n, inARow: 5, together: 15_000n, law: false },
  KWD: { perPayment: 15n, inARow: 5, together: 45n, law: false },
  USD: { perPayment: 50n, inARow: 5, together: 150n, law: false },
};

const minor = (major: bigint | null, currency: Currency): bigint | null =>
  major === null ? null : major * 10n ** BigInt(exponentOf(currency));

/** Limits of a kind of code. @param country of the shop, ISO 3166-1 alpha-2 */
export function codeLimitOf(kind: CodeKind, country: string, currency: Currency): CodeLimit {
  const law = byCountry[country];
  const lawful = law?.rules[currency]?.[kind];
  const rule = lawful ??
    (kind === "static" ? staticDefaults[currency] : undefined) ?? { perPayment: null, perPayerPerDay: null };
  return {
    perPayment: minor(rule.perPayment, currency),
    perPayerPerDay: minor(rule.perPayerPerDay, currency),
    timeZone: law?.timeZone ?? "UTC",
    source: lawful ? (law as NonNullable<typeof law>).source : operators,
  };
}

/** What passes by a payer's code without confirmation; undefined: nothing does in that currency. */
export function smallPaymentsOf(currency: Currency): SmallPayments | undefined {
  const rule = small[currency];
  if (rule === undefined) return undefined;
  return {
    perPayment: minor(rule.perPayment, currency) as bigint,
    inARow: rule.inARow,
    together: minor(rule.together, currency) as bigint,
    source: rule.law ? "PSD2 RTS (EU) 2018/389, Art. 11" : operators.en,
  };
}

/** Currencies in which small payments pass. */
export const smallCurrencies = Object.keys(small) as Currency[];

/** The kind of code that an intent's origin stands for; undefined where no code was scanned. */
export function codeKindOf(originKind: string): CodeKind | undefined {
  if (originKind === "static_code" || originKind === "tap") return "static";
  if (originKind === "dynamic_code") return "dynamic";
  return originKind === "pay_code" ? "pay_code" : undefined;
}

/**
 * What a payment uses up of the day's limit of its kind of code, for the commit that makes it: two payments at once
 * cannot both take the last of it. Empty where there is no limit a day.
 */
export function codeAllowances(
  payment: { originKind: string; country: string; customerId: string; money: Money },
  now: Date,
): { counter: string; currency: Currency; amount: bigint; max: bigint; resetsAt: Date }[] {
  const { originKind, country, customerId, money } = payment;
  const kind = codeKindOf(originKind);
  if (kind === undefined) return [];
  const { perPayerPerDay, timeZone } = codeLimitOf(kind, country, money.currency);
  if (perPayerPerDay === null) return [];
  return [
    {
      counter: codeCounter(kind, customerId, dateIn(timeZone, now)),
      currency: money.currency,
      amount: money.minor,
      max: perPayerPerDay,
      // A day has at most 25 hours; a counter that is kept for two is never forgotten while its day goes on.
      resetsAt: new Date(now.getTime() + 2 * 86_400_000),
    },
  ];
}

/** Name of the counter of a day. */
export function codeCounter(kind: CodeKind, customerId: string, day: string): string {
  return `customer:${customerId}/code/${kind}/${day}`;
}

import { type Currency, isCurrency, parseDecimal } from "@jinqiao/money";
import { z } from "zod";

/** How soon money is there: within seconds at any hour, or on a later business day of the bank. */
export type Arrival =
  | { withinSeconds: number }
  /** `days` business days after the day of the order; what comes after `cutOff` (`16:00`) counts for the next day. */
  | { businessDays: number; cutOff?: string | undefined };

/**
 * One way in which a bank moves money for us: what it costs, how fast it is, how far it reaches. Amounts are minor
 * units of the currency they stand under.
 */
export type Rail = {
  id: RailId;
  /** A withdrawal leaves custody by it, a top-up comes in by it. */
  kinds: readonly ("top_up" | "withdrawal")[];
  /** What the connector is asked for (`PaymentOrder.urgency`). */
  urgency: "instant" | "usual";
  arrival: Arrival;
  /** Terms by currency. A currency that is not here is not carried. */
  currencies: Readonly<Record<string, RailTerms>>;
  /**
   * Accounts that a withdrawal reaches beside the bank's own: the beginnings of account numbers (`CZ`, `GB42`), or `any`.
   * A top-up comes from an account at the bank itself.
   */
  reach: readonly string[] | "any";
};

export type RailTerms = {
  /** What the bank charges the operator for one payment: an amount, and so many thousandths of the payment. */
  fee: { fixed: bigint; perMille: bigint };
  maxPerPayment: bigint | null;
  /** All payments of one calendar day of the bank by this rail. */
  maxPerDay: bigint | null;
};

/** Names that people are shown; each has its words in the wallet and the console. */
export const railIds = [
  "instant_transfer",
  "credit_transfer",
  "faster_payment",
  "standing_permission",
  "file_transfer",
  "direct_debit",
  "quick_payment",
] as const;
export type RailId = (typeof railIds)[number];

/** A rail as its connector declares it: what the standard says. Prices and limits are the bank's, in `banks.json`. */
export type DeclaredRail = Pick<Rail, "id" | "kinds" | "urgency" | "arrival"> & {
  /** Carries only these; default: every currency with a custody account. */
  currencies?: readonly string[];
  maxPerPayment?: { amount: string; currency: string };
};

const amount = z.string().regex(/^\d{1,15}(\.\d{1,4})?$/);
const terms = z.strictObject({
  fee: z
    .strictObject({ fixed: amount.default("0"), perMille: z.int().min(0).max(1_000).default(0) })
    .default({ fixed: "0", perMille: 0 }),
  maxPerPayment: amount.optional(),
  maxPerDay: amount.optional(),
});
/** One rail in `banks.json`. Amounts are decimal text in the currency they stand under. */
export const railSettings = z
  .strictObject({
    id: z.enum(railIds),
    kinds: z
      .array(z.enum(["top_up", "withdrawal"]))
      .min(1)
      .optional(),
    arrival: z
      .union([
        z.strictObject({ withinSeconds: z.int().min(0).max(86_400) }),
        z.strictObject({
          businessDays: z.int().min(0).max(30),
          cutOff: z
            .string()
            .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
            .optional(),
        }),
      ])
      .optional(),
    currencies: z.partialRecord(z.string().refine(isCurrency), terms),
    reach: z.union([z.literal("any"), z.array(z.string().regex(/^[A-Z0-9]{2,34}$/))]).optional(),
  })
  .refine(({ currencies }) =>
    // An amount with more decimals than its currency has is found when the file is read, not when money moves.
    Object.entries(currencies).every(([currency, own]) =>
      [own?.fee.fixed, own?.maxPerPayment, own?.maxPerDay].every((text) => {
        if (text === undefined) return true;
        try {
          return parseDecimal(text, currency as Currency) >= 0n;
        } catch {
          return false;
        }
      }),
    ),
  );
export type RailSettings = z.infer<typeof railSettings>;

/**
 * The rails of one bank: those its connector declares, with the prices, limits and reach that the operator agreed with
 * the bank. Where `banks.json` lists rails, the others are not used. Without terms a rail costs nothing and reaches
 * the bank's own accounts only: nobody has said that it does more.
 */
export function railsOf(bank: {
  declared: readonly DeclaredRail[];
  settings: readonly RailSettings[] | undefined;
  /** With a custody account at the bank. */
  currencies: readonly string[];
}): Rail[] {
  return bank.declared.flatMap((declared) => {
    const agreed = bank.settings?.find(({ id }) => id === declared.id);
    if (bank.settings !== undefined && agreed === undefined) return [];
    const carried = bank.currencies.filter(
      (currency) =>
        (declared.currencies?.includes(currency) ?? true) &&
        (agreed === undefined || agreed.currencies[currency as never] !== undefined),
    );
    return [
      {
        id: declared.id,
        kinds: declared.kinds.filter((kind) => agreed?.kinds?.includes(kind) ?? true),
        urgency: declared.urgency,
        arrival: agreed?.arrival ?? declared.arrival,
        currencies: Object.fromEntries(
          carried.map((currency) => [currency, termsOf(declared, agreed, currency as Currency)]),
        ),
        reach: agreed?.reach ?? [],
      },
    ];
  });
}

function termsOf(declared: DeclaredRail, agreed: RailSettings | undefined, currency: Currency): RailTerms {
  const own = agreed?.currencies[currency as never] as z.infer<typeof terms> | undefined;
  const minor = (text: string | undefined) => (text === undefined ? null : parseDecimal(text, currency));
  const byNature = declared.maxPerPayment;
  const limits = [
    minor(own?.maxPerPayment),
    byNature?.currency === currency ? parseDecimal(byNature.amount, currency) : null,
  ].filter((limit) => limit !== null);
  return {
    fee: { fixed: minor(own?.fee.fixed) ?? 0n, perMille: BigInt(own?.fee.perMille ?? 0) },
    maxPerPayment: limits.length === 0 ? null : limits.reduce((low, limit) => (limit < low ? limit : low)),
    maxPerDay: minor(own?.maxPerDay),
  };
}

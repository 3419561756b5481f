import { isCurrency } from "@jinqiao/money";
import { z } from "zod";
import { dialectSettings } from "./connectors/index.ts";
import { tlsSettings } from "./connectors/shared/tls.ts";
import { maintenanceWindow } from "./maintenance.ts";
import { railSettings } from "./rails.ts";
import type { BankConfig } from "./types.ts";

const localText = z.object({ en: z.string().min(1), zh: z.string().min(1) });
const commonConfig = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  name: localText,
  timeZone: z.string().refine((zone) => Intl.supportedValuesOf("timeZone").includes(zone) || zone === "UTC"),
  tls: tlsSettings.optional(),
  executionWindowMs: z.number().int().min(0).max(86_400_000).optional(),
  maintenance: z.array(maintenanceWindow).max(100).optional(),
  limits: z
    .strictObject({
      callsPerSecond: z.number().positive().max(10_000),
      burst: z.number().int().min(1).max(10_000).optional(),
    })
    .optional(),
  rails: z.array(railSettings).max(20).optional(),
  holidays: z.array(z.iso.date()).max(1_000).optional(),
  /** Business days after which a difference of reconciliation is overdue; 5 when absent. */
  breakLimitDays: z.number().int().min(0).max(365).optional(),
  custodyAccounts: z.array(
    z.object({
      currency: z.string().refine(isCurrency),
      iban: z.string().min(5),
      resourceId: z.string().min(1),
      consentId: z.string().optional(),
    }),
  ),
});

/** Each entry is read twice, for what all banks have and for what its dialect needs; either ignores the other's part. */
const bankConfig = z.intersection(commonConfig, dialectSettings);

/**
 * Reads the operator's banks (`banks.json`).
 * @throws Error in one sentence that names the first entry that cannot be used; never its secret
 */
export function banksFrom(json: unknown): BankConfig[] {
  const parsed = z.array(bankConfig).safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new Error(`JINQIAO_BANKS_FILE cannot be used: ${where || "the file"} is missing or wrong.`);
}

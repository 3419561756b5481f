import type { Onboarding, OnboardingFacts } from "@jinqiao/contract";
import { parseDecimal } from "@jinqiao/money";
import { addDays } from "../platform/clock.ts";

export type Step = Onboarding["steps"][number]["step"];
export type Check = Onboarding["steps"][number]["checks"][number];
export type Evidence = { step: Step; kind: string; content: string; added_at: Date };

/** A certificate must outlive the first weeks; a report must speak of the bank as it is now. */
const certificateDays = 30;
const reportDays = 90;

/** What was noted down before anything was. */
export const noFacts: OnboardingFacts = {
  segments: null,
  products: null,
  monthlyVolume: null,
  endpoint: null,
  credentialsHeld: false,
  certificateExpiresOn: null,
  capabilities: [],
  custodyAccount: null,
  nameEn: null,
  nameZh: null,
  colour: null,
  supportContact: null,
  limitsRamp: [],
  pilotCustomers: null,
  campaign: null,
};

/** The checks of a step, from what is on record. A step cannot be signed off while one fails. */
export function checksOf(
  step: Step,
  facts: OnboardingFacts,
  evidence: readonly Evidence[],
  today: string,
): Check[] {
  const has = (kind: string): boolean => evidence.some((one) => one.step === step && one.kind === kind);
  const check = (id: Check["id"], passed: boolean): Check => ({ id, passed });
  switch (step) {
    case "needs":
      return [
        check("segments", Boolean(facts.segments)),
        check("products", Boolean(facts.products)),
        check("monthly_volume", facts.monthlyVolume !== null),
      ];
    case "technical":
      return [
        check("endpoint", isEndpoint(facts.endpoint)),
        check("credentials", facts.credentialsHeld),
        check("certificate", (facts.certificateExpiresOn ?? "") >= addDays(today, certificateDays)),
        check("capabilities", facts.capabilities.length > 0),
        check("certification", isCertified(evidence, today)),
      ];
    case "legal":
      return [
        check("custody_account", Boolean(facts.custodyAccount)),
        ...(["record_keeping", "disclosure", "aml_kyc", "data_sharing"] as const).map((kind) =>
          check(kind, has(kind)),
        ),
      ];
    case "experience":
      return [
        check("names", Boolean(facts.nameEn && facts.nameZh)),
        check("colour", facts.colour !== null),
        check("support_contact", Boolean(facts.supportContact)),
        check("pages_preview", has("pages_preview")),
        check("messages", has("messages")),
      ];
    case "launch":
      return [
        check("limits_ramp", grows(facts.limitsRamp)),
        check("pilot_group", (facts.pilotCustomers ?? 0) > 0),
      ];
  }
}

/** Encrypted, or on this very machine. */
function isEndpoint(text: string | null): boolean {
  if (text === null || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const local = hostname === "localhost" || hostname === "127.0.0.1";
  return protocol === "https:" || protocol === "sftp:" || (local && protocol === "http:");
}

/** The newest report counts: an earlier one that passed says nothing of a bank that fails now. */
function isCertified(evidence: readonly Evidence[], today: string): boolean {
  const newest = evidence
    .filter(({ step, kind }) => step === "technical" && kind === "certification")
    .reduce<Evidence | undefined>((a, b) => (a && a.added_at > b.added_at ? a : b), undefined);
  if (newest === undefined) return false;
  const report = reportFrom(newest.content);
  const attached = newest.added_at.toISOString().slice(0, 10);
  return (
    report !== undefined &&
    report.failed === 0 &&
    report.passed > 0 &&
    attached >= addDays(today, -reportDays)
  );
}

/** Reads what `npx jinqiao certify BANK --json` wrote; undefined when it is something else, or of some checks only. */
export function reportFrom(text: string): { bank: string; passed: number; failed: number } | undefined {
  try {
    const { bank, passed, failed, checks, partial } = JSON.parse(text) as Record<string, unknown>;
    const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
    if (partial !== undefined) return undefined;
    if (typeof bank !== "string" || !isCount(passed) || !isCount(failed) || !Array.isArray(checks))
      return undefined;
    // The counts must be those of the checks themselves.
    const outcomes = checks.map((one: unknown) => (one as { outcome?: unknown } | null)?.outcome);
    const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
    return count("passed") === passed && count("failed") === failed ? { bank, passed, failed } : undefined;
  } catch {
    return undefined;
  }
}

/** At least one step, later days with higher limits, one currency. */
function grows(ramp: OnboardingFacts["limitsRamp"]): boolean {
  const minor = (limit: { amount: string; currency: string }) => parseDecimal(limit.amount, limit.currency);
  return (
    ramp.length > 0 &&
    ramp.every((stage, index) => {
      const before = ramp[index - 1];
      return (
        before === undefined ||
        (before.from < stage.from &&
          before.dailyLimit.currency === stage.dailyLimit.currency &&
          minor(before.dailyLimit) < minor(stage.dailyLimit))
      );
    })
  );
}

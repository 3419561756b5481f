import { type Check, checks, NotOffered, offers } from "./checks/index.ts";
import type { BankUnderTest } from "./subject.ts";

export type Outcome = "passed" | "failed" | "skipped";
export type CheckResult = { id: string; outcome: Outcome; detail: string };
/** What a certification found, as `npx jinqiao certify --json` prints it. */
export type Report = {
  bank: string;
  dialect: string;
  passed: number;
  failed: number;
  skipped: number;
  checks: CheckResult[];
  /**
   * Only some checks were run, or the bank has no script for most of them: whatever they found, this certifies nothing.
   * Absent from a whole certification.
   */
  partial?: true;
};

/** No usual check may hold a certification up for longer; it then counts as failed. */
const checkLimitMs = 300_000;

/** Runs one check, whatever happens in it. */
export async function runCheck(bank: BankUnderTest, check: Check): Promise<CheckResult> {
  const { id, limitMs = checkLimitMs } = check;
  const missing = check.needs.filter((need) => !offers(bank.connector, need));
  if (missing.length > 0)
    return { id, outcome: "skipped", detail: `the bank does not declare: ${missing.join(", ")}` };
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no end after ${limitMs / 1_000} s`)), limitMs);
  });
  try {
    return { id, outcome: "passed", detail: await Promise.race([check.run(bank), limit]) };
  } catch (error) {
    if (error instanceof NotOffered) return { id, outcome: "skipped", detail: error.message };
    return { id, outcome: "failed", detail: (error as Error).message || String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs the whole certification, one check after the other. */
export async function certifyBank(
  bank: BankUnderTest,
  options: {
    /** Only checks whose id begins with this. */
    only?: string;
    signal?: AbortSignal;
    onCheck?(check: Check, index: number, total: number): void;
    onResult?(result: CheckResult, check: Check): void;
  } = {},
): Promise<Report> {
  const wanted = checks.filter(({ id }) => id.startsWith(options.only ?? ""));
  const results: CheckResult[] = [];
  for (const [index, check] of wanted.entries()) {
    options.signal?.throwIfAborted();
    options.onCheck?.(check, index, wanted.length);
    const result = await runCheck(bank, check);
    results.push(result);
    options.onResult?.(result, check);
  }
  const count = (outcome: Outcome) => results.filter((result) => result.outcome === outcome).length;
  return {
    bank: bank.id,
    dialect: bank.dialect,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    checks: results,
    ...(options.only === undefined && bank.scripted ? {} : { partial: true as const }),
  };
}

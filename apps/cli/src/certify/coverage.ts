import type { SetupText } from "@jinqiao/server/embedded-postgres";
import { conditions } from "./checks/conditions.ts";
import { actions } from "./checks/faults.ts";
import { steps } from "./checks/steps.ts";
import type { CheckResult, Outcome, Report } from "./run.ts";

/** Every fault that a step can meet, in the order of the list. */
export const faults: readonly (SetupText & { name: string })[] = [...actions, ...conditions];

/** One step of a dialect with what was found under each fault; null: the fault cannot touch that step. */
export type CoverageRow = SetupText & { step: string; cells: readonly (CheckResult | null)[] };

/** Step by fault: what was drilled, and what was not and why. Steps of which nothing was run are left out. */
export function coverageOf(report: Report): CoverageRow[] {
  const results = new Map(report.checks.map((result) => [result.id, result]));
  return steps
    .map(({ id, en, zh }) => ({
      step: id,
      en,
      zh,
      cells: faults.map(({ name }) => results.get(`fault.${id}.${name}`) ?? null),
    }))
    .filter(({ cells }) => cells.some((cell) => cell !== null));
}

/** What was skipped, by reason: no drill is left out in silence. */
export function reasonsOf(rows: readonly CoverageRow[]): Map<string, string[]> {
  const skipped = rows.flatMap(({ cells }) => cells.filter((cell) => cell?.outcome === "skipped"));
  const reasons = new Map<string, string[]>();
  for (const cell of skipped)
    if (cell !== null) reasons.set(cell.detail, [...(reasons.get(cell.detail) ?? []), cell.id]);
  return reasons;
}

export const marks: Readonly<Record<Outcome, string>> = { passed: "✓", failed: "✗", skipped: "–" };

/** The table as text: a line for each step, a column for each fault by its number, and the reasons below. */
export function coverageText(report: Report, language: "en" | "zh"): string {
  const rows = coverageOf(report);
  const words =
    language === "en"
      ? {
          none: "No drill was run.",
          cannot: "cannot touch this step",
          why: "Not drilled, and why:",
          times: "×",
        }
      : { none: "未运行任何演练。", cannot: "不涉及该步骤", why: "未演练的项目及原因：", times: "×" };
  if (rows.length === 0) return words.none;
  const number = (index: number) => String(index + 1).padStart(3);
  const legend = faults.map((fault, index) => `  ${number(index)}  ${fault.name}: ${fault[language]}`);
  const width = Math.max(...rows.map(({ step }) => step.length));
  const lines = rows.map(
    ({ step, cells }) =>
      `  ${step.padEnd(width)}${cells.map((cell) => `  ${cell === null ? "·" : marks[cell.outcome]}`).join("")}`,
  );
  const reasons = [...reasonsOf(rows)].map(([why, ids]) => `  ${ids.length} ${words.times} ${why}`);
  return [
    `${report.bank} (${report.dialect})`,
    ...legend,
    "",
    `  ${"".padEnd(width)}${faults.map((_, index) => number(index)).join("")}`,
    ...lines,
    `  · ${words.cannot}`,
    ...(reasons.length === 0 ? [] : ["", words.why, ...reasons]),
    "",
  ].join("\n");
}

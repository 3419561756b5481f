import {
  type SecurityCheck,
  type SecurityCheckId,
  type SecurityFinding,
  SecurityReport,
} from "@jinqiao/contract";
import { z } from "zod";
import type { CheckResult } from "./finding.ts";

/** `docs/security-accepted.json`: findings that may stay for a while, each with who said so and why. */
export const Acceptances = z.array(
  z.strictObject({
    /** Id of the finding. */
    id: z.string(),
    reason: z.string().min(20),
    by: z.string().min(1),
    /** Last day on which it holds. */
    until: z.iso.date(),
  }),
);
export type Acceptances = z.infer<typeof Acceptances>;

/** Joins what the checks found with what was accepted. An acceptance whose day is over counts no more. */
export function reportOf(options: {
  now: Date;
  commit: string | null;
  target: string;
  results: readonly CheckResult[];
  accepted: Acceptances;
}): SecurityReport {
  const today = options.now.toISOString().slice(0, 10);
  const acceptances = new Map(options.accepted.map((one) => [one.id, one]));
  const order = ["critical", "high", "medium", "low"];
  const findings = options.results.flatMap(({ found }) =>
    found.map((finding): SecurityFinding => {
      const acceptance = acceptances.get(finding.id);
      if (acceptance === undefined || acceptance.until < today) return { ...finding, accepted: null };
      const { reason, by, until } = acceptance;
      return { ...finding, accepted: { reason, by, until } };
    }),
  );
  findings.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || (a.id < b.id ? -1 : 1));
  return SecurityReport.parse({
    ranAt: options.now.toISOString(),
    commit: options.commit,
    target: options.target,
    checks: options.results.map(({ check }) => ({ ...check, status: statusOf(check, findings) })),
    findings,
  });
}

/** What was accepted fails a check no more. */
function statusOf(check: SecurityCheck, findings: readonly SecurityFinding[]): SecurityCheck["status"] {
  if (check.status !== "failed") return check.status;
  return findings.some((one) => one.check === check.id && one.accepted === null) ? "failed" : "passed";
}

/** Findings that nobody has accepted. */
export const openFindings = (report: SecurityReport): SecurityFinding[] =>
  report.findings.filter(({ accepted }) => accepted === null);

/** Names of the checks in both languages. */
export const checkNames: Readonly<Record<SecurityCheckId, { en: string; zh: string }>> = {
  dependencies: { en: "Known weaknesses of dependencies", zh: "依赖的已知漏洞" },
  licences: { en: "Licences", zh: "许可证" },
  lockfile: { en: "Pinned versions and contents", zh: "版本与内容锁定" },
  secrets: { en: "Secrets in the repository and its history", zh: "代码库及历史中的机密" },
  headers: { en: "Headers of a running server", zh: "运行中服务的响应头" },
  tls: { en: "TLS of a running server", zh: "运行中服务的 TLS" },
  authorisation: { en: "Every route × everybody who might call it", zh: "每个接口 × 每类调用者" },
  fuzzing: { en: "Hostile texts in every field", zh: "每个字段的恶意输入" },
  attacks: { en: "Attacks", zh: "攻击测试" },
  threat_model: { en: "A test for every mitigation", zh: "每项防护均有测试" },
};

const signs = { passed: "✓", failed: "✗", not_run: "–" } as const;

/** The report as a page of `docs`. */
export function markdownOf(report: SecurityReport): string {
  const open = openFindings(report);
  const accepted = report.findings.filter(({ accepted: acceptance }) => acceptance !== null);
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  return `# Security report · 安全评估报告

Written by \`npm run security\`; do not edit. 由 \`npm run security\` 生成，请勿手工修改。

- Run 运行时间: ${report.ranAt}
- Commit 提交: ${report.commit ?? "unknown"}
- Server 服务: ${report.target}
- Open findings 未处理的发现: **${open.length}**

| Check 检查项 | Result 结果 | |
|---|---|---|
${report.checks
  .map(
    ({ id, status, detail }) =>
      `| ${checkNames[id].en}<br>${checkNames[id].zh} | ${signs[status]} ${status.replace("_", " ")} | ${cell(detail.en)}<br>${cell(detail.zh)} |`,
  )
  .join("\n")}

✓ passed 通过 · ✗ failed 未通过 · – not run, for the reason given 未运行，原因见右

## Open findings 未处理的发现

${open.length === 0 ? "None. 无。" : table(open, cell)}

## Accepted findings 已接受的发现

Accepted in \`docs/security-accepted.json\`, until the day named there. 在 \`docs/security-accepted.json\` 中接受，至所列日期为止。

${accepted.length === 0 ? "None. 无。" : accepted.map(({ id, where, title, accepted: acceptance }) => `- \`${id}\` (${where}): ${title}. ${acceptance?.reason} — ${acceptance?.by}, until ${acceptance?.until}`).join("\n")}
`;
}

function table(findings: readonly SecurityFinding[], cell: (text: string) => string): string {
  return `| Severity 级别 | Finding 发现 | Where 位置 | Id |
|---|---|---|---|
${findings.map(({ severity, title, where, id }) => `| ${severity} | ${cell(title)} | ${cell(where)} | \`${cell(id)}\` |`).join("\n")}`;
}

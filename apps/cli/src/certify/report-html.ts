import type { SetupText } from "@jinqiao/server/embedded-postgres";
import { checks } from "./checks/index.ts";
import { coverageOf, faults, reasonsOf } from "./coverage.ts";
import type { CheckResult, Outcome, Report } from "./run.ts";
import { testEnvironment } from "./test-environment.ts";

/** Parts of the certification by the first word of a check's id, in the order of the list. */
const parts: Readonly<Record<string, SetupText>> = {
  link: { en: "Linking an account", zh: "绑定账户" },
  access: { en: "Access", zh: "访问凭证" },
  accounts: { en: "Balances and entries", zh: "余额与明细" },
  pay: { en: "Payments", zh: "付款" },
  notice: { en: "Notices", zh: "通知" },
  statement: { en: "Statements", zh: "对账单" },
  fault: { en: "Fault drills", zh: "故障演练" },
  load: { en: "Load", zh: "压力" },
  file: { en: "Files of the bank", zh: "银行文件" },
  week: { en: "A simulated week", zh: "模拟一周" },
};
const outcomes: Readonly<Record<Outcome, SetupText & { mark: string }>> = {
  passed: { mark: "✓", en: "passed", zh: "通过" },
  failed: { mark: "✗", en: "failed", zh: "未通过" },
  skipped: { mark: "–", en: "skipped", zh: "跳过" },
};

/**
 * The report as one page that needs nothing else: both languages, light and dark, on paper as well.
 * @param at when the certification ended
 */
export function reportPage(report: Report, bankName: SetupText, at: Date): string {
  const titles = new Map(checks.map(({ id, title }) => [id, title]));
  const groups = Map.groupBy(report.checks, ({ id }) => id.split(".")[0] ?? "");
  const verdict =
    report.failed > 0
      ? {
          kind: "failed",
          en: "This bank may not hold customers' money yet.",
          zh: "该银行尚不得存放客户资金。",
        }
      : report.partial
        ? {
            kind: "failed",
            en: "Only some checks were run: this certifies nothing.",
            zh: "仅运行了部分检查，不构成认证。",
          }
        : report.passed === 0
          ? { kind: "failed", en: "Nothing was checked.", zh: "未进行任何检查。" }
          : {
              kind: "passed",
              en: "Every check that applies was passed.",
              zh: "适用的检查已全部通过。",
            };
  const sections = [...groups].map(([part, results]) => {
    const name = parts[part] ?? { en: part, zh: part };
    const passed = results.filter(({ outcome }) => outcome === "passed").length;
    return `<section><h2>${both(name)}<span class="count">${passed} / ${results.length}</span></h2>
<table><tbody>
${results.map((result) => row(result, titles.get(result.id))).join("\n")}
</tbody></table></section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(`${bankName.en} ${bankName.zh}`)}: certification 认证报告</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<p class="kind">Jinqiao <span lang="zh">金桥</span> · Certification of a bank <span lang="zh">银行接入认证</span></p>
<h1>${escapeHtml(bankName.en)} <span lang="zh">${escapeHtml(bankName.zh)}</span></h1>
<p class="facts"><span>${escapeHtml(report.dialect)}</span> <time datetime="${at.toISOString()}">${at.toISOString().slice(0, 16).replace("T", " ")} UTC</time></p>
<p class="verdict ${verdict.kind}">${both(verdict)}</p>
<ul class="sums">
${(["passed", "failed", "skipped"] as const)
  .map(
    (outcome) =>
      `<li${outcome === "failed" && report.failed > 0 ? ' class="failed"' : ""}><strong>${report[outcome]}</strong>${both(outcomes[outcome])}</li>`,
  )
  .join("\n")}
</ul>
</header>
${report.partial ? neededHere() : ""}
${coverageTable(report)}
${sections.join("\n")}
</main>
</body>
</html>
`;
}

function neededHere(): string {
  const title = { en: "What a bank's test environment must offer", zh: "银行测试环境须具备" };
  return `<section><h2>${both(title)}</h2><ul class="legend">${testEnvironment.map((need) => `<li>${both(need)}</li>`).join("")}</ul></section>`;
}

/** Step by fault at one glance; the drills themselves follow below. */
function coverageTable(report: Report): string {
  const rows = coverageOf(report);
  if (rows.length === 0) return "";
  const names = faults.map(
    (fault, index) => `<li value="${index + 1}">${both(fault)} <code>${escapeHtml(fault.name)}</code></li>`,
  );
  const cell = (result: CheckResult | null) =>
    result === null
      ? "<td>·</td>"
      : `<td class="${result.outcome}" title="${escapeHtml(result.detail)}">${outcomes[result.outcome].mark}</td>`;
  const reasons = [...reasonsOf(rows)].map(([why, ids]) => `<li>${ids.length} × ${escapeHtml(why)}</li>`);
  return `<section><h2>${both({ en: "Steps and faults", zh: "步骤与故障" })}</h2>
<div class="wide"><table class="coverage"><thead><tr><td></td>${faults.map((_, index) => `<th scope="col">${index + 1}</th>`).join("")}</tr></thead><tbody>
${rows.map(({ en, zh, cells }) => `<tr><th scope="row">${both({ en, zh })}</th>${cells.map(cell).join("")}</tr>`).join("\n")}
</tbody></table></div>
<ol class="legend">${names.join("")}</ol>
<p class="detail">${both({ en: "· cannot touch this step. – not drilled:", zh: "· 不涉及该步骤。– 未演练：" })}</p>
<ul class="legend">${reasons.join("")}</ul></section>`;
}

function row({ id, outcome, detail }: CheckResult, title: SetupText | undefined): string {
  const { mark, en, zh } = outcomes[outcome];
  return `<tr class="${outcome}"><td class="mark"><span aria-hidden="true">${mark}</span><span class="unseen">${en} <span lang="zh">${zh}</span></span></td><td><p class="title">${both(title ?? { en: id, zh: id })}</p><p class="detail"><code>${escapeHtml(id)}</code> ${escapeHtml(detail)}</p></td></tr>`;
}

function both(text: SetupText): string {
  return `<span class="en">${escapeHtml(text.en)}</span> <span class="zh" lang="zh">${escapeHtml(text.zh)}</span>`;
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[letter] ?? letter,
  );
}

const style = `
:root{--ground:#f7f6f3;--card:#fff;--ink:#1c2430;--soft:#5b6472;--line:#e3e1db;--good:#17663a;--bad:#a5231d;--goodground:#e5f2ea;--badground:#fbe9e7}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--card:#1a2028;--ink:#e9ecf1;--soft:#a3adbb;--line:#2c3541;--good:#7fd6a2;--bad:#ff9d94;--goodground:#173324;--badground:#3b1f1c}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:920px;margin:0 auto;padding:32px 20px 64px}
h1{margin:4px 0 8px;font-size:30px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
h2{display:flex;flex-wrap:wrap;gap:4px 10px;align-items:baseline;margin:36px 0 10px;font-size:18px;font-weight:650}
h2 .count{margin-left:auto;font-size:14px;font-weight:500;color:var(--soft);font-variant-numeric:tabular-nums}
.kind,.facts{margin:0;color:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:4px 18px}
.verdict{margin:22px 0 14px;padding:14px 18px;border-radius:12px;font-size:17px;font-weight:600}
.verdict.passed{background:var(--goodground);color:var(--good)}
.verdict.failed{background:var(--badground);color:var(--bad)}
.verdict .zh{display:block}
.sums{display:grid;grid-template-columns:repeat(3,1fr);gap:12px;margin:0;padding:0;list-style:none}
.sums li{padding:14px 18px;border:1px solid var(--line);border-radius:12px;background:var(--card);color:var(--soft)}
.sums strong{display:block;font-size:28px;line-height:1.2;color:var(--ink);font-variant-numeric:tabular-nums}
.sums .failed strong{color:var(--bad)}
table{width:100%;border-collapse:separate;border-spacing:0;border:1px solid var(--line);border-radius:12px;background:var(--card);overflow:hidden}
td{padding:11px 14px;vertical-align:top}
tr+tr td{border-top:1px solid var(--line)}
.mark{width:40px;padding-right:0;font-weight:700;color:var(--soft)}
.passed .mark{color:var(--good)}
.failed .mark,.failed .detail{color:var(--bad)}
.title{margin:0}
.title .zh{display:block;color:var(--soft)}
.detail{margin:3px 0 0;font-size:13px;color:var(--soft);overflow-wrap:anywhere}
code{margin-right:6px;font:12px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:520px){main{padding:20px 14px 48px}h1{font-size:25px}.sums{gap:8px}.sums li{padding:10px 12px;font-size:14px}.sums strong{font-size:23px}}
@media print{:root{--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb}body{font-size:11pt}main{max-width:none;padding:0}tr{break-inside:avoid}h2{break-after:avoid}}
.wide{overflow-x:auto}
.coverage{border-collapse:collapse;font-size:13px}
.coverage th[scope=row]{text-align:left;font-weight:500;min-width:170px;padding-right:10px}
.coverage td,.coverage th{padding:3px 7px;border-bottom:1px solid var(--line);text-align:center}
.coverage .passed{color:var(--good)}
.coverage .failed{color:var(--bad);font-weight:700}
.legend{margin:12px 0;padding-left:26px;color:var(--soft);font-size:13px}
`;

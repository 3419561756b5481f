import { errorCatalogue, errorsOf, type Route, routes } from "@jinqiao/contract";

/** A readable page of the API made from the contract alone: no script and nothing from another host. */
export function docsPage(): string {
  const tags = [...new Set(routes.map((route) => route.tag))];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Jinqiao API · 金桥接口</title>
<link rel="stylesheet" href="/docs/docs.css"></head><body><main>
<h1>Jinqiao API <span lang="zh">金桥接口</span></h1>
<p>Money is exact decimal text, never a float. Writes that move money take an <code>Idempotency-Key</code>: the same key
with the same body gives the same answer. Problems follow RFC 9457. The machine-readable contract is
<a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p lang="zh">金额一律为精确的十进制文本。涉及资金的写操作须带 <code>Idempotency-Key</code>：同一标识、同一内容，得到同一结果。
错误格式遵循 RFC 9457。机器可读的契约见 <a href="/openapi.json">openapi.json</a>（OpenAPI 3.1）。</p>
<nav aria-label="Parts">${[...tags, "Errors"].map((tag) => `<a href="#${tag}">${escapeHtml(tag)}</a>`).join(" ")}</nav>
${tags.map(section).join("\n")}
${errorSection()}
</main></body></html>`;
}

function section(tag: string): string {
  return `<section aria-labelledby="${tag}"><h2 id="${tag}">${escapeHtml(tag)}</h2>
${routes
  .filter((route) => route.tag === tag)
  .map(entry)
  .join("\n")}</section>`;
}

const audiences: Record<Route["audience"], string> = {
  public: "anyone",
  customer: "a signed-in customer",
  staff: "signed-in staff",
  merchant: "a merchant's key or team",
  bank: "banks",
};

function entry(route: Route): string {
  const codes = errorsOf(route)
    .map((code) => `<a href="#${code}"><code>${code}</code></a>`)
    .join(" ");
  return `<article id="${route.id}"><h3><span class="method">${route.method}</span> <code>${escapeHtml(route.path)}</code></h3>
<p>${escapeHtml(route.summary)}. For ${audiences[route.audience]}; answers ${route.status}${route.idempotent ? "; takes an <code>Idempotency-Key</code>" : ""}.</p>
<details><summary>Errors</summary><p>${codes}</p></details></article>`;
}

function errorSection(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, retryable, en, zh }]) =>
      `<tr id="${code}"><th scope="row"><code>${code.replace(".", ".<wbr>")}</code></th><td>${status}</td><td>${retryable ? "yes 是" : "no 否"}</td><td>${escapeHtml(en)}<br><span lang="zh">${escapeHtml(zh)}</span></td></tr>`,
  );
  return `<section aria-labelledby="Errors"><h2 id="Errors">Errors <span lang="zh">错误</span></h2>
<div class="wide" role="region" aria-label="Errors" tabindex="0"><table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Retry may help<br>重试可能有用</th><th scope="col">What the customer is told<br>客户看到的说明</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export const docsStyle = `:root { color-scheme: light dark; --line: #8884; --accent: light-dark(#0f766e, #5eead4); }
body { margin: 0; font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; background: light-dark(#f5fafa, #070d0e); color: light-dark(#10201f, #e6f0ef); }
main { max-width: 56rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
a { color: var(--accent); }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0.5rem 0; border-block: 1px solid var(--line); }
article { border-bottom: 1px solid var(--line); padding-block: 0.5rem; }
h3 { font-size: 1rem; margin: 0.5rem 0 0; font-weight: 600; }
.method { color: var(--accent); }
details a { margin-right: 0.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
th code { overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--line); }
@media (max-width: 40rem) {
  thead { display: none; }
  tr { display: flex; flex-wrap: wrap; gap: 0 1rem; padding-block: 0.6rem; border-bottom: 1px solid var(--line); }
  th, td { padding: 0; border: 0; }
  th, td:last-child { flex-basis: 100%; }
  td:nth-of-type(2)::before { content: "retry 重试: "; }
}
`;

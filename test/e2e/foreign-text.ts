import type { Page } from "@playwright/test";

/** Everyday English words of our pages: none may be left over in the Chinese ones. */
const english =
  /\b(the|and|you|your|our|we|is|are|was|to|of|from|with|for|on|at|not|no|yes|all|account|accounts|balance|bank|payment|payments|amount|status|date|settled|submitted|pending|cancel|sign|send|top-up|withdraw|withdrawal|transfer|activity|home|back|next|close|open|search|day|today|yesterday|loading|error|try|again|page|line|lines|matched|break|breaks|debit|credit|total|customer|statement|reference)\b/gi;

/** What people, banks and entries on their accounts are called stays as it is in every language. */
const names =
  /Jinqiao (?:top-up|withdrawal) JQ\w+|(?:Harbour|Albion|Granite|Lotus) Bank|借记卡 Debit card|Jinqiao|Berlin Group|Emma Clarke|Nora Field|Adam Reed|Browser 浏览器|陈静 Chen Jing|周宁 Zhou Ning|何雨 He Yu|许安 Xu An|林晓|林\*|王磊|王\*|工资 Salary|上期余额转入 Balance brought forward|房租 Rent|工资账户 Salary|科威特第纳尔账户 Dinar/g;

/**
 * Text on the page in the other language, as far as a rule can see: Chinese characters on an English page, everyday
 * English words on a Chinese one. Left out are parts that say which language they are in, machine text (`code`,
 * `pre`), and what people and banks wrote themselves (`[data-foreign]`, names of accounts and entries).
 */
export async function foreignText(page: Page, language: "zh" | "en"): Promise<string[]> {
  const text = await page.evaluate<string>(`(() => {
    const own = document.documentElement.lang;
    const skipped = (element) =>
      element.closest("code, pre, script, style, noscript, .mono, [translate=no]") !== null ||
      (element.closest("[lang]")?.lang ?? own) !== own;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const parts = [document.title];
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      if (parentElement && data.trim() !== "" && !skipped(parentElement)) parts.push(data.trim());
    }
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]"))
      if (!skipped(element))
        for (const name of ["aria-label", "placeholder", "title", "alt"])
          if (element.getAttribute(name)) parts.push(element.getAttribute(name));
    return parts.join("\\n");
  })()`);
  const pattern = language === "en" ? /[^\n]*\p{Script=Han}[^\n]*/gu : english;
  const lines = text.replace(names, "").split("\n");
  return [...new Set(lines.filter((line) => line.match(pattern) !== null))];
}

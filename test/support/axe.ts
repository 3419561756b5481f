import type { Page } from "@playwright/test";
import axe, { type RunOptions } from "axe-core";

/** Success criteria of WCAG 2.2 at level AA, by axe's names for them. */
export const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * What axe finds wrong on a page: one line each, the rule and the element.
 *
 * It is asked in the page itself and only for violations: the ready-made adapter sends axe again for each question and
 * brings back every rule that passed on every element, which takes ten times as long.
 * @param runOnly tags or names of rules
 */
export async function axeViolations(page: Page, runOnly: readonly string[] = wcag): Promise<string[]> {
  // Axe looks only into the document that it is part of.
  if (page.frames().length > 1) throw new Error(`${page.url()} has frames, which nobody looks into`);
  if (await page.evaluate<boolean>("window.axe === undefined")) await page.evaluate(`${axe.source};0`);
  const options: RunOptions = { runOnly: [...runOnly], resultTypes: ["violations"] };
  const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

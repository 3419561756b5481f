import { type Catalogues, loadPageTexts } from "@jinqiao/ui";

/** A value of an address's search part, where it is a text that says something. */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** A page once its own texts are there as well. */
export async function withTexts<Page>(texts: Catalogues, page: Promise<Page>): Promise<Page> {
  await loadPageTexts(texts);
  return page;
}

/** Leaves out absent values, so that addresses stay short. */
export function withoutUndefined<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

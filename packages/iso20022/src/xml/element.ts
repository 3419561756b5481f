import { Iso20022Error } from "../errors.ts";
import type { Extra } from "../types.ts";
import type { XmlElement } from "./parse.ts";

/** The first child of that name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

/** The element at the end of a path of names, the first at each step. */
export function at(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce(child, element);
}

export function all(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? [];
}

/** Takes the element's own text; null when it is absent or blank. */
export function take(element: XmlElement | undefined): string | null {
  if (element === undefined || element.children.length > 0) return null;
  element.taken = true;
  const text = element.text.trim();
  return text === "" ? null : text;
}

/** Takes the text at the end of a path. */
export function text(element: XmlElement | undefined, ...path: string[]): string | null {
  return take(at(element, ...path));
}

/** Takes the texts of all children of that name. */
export function texts(element: XmlElement | undefined, name: string): string[] {
  return all(element, name).flatMap((found) => take(found) ?? []);
}

/** A choice of `Cd` and `Prtry`, which most code elements are. */
export function codeOrProprietary(element: XmlElement | undefined): string | null {
  return text(element, "Cd") ?? text(element, "Prtry");
}

export function required<T>(value: T | null | undefined, element: XmlElement, what: string): T {
  if (value !== null && value !== undefined) return value;
  const detail = { en: `${element.name} has no ${what}`, zh: `${element.name} 中没有 ${what}` };
  throw new Iso20022Error("missing", detail, element);
}

/**
 * What nobody has taken: texts and attributes with their paths below `element`. With `but`, children of those names
 * are left to others.
 */
export function leftovers(element: XmlElement | undefined, but: readonly string[] = []): Extra[] {
  const found: Extra[] = [];
  if (element === undefined) return found;
  for (const part of element.children) if (!but.includes(part.name)) gather(part, part.name, found);
  return found;
}

function gather(element: XmlElement, path: string, found: Extra[]): void {
  for (const name in element.attributes) {
    // The currency has gone with its amount.
    if (element.taken && name === "Ccy") continue;
    found.push({ path: `${path}@${name}`, value: element.attributes[name] as string });
  }
  if (!element.taken) {
    const value = element.text.trim();
    if (value !== "" || (element.children.length === 0 && Object.keys(element.attributes).length === 0))
      found.push({ path, value });
  }
  for (const part of element.children) gather(part, `${path}/${part.name}`, found);
}

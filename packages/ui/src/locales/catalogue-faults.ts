import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";

/**
 * What is wrong between the two languages of a catalogue, one line per fault: ids that one side lacks, messages that
 * are not ICU MessageFormat, values that only one side uses. For the tests of every app that has texts.
 */
export function catalogueFaults(catalogues: {
  en: Record<string, string>;
  zh: Record<string, string>;
}): string[] {
  const { en, zh } = catalogues;
  const faults: string[] = [];
  for (const id of new Set([...Object.keys(en), ...Object.keys(zh)])) {
    if (en[id] === undefined) faults.push(`${id}: not in English`);
    else if (zh[id] === undefined) faults.push(`${id}: not in Chinese`);
    else {
      const used = [en[id], zh[id]].map((message) => valuesOf(message));
      if (used.some((one) => one === undefined)) faults.push(`${id}: not ICU MessageFormat`);
      else if (String(used[0]) !== String(used[1])) faults.push(`${id}: the languages use different values`);
    }
  }
  return faults;
}

/** Names of the values a message uses, sorted; undefined when it does not parse. */
function valuesOf(message: string): string[] | undefined {
  const names = new Set<string>();
  const collect = (token: unknown): void => {
    if (!Array.isArray(token)) return;
    const [name, type, choices] = token as [string, string | undefined, Record<string, unknown> | undefined];
    names.add(name);
    if (type === undefined || typeof choices !== "object" || choices === null) return;
    for (const choice of Object.values(choices)) if (Array.isArray(choice)) choice.forEach(collect);
  };
  try {
    compileMessageOrThrow(message).forEach(collect);
  } catch {
    return undefined;
  }
  return [...names].sort();
}

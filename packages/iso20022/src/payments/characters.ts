import anyAscii from "any-ascii";

/**
 * Which characters a bank takes: `latin` is the set that all banks of SEPA must take (EPC217-08, “Requirements on
 * character set”); `unicode` is whatever the schema allows, for banks that have agreed to it.
 */
export type Characters = "latin" | "unicode";

const replacements: Record<string, string> = {
  "&": "+",
  "@": "(at)",
  _: "-",
  '"': "'",
  "`": "'",
  ";": ",",
  "\\": "/",
  "|": "/",
  "<": "(",
  ">": ")",
  "[": "(",
  "]": ")",
  "{": "(",
  "}": ")",
};

/**
 * Rewrites a text in the characters of SEPA: letters lose their accents, other scripts are transliterated
 * (`Łódź` → `Lodz`, `林晓` → `LinXiao`), signs outside of the set get their nearest inside or a full stop.
 */
export function toSepaText(text: string): string {
  return anyAscii(text.normalize("NFC"))
    .replace(/\s+/g, " ")
    .replace(/[^a-zA-Z0-9/\-?:().,'+ ]/g, (sign) => replacements[sign] ?? ".")
    .trim();
}

/** Whether a text can stand in a SEPA message as it is. */
export function isSepaText(text: string): boolean {
  return /^[a-zA-Z0-9/\-?:().,'+ ]*$/.test(text);
}

/** Whether XML 1.0 can hold every character of the text, and no tool in between would change its blanks. */
export function isPlainText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return text.isWellFormed() && !/[\u0000-\u001F\u007F-\u009F\uFFFE\uFFFF]/.test(text);
}

import { Refusal } from "../platform/errors.ts";

let common: Promise<ReadonlySet<string>> | undefined;

/** Lists of leaked passwords differ in case and form; ours is compared in one. */
const form = (text: string): string => text.normalize("NFKC").toLowerCase();

/** Loaded when the first password is chosen: the list is large and a server may run long without needing it. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import("@zxcvbn-ts/language-common").then(
    ({ dictionary }) => new Set(dictionary["passwords-common"].map((entry) => form(String(entry)))),
  );
  return common;
}

/**
 * Refuses a password that thieves try first: a common or leaked one (also doubled, or with digits and signs put
 * around it), one character or a run repeated, or one made of the person's own name or address. No rule about which
 * characters it must have. Source: NIST SP 800-63B-4, section 3.1.1.2.
 * @throws Refusal `request.invalid` naming the field
 */
export async function requireGoodPassword(
  password: string,
  own: { email: string; displayName: string },
): Promise<void> {
  const chosen = form(password);
  const core = chosen.replaceAll(/^[\p{N}\p{P}\p{S}\s]+|[\p{N}\p{P}\p{S}\s]+$/gu, "");
  const list = await commonPasswords();
  const isCommon = [chosen, core, unitOf(chosen), unitOf(core)].some((text) => list.has(text));
  if (isCommon || unitOf(chosen).length <= 3 || isRun(chosen)) refuse("field.password_common");

  const names = [own.email, own.email.split("@")[0] ?? "", own.displayName, ...own.displayName.split(/\s+/)];
  const bare = chosen.replaceAll(/[\s\p{P}\p{S}]/gu, "");
  const rest = names
    .map((name) => form(name).replaceAll(/[\s\p{P}\p{S}]/gu, ""))
    .filter((name) => [...name].length >= 3)
    .sort((a, b) => b.length - a.length)
    .reduce((text, name) => text.replaceAll(name, ""), bare);
  // What others know of a person leaves fewer than six characters to guess.
  if (rest !== bare && [...rest].length < 6) refuse("field.password_personal");
}

function refuse(code: "field.password_common" | "field.password_personal"): never {
  throw new Refusal("request.invalid", { fields: [{ field: "password", code }] });
}

/** The shortest part of which the text is a repetition: `abab` is two times `ab`. */
function unitOf(text: string): string {
  const period = `${text}${text}`.indexOf(text, 1);
  return period > 0 ? text.slice(0, period) : text;
}

/** True when each character is the next one after the one before: 1234567890, abcdefghij, and backwards. */
function isRun(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0) as number);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] as number));
  const follows = (step: number) => (one: number) => one === step || Math.abs(one) === 9;
  return steps.every(follows(1)) || steps.every(follows(-1));
}

/**
 * A path inside the wallet to go to after signing in. Anything that could lead to another site is dropped: a browser
 * reads `//host` and `/\\host` as addresses of other hosts, and skips tabs and line breaks while reading.
 */
export function safeNext(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return /^\/(?![/\\])[^\u0000-\u001f]*$/.test(value) ? value : undefined;
}

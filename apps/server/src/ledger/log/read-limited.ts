/** Longest answer that is read from a witness or an anchor, in bytes. */
const limit = 65_536;

/** The text of a stranger's answer. @throws Error when it is longer than anything that could be meant */
export async function readLimited(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > limit) throw new Error("the answer is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Text of a file whose encoding nobody declares: byte order mark, then UTF-8, then what the bytes fit. */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  for (const encoding of declared === undefined ? ["utf-8"] : ["utf-8", declared]) {
    const text = strictly(bytes, encoding);
    if (text !== undefined) return text;
  }
  // Bills of Chinese providers are GB18030; western banks write windows-1252, which as GB18030 seldom makes sense.
  const chinese = strictly(bytes, "gb18030");
  if (chinese !== undefined && looksChinese(chinese)) return chinese;
  return new TextDecoder("windows-1252").decode(bytes);
}

function strictly(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Real Chinese text of a bill has some of the words that every bill has. */
function looksChinese(text: string): boolean {
  return /交易|金额|日期|时间|账户|余额|收入|支出/.test(text);
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Enough of a name to recognise a person one knows, too little to learn who somebody is: `王*` for 王磊,
 * `E***` for Emma Clarke. Where a name is written in both scripts, the Chinese one counts.
 */
export function maskName(name: string): string {
  const han = name.match(/\p{Script=Han}+/u)?.[0];
  if (han !== undefined) {
    const [first = "", ...rest] = [...han];
    return first + "*".repeat(Math.max(1, rest.length));
  }
  const [first] = graphemes.segment(name.trim());
  return `${first?.segment ?? ""}***`;
}

/** `l***@example.com`: the first character and the domain. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  const [first = ""] = email;
  return at <= 0 ? "***" : `${first}***${email.slice(at)}`;
}

/** The one form in which addresses are stored and compared. */
export function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** `+86*******1234`: enough to recognise one's own number. */
export function maskPhone(phone: string): string {
  return `${phone.slice(0, 3)}${"*".repeat(Math.max(3, phone.length - 7))}${phone.slice(-4)}`;
}

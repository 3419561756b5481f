import { QrError } from "./qr-error.ts";

/** One field of a merchant-presented code: a tag of two digits and its text. */
export type Field = { tag: string; value: string };

/**
 * Reads fields of two digits' tag, two digits' length and text. Lengths count characters (Unicode code points), not
 * bytes: `0104最佳运输` is a field of four. Source: EMVCo QR Code Specification for Payment Systems,
 * Merchant-Presented Mode 1.1, section 3.2.
 * @param within tag of the template the text stands in, for messages
 * @throws QrError `bad_length`, `cut_off` or `tag_twice`
 */
export function readFields(text: string, within = ""): Field[] {
  const signs = [...text];
  const fields: Field[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < signs.length; ) {
    const head = signs.slice(at, at + 4).join("");
    const field = `${within}${head.slice(0, 2)}`;
    if (!/^\d{4}$/.test(head))
      throw new QrError(
        "bad_length",
        `At character ${at + 1} a tag and a length of two digits each are missing.`,
        {
          position: at,
        },
      );
    const length = Number(head.slice(2));
    if (length === 0)
      throw new QrError("bad_length", `Field ${field} has the length 0.`, { field, position: at + 2 });
    const value = signs.slice(at + 4, at + 4 + length);
    if (value.length < length)
      throw new QrError(
        "cut_off",
        `Field ${field} is announced with ${length} characters; ${value.length} are left.`,
        { field, position: at },
      );
    const tag = head.slice(0, 2);
    if (seen.has(tag))
      throw new QrError("tag_twice", `Field ${field} stands there twice.`, { field, position: at });
    seen.add(tag);
    fields.push({ tag, value: value.join("") });
    at += 4 + length;
  }
  return fields;
}

/** Writes fields in the order given. @throws QrError `too_long` for a text of more than 99 characters */
export function writeFields(fields: readonly Field[], within = ""): string {
  return fields
    .map(({ tag, value }) => {
      const length = [...value].length;
      if (length < 1 || length > 99)
        throw new QrError("too_long", `Field ${within}${tag} has ${length} characters; 1 to 99 fit.`, {
          field: `${within}${tag}`,
        });
      return `${tag}${String(length).padStart(2, "0")}${value}`;
    })
    .join("");
}

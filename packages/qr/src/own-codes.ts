import { decodeMerchantCode, type MerchantCode, type Template } from "./merchant.ts";
import { ownDomain } from "./schemes.ts";
import type { Field } from "./tlv.ts";

/**
 * What a merchant's code of ours stands for: a static one that hangs at the till, or one payment. A payment's token is
 * the payer's capability, as in its link; it ends at `expiresAt`.
 */
export type OwnReference =
  | { kind: "static"; codeId: string }
  | { kind: "payment"; token: string; expiresAt: Date };

const accountTag = "26";
const fieldTags = { codeId: "01", token: "02", expiresAt: "03" } as const;

/** Our merchant account template (tag 26): 01 = id of a static code; 02 = a payment's token, 03 = its end, UTC. */
export function ownAccount(reference: OwnReference): Template {
  const fields: Field[] =
    reference.kind === "static"
      ? [{ tag: fieldTags.codeId, value: reference.codeId }]
      : [
          { tag: fieldTags.token, value: reference.token },
          { tag: fieldTags.expiresAt, value: compact(reference.expiresAt) },
        ];
  return { tag: accountTag, owner: ownDomain, fields };
}

/** What a code of ours stands for; undefined where the code is another scheme's or says nothing that we know. */
export function ownReferenceOf(code: MerchantCode): OwnReference | undefined {
  for (const account of code.accounts) {
    if ("value" in account || account.owner.toLowerCase() !== ownDomain) continue;
    const field = (tag: string) => account.fields.find((one) => one.tag === tag)?.value;
    const [codeId, token] = [field(fieldTags.codeId), field(fieldTags.token)];
    if (codeId !== undefined && /^qrc_[0-9a-hjkmnp-tv-z]{26}$/.test(codeId))
      return { kind: "static", codeId };
    const expiresAt = instantOf(field(fieldTags.expiresAt) ?? "");
    if (token !== undefined && /^[0-9a-z]{32}$/.test(token) && expiresAt)
      return { kind: "payment", token, expiresAt };
  }
  return undefined;
}

/** As `ownReferenceOf`, from the text of a code; undefined also where the text is no merchant's code. */
export function ownReferenceIn(text: string): OwnReference | undefined {
  try {
    return ownReferenceOf(decodeMerchantCode(text));
  } catch {
    return undefined;
  }
}

/** `20261122083000`, UTC. */
function compact(instant: Date): string {
  return instant.toISOString().slice(0, 19).replace(/\D/g, "");
}

function instantOf(text: string): Date | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

import { encodeMerchantCode, type MerchantCode, type Template } from "./merchant.ts";
import { ownDomain } from "./schemes.ts";

/**
 * A merchant's code with our signature: tells a printed code that somebody pasted over the real one. A field holds 99
 * characters, so the Ed25519 signature (RFC 8032, base64url) stands in two templates of our own: tag 80 with
 * 01 = key id and 02 = its first half, tag 81 with 02 = its second half. It covers the whole code as it would be
 * without them, so that neither payee nor amount can be exchanged.
 */
const [firstTag, secondTag] = ["80", "81"] as const;
const half = 43;
const encoder = new TextEncoder();

/** What is signed: a prefix that no other signature of ours has, and the code without the signature. */
export function signedBytes(code: MerchantCode): Uint8Array {
  return encoder.encode(`jinqiao merchant code v1\n${encodeMerchantCode(withoutSignature(code))}`);
}

/** Adds the signature; one that was there is replaced. @param sign signs bytes with Ed25519 */
export async function signMerchantCode(
  code: MerchantCode,
  key: { id: string; sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> },
): Promise<MerchantCode> {
  const plain = withoutSignature(code);
  const signature = await key.sign(signedBytes(plain));
  const text = base64url(signature);
  const templates: Template[] = [
    {
      tag: firstTag,
      owner: ownDomain,
      fields: [
        { tag: "01", value: key.id },
        { tag: "02", value: text.slice(0, half) },
      ],
    },
    { tag: secondTag, owner: ownDomain, fields: [{ tag: "02", value: text.slice(half) }] },
  ];
  return { ...plain, own: [...templates, ...plain.own] };
}

/** `unsigned`: nothing of ours is in it. `forged`: it claims our signature and the signature does not fit. */
export type SignatureVerdict = { verdict: "genuine"; keyId: string } | { verdict: "unsigned" | "forged" };

/**
 * Judges the signature of a code.
 * @param verify answers whether a signature is that key's; false for a key nobody knows
 */
export async function judgeMerchantCode(
  code: MerchantCode,
  verify: (keyId: string, signature: Uint8Array, bytes: Uint8Array) => boolean | Promise<boolean>,
): Promise<SignatureVerdict> {
  if (!code.own.some(isSignature)) return { verdict: "unsigned" };
  const fieldOf = (template: string, field: string) =>
    code.own.find((own) => isSignature(own) && own.tag === template)?.fields.find(({ tag }) => tag === field)
      ?.value;
  const keyId = fieldOf(firstTag, "01");
  const signature = bytesOf(`${fieldOf(firstTag, "02") ?? ""}${fieldOf(secondTag, "02") ?? ""}`);
  if (keyId === undefined || signature === undefined) return { verdict: "forged" };
  return (await verify(keyId, signature, signedBytes(code)))
    ? { verdict: "genuine", keyId }
    : { verdict: "forged" };
}

function withoutSignature(code: MerchantCode): MerchantCode {
  return { ...code, own: code.own.filter((template) => !isSignature(template)) };
}

function isSignature(template: Template): boolean {
  return [firstTag, secondTag].includes(template.tag as "80") && template.owner.toLowerCase() === ownDomain;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** 64 bytes of base64url without padding; anything else is no signature. */
function bytesOf(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]{86}$/.test(text)) return undefined;
  const bytes = Uint8Array.from(atob(`${text.replaceAll("-", "+").replaceAll("_", "/")}==`), (sign) =>
    sign.charCodeAt(0),
  );
  // The last sign carries four spare bits: only one way of writing a signature counts.
  return base64url(bytes) === text ? bytes : undefined;
}

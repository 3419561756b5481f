/**
 * Signed notes and verifier keys: C2SP signed-note (https://c2sp.org/signed-note), and the Ed25519 cosignatures of
 * C2SP tlog-cosignature (https://c2sp.org/tlog-cosignature).
 */
import { concat, fromBase64, sha256, toBase64, utf8 } from "./bytes.ts";
import { importEd25519, verifyEd25519 } from "./ed25519.ts";
import { TransparencyError } from "./problem.ts";

/** Type bytes of signatures: Ed25519 over the text, and Ed25519 over time and text (a cosignature). */
export const signatureTypes = { ed25519: 0x01, cosignature: 0x04 } as const;
export type SignatureType = (typeof signatureTypes)[keyof typeof signatureTypes];

export type VerifierKey = {
  name: string;
  /** Eight lower-case hexadecimal digits: the first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). */
  id: string;
  type: SignatureType;
  publicKey: Uint8Array<ArrayBuffer>;
};

export type NoteSignature = { name: string; keyId: string; signature: Uint8Array<ArrayBuffer> };
/** `text` ends with a newline and is exactly what is signed. */
export type Note = { text: string; signatures: NoteSignature[] };

/** A signature that was checked. `at` is the signer's time, in a cosignature only. */
export type VerifiedSignature = { key: VerifierKey; at: Date | null };

/** Most signatures that a note may carry; the standard asks for at least 16. */
const maxSignatures = 64;

export function makeVerifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new TransparencyError("key_malformed", "name");
  if (publicKey.length !== 32) throw new TransparencyError("key_malformed", "length");
  const id = toHex(sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, 4));
  return { name, id, type, publicKey: new Uint8Array(publicKey) };
}

/** `<name>+<id>+<base64 of type and public key>`, the form in which keys are given to people. */
export const formatVerifierKey = ({ name, id, type, publicKey }: VerifierKey): string =>
  `${name}+${id}+${toBase64(concat(Uint8Array.of(type), publicKey))}`;

/** Reads a verifier key ("vkey"). @throws TransparencyError key_malformed */
export function parseVerifierKey(text: string): VerifierKey {
  // The base64 may hold further plus signs; name and id hold none.
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  const bytes = match?.[3] === undefined ? undefined : fromBase64(match[3]);
  if (match === null || bytes === undefined) throw new TransparencyError("key_malformed", "form");
  const type = bytes[0];
  if (type !== signatureTypes.ed25519 && type !== signatureTypes.cosignature) {
    throw new TransparencyError("key_malformed", "type");
  }
  const key = makeVerifierKey(match[1] ?? "", type, bytes.subarray(1));
  if (key.id !== match[2]) throw new TransparencyError("key_malformed", "id");
  return key;
}

/** Reads a note, strictly. @throws TransparencyError checkpoint_malformed */
export function parseNote(note: string): Note {
  const malformed = (detail: string) => new TransparencyError("checkpoint_malformed", detail);
  // A lone surrogate has no UTF-8; of the ASCII control characters only the newline is allowed.
  if (!note.isWellFormed() || [...note].some((character) => character < " " && character !== "\n")) {
    throw malformed("characters");
  }
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0 || !note.endsWith("\n")) throw malformed("no signatures");
  const text = note.slice(0, blank + 1);
  const lines = note.slice(blank + 2, -1).split("\n");
  if (lines.length > maxSignatures) throw malformed("too many signatures");
  const signatures = lines.map((line, index) => {
    const match = /^— (\S+) ([A-Za-z0-9+/=]+)$/u.exec(line);
    const bytes = match?.[2] === undefined ? undefined : fromBase64(match[2]);
    if (match?.[1] === undefined || !isKeyName(match[1]) || bytes === undefined || bytes.length < 5) {
      throw malformed(`signature ${index + 1}`);
    }
    return { name: match[1], keyId: toHex(bytes.subarray(0, 4)), signature: bytes.slice(4) };
  });
  return { text, signatures };
}

export function formatNote({ text, signatures }: Note): string {
  const lines = signatures.map(
    ({ name, keyId, signature }) => `— ${name} ${toBase64(concat(fromHex(keyId), signature))}\n`,
  );
  return `${text}\n${lines.join("")}`;
}

/**
 * Checks every signature that is by a trusted key; those of unknown keys are passed over, as the standard asks.
 * @returns one entry per trusted key that has signed, which may be none
 * @throws TransparencyError signature_wrong when a trusted key's signature does not match
 */
export async function verifyNote(note: Note, trusted: readonly VerifierKey[]): Promise<VerifiedSignature[]> {
  const verified = new Map<string, VerifiedSignature>();
  for (const { name, keyId, signature } of note.signatures) {
    const key = trusted.find((candidate) => candidate.name === name && candidate.id === keyId);
    if (key === undefined) continue;
    const timed = key.type === signatureTypes.cosignature;
    const seconds =
      timed && signature.length === 72 ? new DataView(signature.buffer).getBigUint64(0) : undefined;
    const message = timed ? cosignedMessage(seconds ?? 0n, note.text) : utf8(note.text);
    const right =
      signature.length === (timed ? 72 : 64) &&
      (seconds ?? 0n) <= latestSeconds &&
      (await verifyEd25519(key.publicKey, timed ? signature.slice(8) : signature, message));
    if (!right) throw new TransparencyError("signature_wrong", name);
    verified.set(`${name}+${keyId}`, {
      key,
      at: seconds === undefined ? null : new Date(Number(seconds) * 1000),
    });
  }
  return [...verified.values()];
}

/** Last second that a JavaScript date can show. */
const latestSeconds = 8_640_000_000_000n;

export type NoteSigner = {
  key: VerifierKey;
  /** Signs a note's text. `at` is the time of a cosignature, cut to whole seconds; other signatures bear no time. */
  sign(text: string, at: Date): Promise<NoteSignature>;
};

/**
 * A signer from its 32 secret bytes (an RFC 8032 private key, which is any 32 random bytes).
 * @param type one key serves one type: signatures of two types by one key could be confused
 */
export async function createNoteSigner(
  name: string,
  type: SignatureType,
  secret: Uint8Array,
): Promise<NoteSigner> {
  const { publicKey, sign } = await importEd25519(secret);
  const key = makeVerifierKey(name, type, publicKey);
  return {
    key,
    sign: async (text, at) => {
      if (type === signatureTypes.ed25519) {
        return { name, keyId: key.id, signature: await sign(utf8(text)) };
      }
      const seconds = BigInt(Math.floor(at.getTime() / 1000));
      const time = new Uint8Array(8);
      new DataView(time.buffer).setBigUint64(0, seconds);
      return { name, keyId: key.id, signature: concat(time, await sign(cosignedMessage(seconds, text))) };
    },
  };
}

/** What a cosigner signs (tlog-cosignature, "Ed25519 signed message"). */
const cosignedMessage = (seconds: bigint, text: string): Uint8Array<ArrayBuffer> =>
  utf8(`cosignature/v1\ntime ${seconds}\n${text}`);

/** Key names are not empty and hold neither Unicode spaces nor a plus sign nor control characters. */
const isKeyName = (name: string): boolean =>
  name.isWellFormed() && /^[^+\s\u0085\p{Cc}\p{Z}]+$/u.test(name) && name.length <= 255;

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

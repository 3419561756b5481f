import { createHash, randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  addSignature,
  createNoteSigner,
  emptyRoot,
  formatNote,
  fromBase64,
  type NoteSigner,
  parseCheckpoint,
  signatureTypes,
  TransparencyError,
  toBase64,
  type VerifierKey,
  verifyConsistency,
  verifyNote,
} from "@jinqiao/transparency";
import { readJson, writePrivateJson } from "../instance/secrets.ts";

/** What the witness last cosigned of a log: `note` carries the log's signature and its own. */
type Seen = { size: string; root: string; note: string };
export type WitnessAnswer = { status: number; mediaType: string; body: string };

export type Witness = {
  key: VerifierKey;
  /** `add-checkpoint`: the body of the request, and what is answered. */
  addCheckpoint(request: string): Promise<WitnessAnswer>;
  /** The last checkpoint cosigned, by the SHA-256 of the log's origin in hexadecimal. */
  checkpoint(originHash: string): string | undefined;
};

/** Most lines of a consistency proof that a client may send. */
const maxProofLines = 63;

const plain = (status: number, body: string): WitnessAnswer => ({
  status,
  mediaType: "text/plain; charset=utf-8",
  body,
});

/**
 * A witness after C2SP tlog-witness (https://c2sp.org/tlog-witness): it cosigns a checkpoint of a log it knows only
 * when that continues the checkpoint it cosigned before. Its key and what it has seen are files in `folder`; a
 * cosignature leaves only after what it rests on is on disk.
 * @throws Error when another key in the folder has another name
 */
export async function openWitness(options: {
  folder: string;
  name: string;
  logs: readonly VerifierKey[];
  now?: () => Date;
}): Promise<Witness> {
  const { folder, name, logs, now = () => new Date() } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const signer = await keepSigner(folder, name);
  const seenFile = join(folder, "seen.json");
  const seen = new Map(Object.entries(((await readJson(seenFile)) ?? {}) as Record<string, Seen>));
  let last: Promise<unknown> = Promise.resolve();

  async function add(request: string): Promise<WitnessAnswer> {
    const end = request.indexOf("\n\n");
    const [oldLine = "", ...proofLines] = request.slice(0, Math.max(end, 0)).split("\n");
    const old = /^old (0|[1-9][0-9]{0,18})$/.exec(oldLine)?.[1];
    const proof = proofLines.map(fromBase64);
    if (end < 0 || old === undefined || proof.length > maxProofLines || proof.includes(undefined))
      return plain(400, "The request is not as tlog-witness writes it.\n");
    let checkpoint: ReturnType<typeof parseCheckpoint>;
    try {
      checkpoint = parseCheckpoint(request.slice(end + 2));
    } catch (error) {
      if (!(error instanceof TransparencyError)) throw error;
      return plain(400, "The checkpoint is not well-formed.\n");
    }
    const { origin, size, root, note } = checkpoint;
    const keys = logs.filter((log) => log.name === origin);
    if (keys.length === 0) return plain(404, "This log is not known here.\n");
    const signatures = await verifyNote(note, keys).catch((error: unknown) => {
      if (error instanceof TransparencyError) return [];
      throw error;
    });
    if (signatures.length === 0) return plain(403, "The log has not signed this checkpoint.\n");
    const oldSize = BigInt(old);
    if (oldSize > size) return plain(400, "The old size is above the new one.\n");
    const before = seen.get(origin);
    if (oldSize !== BigInt(before?.size ?? 0))
      return { status: 409, mediaType: "text/x.tlog.size", body: `${before?.size ?? 0}\n` };
    const oldRoot = before === undefined ? emptyRoot() : (fromBase64(before.root) ?? new Uint8Array());
    const hashes = proof as Uint8Array[];
    if (!verifyConsistency({ oldSize, oldRoot, size, root, proof: hashes }))
      return plain(422, "The checkpoint does not continue the last one.\n");

    const signature = await signer.sign(note.text, now());
    // Only the log's own signatures are kept beside ours: those of others are not ours to vouch for.
    const own = note.signatures.filter((one) =>
      keys.some((key) => key.name === one.name && key.id === one.keyId),
    );
    const kept = addSignature(formatNote({ text: note.text, signatures: own }), signature);
    seen.set(origin, { size: String(size), root: toBase64(root), note: kept });
    try {
      await writePrivateJson(seenFile, Object.fromEntries(seen));
    } catch (error) {
      if (before === undefined) seen.delete(origin);
      else seen.set(origin, before);
      throw error;
    }
    return plain(200, formatNote({ text: "", signatures: [signature] }).slice(1));
  }

  return {
    key: signer.key,
    // One after the other: looking at the last checkpoint and replacing it must not be torn apart.
    addCheckpoint(request) {
      const answer = last.then(() => add(request));
      last = answer.catch(() => undefined);
      return answer;
    },
    checkpoint(originHash) {
      for (const [origin, { note }] of seen)
        if (createHash("sha256").update(origin).digest("hex") === originHash) return note;
      return undefined;
    },
  };
}

/** The witness's own key, made at its first start. */
async function keepSigner(folder: string, name: string): Promise<NoteSigner> {
  const file = join(folder, "key.json");
  const kept = (await readJson(file)) as { name: string; secret: string } | undefined;
  if (kept !== undefined && kept.name !== name)
    throw new Error(`The key in ${folder} belongs to "${kept.name}": use that name, or another folder.`);
  const secret = kept?.secret ?? randomBytes(32).toString("base64");
  if (kept === undefined) await writePrivateJson(file, { name, secret });
  return createNoteSigner(name, signatureTypes.cosignature, Buffer.from(secret, "base64"));
}

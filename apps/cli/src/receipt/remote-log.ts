import { SetupError } from "@jinqiao/server/embedded-postgres";
import {
  createTreeReader,
  parseCheckpoint,
  parseVerifierKey,
  TransparencyError,
  tileHashReader,
  tilePath,
  tileWidth,
  toBase64,
  type VerifierKey,
} from "@jinqiao/transparency";

/** No answer of a log is larger: a full tile has 8 kB, a checkpoint with 64 signatures some 20 kB. */
const maxAnswerBytes = 64 * 1024;
const patienceMs = 10_000;

/**
 * Asks a server for the keys of its log and of the log's witnesses. Whoever answers is believed.
 * @param address a server, whose `/log/key` is read; or the address of a file with verifier keys, one a line
 */
export async function fetchKeys(address: string): Promise<{ log: VerifierKey[]; witnesses: VerifierKey[] }> {
  const url = parseAddress(address);
  if (url.pathname === "/") url.pathname = "/log/key";
  const answer = await fetchBytes(url);
  const text = new TextDecoder().decode(answer ?? new Uint8Array()).trim();
  const keysIn = (lines: readonly unknown[]) => lines.map((line) => parseVerifierKey(String(line).trim()));
  try {
    if (!text.startsWith("{")) {
      const log = keysIn(text.split("\n"));
      return { log, witnesses: [] };
    }
    const { key, witnesses } = JSON.parse(text) as { key: unknown; witnesses?: unknown };
    return { log: keysIn([key]), witnesses: keysIn(Array.isArray(witnesses) ? witnesses : []) };
  } catch (error) {
    if (!(error instanceof TransparencyError) && !(error instanceof SyntaxError)) throw error;
    throw new SetupError({
      en: `${url.href} gave no key of a log: check the address, or give the key itself with --key.`,
      zh: `${url.href} 没有给出日志密钥：请检查地址，或用 --key 直接提供密钥。`,
    });
  }
}

/**
 * What the log shows now: its checkpoint, and the proof that it continues the tree of `oldSize`, computed here from
 * its tiles (C2SP tlog-tiles).
 * @param address the log's prefix, below which `checkpoint` and `tile/…` are served
 */
export async function fetchNewer(
  address: string,
  oldSize: bigint,
): Promise<{ checkpoint: string; proof: string[] }> {
  const prefix = parseAddress(address.endsWith("/") ? address : `${address}/`);
  const bytes = await fetchBytes(new URL("checkpoint", prefix));
  const checkpoint = bytes === undefined ? "" : new TextDecoder().decode(bytes);
  const { size } = readCheckpoint(checkpoint, prefix);
  // An older checkpoint than the receipt's has no such proof; the verifier says what that means.
  if (size < oldSize) return { checkpoint, proof: [] };
  const reader = createTreeReader(
    tileHashReader(size, (tiles) =>
      Promise.all(
        tiles.map(async (tile) => {
          const path = tilePath({ kind: "hashes", ...tile });
          const full = tilePath({ kind: "hashes", ...tile, width: tileWidth });
          // A partial tile may be gone once the full one is there.
          const hashes =
            (await fetchBytes(new URL(path, prefix))) ?? (await fetchBytes(new URL(full, prefix)));
          if (hashes === undefined || hashes.length < tile.width * 32)
            throw unreadable(new URL(path, prefix));
          return hashes;
        }),
      ),
    ),
  );
  return { checkpoint, proof: (await reader.consistencyProof(oldSize, size)).map(toBase64) };
}

function readCheckpoint(text: string, prefix: URL): { size: bigint } {
  try {
    return parseCheckpoint(text);
  } catch (error) {
    if (error instanceof TransparencyError) throw unreadable(new URL("checkpoint", prefix));
    throw error;
  }
}

/** The body of an answer, or undefined where there is none (404). */
async function fetchBytes(url: URL): Promise<Uint8Array | undefined> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(patienceMs), redirect: "error" });
  } catch (error) {
    throw new SetupError(
      {
        en: `${url.origin} does not answer: check the address and your connection.`,
        zh: `${url.origin} 没有应答：请检查地址与网络连接。`,
      },
      { cause: error },
    );
  }
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw unreadable(url);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    length += part.length;
    if (length > maxAnswerBytes) throw unreadable(url);
  }
  return Buffer.concat(parts);
}

function parseAddress(address: string): URL {
  const url = URL.parse(address);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new SetupError({
      en: `"${address}" is no address: write it with https://`,
      zh: `“${address}”不是有效地址：请以 https:// 开头。`,
    });
  }
  return url;
}

const unreadable = (url: URL): SetupError =>
  new SetupError({
    en: `${url.href} did not answer as a log does: check the address.`,
    zh: `${url.href} 的应答不像一个日志：请检查地址。`,
  });

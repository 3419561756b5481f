import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createNoteSigner,
  formatNote,
  fromBase64,
  parseCheckpoint,
  signatureTypes,
  type VerifierKey,
  verifyConsistency,
  verifyNote,
} from "@jinqiao/transparency";

/**
 * A witness for tests, which does what C2SP tlog-witness asks of `add-checkpoint`: it cosigns only what continues the
 * checkpoint it has cosigned before.
 */
export async function startWitness(options: { log: () => Promise<VerifierKey>; name?: string }) {
  const name = options.name ?? "witness.example/w1";
  const signer = await createNoteSigner(
    name,
    signatureTypes.cosignature,
    crypto.getRandomValues(new Uint8Array(32)),
  );
  let known = { size: 0n, root: new Uint8Array(32) };
  /** Replaces the answer, to misbehave. */
  let instead:
    | ((answer: { status: number; body: string }) => { status: number; body: string } | "hang")
    | undefined;
  const statuses: number[] = [];

  async function answer(request: string): Promise<{ status: number; body: string }> {
    const end = request.indexOf("\n\n");
    const [oldLine = "", ...proofLines] = request.slice(0, end).split("\n");
    const note = request.slice(end + 2);
    const old = BigInt(/^old (0|[1-9][0-9]*)$/.exec(oldLine)?.[1] ?? -1n);
    const proof = proofLines.map(fromBase64);
    if (old < 0n || proof.length > 63 || proof.includes(undefined)) return { status: 400, body: "" };
    const checkpoint = parseCheckpoint(note);
    const log = await options.log();
    if (checkpoint.origin !== log.name) return { status: 404, body: "" };
    const signatures = await verifyNote(checkpoint.note, [log]).catch(() => []);
    if (signatures.length === 0) return { status: 403, body: "" };
    if (old > checkpoint.size) return { status: 400, body: "" };
    if (old !== known.size) return { status: 409, body: `${known.size}\n` };
    const consistent =
      old === 0n
        ? proof.length === 0
        : verifyConsistency({
            oldSize: old,
            oldRoot: known.root,
            size: checkpoint.size,
            root: checkpoint.root,
            proof: proof as Uint8Array[],
          });
    if (!consistent) return { status: 422, body: "" };
    known = { size: checkpoint.size, root: new Uint8Array(checkpoint.root) };
    const signature = await signer.sign(checkpoint.note.text, new Date());
    return {
      status: 200,
      body: formatNote({ text: "", signatures: [signature] }).slice(1),
    };
  }

  const server = createServer(async (request, response) => {
    const right = await answer(await textOf(request));
    const given = instead?.(right) ?? right;
    if (given === "hang") return;
    statuses.push(given.status);
    response.writeHead(given.status, {
      "content-type": given.status === 409 ? "text/x.tlog.size" : "text/plain; charset=utf-8",
    });
    response.end(given.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    key: signer.key,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statuses,
    get size() {
      return known.size;
    },
    /** As if it had seen something else before. */
    believe(size: bigint, root: Uint8Array) {
      known = { size, root: new Uint8Array(root) };
    },
    misbehave(how: typeof instead) {
      instead = how;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Witness, WitnessAnswer } from "./witness.ts";

/** Longest request that could be meant, in bytes: 63 hashes and a checkpoint with 64 signatures need a third of it. */
const longestRequest = 65_536;

/** Serves a witness over HTTP. @throws when the port is in use */
export async function serveWitness(
  witness: Witness,
  address: { host: string; port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    answer(witness, request)
      .catch(
        (): WitnessAnswer => ({
          status: 500,
          mediaType: "text/plain; charset=utf-8",
          body: "It went wrong.\n",
        }),
      )
      .then(({ status, mediaType, body }) => {
        response.writeHead(status, { "content-type": mediaType, "cache-control": "no-cache" });
        response.end(body);
      });
  });
  server.requestTimeout = 10_000;
  server.listen(address.port, address.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address.host.includes(":") ? `[${address.host}]` : address.host}:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(witness: Witness, request: IncomingMessage): Promise<WitnessAnswer> {
  const plain = (status: number, body: string) => ({ status, mediaType: "text/plain; charset=utf-8", body });
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  if (path === "/add-checkpoint") {
    if (request.method !== "POST") return plain(405, "Post a checkpoint here.\n");
    const text = await textOf(request);
    return text === undefined ? plain(413, "The request is too long.\n") : witness.addCheckpoint(text);
  }
  const originHash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path)?.[1];
  const note = request.method === "GET" && originHash ? witness.checkpoint(originHash) : undefined;
  return note === undefined ? plain(404, "There is nothing here.\n") : plain(200, note);
}

/** Undefined when it is longer than anything that could be meant; the rest is read and thrown away. */
async function textOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length <= longestRequest) parts.push(part as Buffer);
    if (length > 16 * longestRequest) return undefined;
  }
  return length > longestRequest ? undefined : Buffer.concat(parts).toString("utf8");
}

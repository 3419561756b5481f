import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Received = { headers: Record<string, string>; body: string };
/** What a receiver does with a webhook; it has to end the response itself, or not. */
export type Behaviour = (response: ServerResponse, received: Received) => void;

/** A receiver on this machine that does what a test tells it to. */
export async function startReceiver(behave: Behaviour = (response) => response.end("ok")) {
  const received: Received[] = [];
  let now = behave;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const one = { headers: plain(request.headers), body: Buffer.concat(parts).toString("utf8") };
      received.push(one);
      now(response, one);
    });
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    behave(next: Behaviour) {
      now = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const plain = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export type Received = { path: string; headers: Record<string, string>; body: string };
/** Stands where the wallet's server would: takes what a bank sends by itself. */
export type Inbox = {
  /** Address without a slash at the end. */
  url: string;
  received: readonly Received[];
  /** Waits until something that `matches` has come; answers all of it, or nothing after `limitMs`. */
  waitFor(matches: (notice: Received) => boolean, limitMs: number, count?: number): Promise<Received[]>;
  close(): Promise<void>;
};

const maxBodyBytes = 1024 * 1024;

/** Opens an inbox on a free port of loopback. */
export async function openInbox(): Promise<Inbox> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) request.destroy();
      else chunks.push(chunk);
    });
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      received.push({ path: request.url ?? "/", headers, body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(0, "127.0.0.1", done);
  });
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://localhost:${port}`,
    received,
    async waitFor(matches, limitMs, count = 1) {
      const began = performance.now();
      for (;;) {
        const found = received.filter(matches);
        if (found.length >= count || performance.now() - began > limitMs) return found;
        await sleep(50);
      }
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

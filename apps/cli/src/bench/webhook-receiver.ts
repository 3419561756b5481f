import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";

/** A receiver in a thread of its own, as a shop's server is another machine: it reads what comes and says yes. */
const server = createServer((request, response) => {
  request.resume();
  request.once("end", () => response.writeHead(204).end());
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  parentPort?.postMessage(`http://127.0.0.1:${port}/webhooks`);
});

import dns from "node:dns";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { type BankHttp, createBankHttp } from "./http.ts";

const open: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of open.splice(0).reverse()) await close();
});

function bankHttp(log: (line: string) => unknown = () => {}): BankHttp {
  const http = createBankHttp({ bankId: "harbour", logger: pino({ level: "debug" }, { write: log }) });
  open.push(() => http.close());
  return http;
}

/** A bank on IPv4 of this machine alone, as the sandbox bank is. */
async function listen(port: number, answer: RequestListener): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return server;
}
const portOf = (server: Server) => (server.address() as AddressInfo).port;
const call = (port: number) => ({
  operation: "test",
  method: "POST" as const,
  url: new URL(`http://localhost:${port}/`),
  headers: {},
  body: "{}",
});

test("a moment in which this process is busy is not taken for a bank that cannot be reached", async () => {
  // As on most machines: a name with an IPv4 address, and an IPv6 address at which nobody listens.
  vi.spyOn(dns, "lookup").mockImplementation(((_host: string, _options: object, done: CallableFunction) =>
    setImmediate(() =>
      done(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "::1", family: 6 },
      ]),
    )) as unknown as typeof dns.lookup);
  const server = await listen(0, (_request, response) => response.end("here"));
  const failures: string[] = [];
  const http = bankHttp((line) => line.includes("failure") && failures.push(line));
  const answer = http.call(call(portOf(server)));
  for (let i = 0; i < 3; i += 1) {
    const until = performance.now() + 350;
    while (performance.now() < until);
    await turn();
  }
  expect(await answer).toMatchObject({ status: 200, text: "here" });
  // Not even the second try was needed.
  expect(failures).toEqual([]);
});

test("a bank whose server starts anew is tried once more, and has the call once", async () => {
  const gone = await listen(0, () => {});
  const port = portOf(gone);
  await new Promise((resolve) => gone.close(resolve));
  let calls = 0;
  const refused = Promise.withResolvers<void>();
  const answer = bankHttp((line) => line.includes("ECONNREFUSED") && refused.resolve()).call(call(port));
  await refused.promise;
  await listen(port, (_request, response) => {
    calls += 1;
    response.end("back");
  });
  expect(await answer).toMatchObject({ text: "back" });
  expect(calls).toBe(1);
});

test("a call that may have arrived is never repeated", async () => {
  let calls = 0;
  const server = await listen(0, (request) => {
    calls += 1;
    request.socket.destroy();
  });
  await expect(bankHttp().call(call(portOf(server)))).rejects.toMatchObject({ reached: "maybe" });
  expect(calls).toBe(1);
});

test("where nobody listens the call is known not to have arrived", async () => {
  const gone = await listen(0, () => {});
  const port = portOf(gone);
  await new Promise((resolve) => gone.close(resolve));
  await expect(bankHttp().call(call(port))).rejects.toMatchObject({ reached: "no" });
});

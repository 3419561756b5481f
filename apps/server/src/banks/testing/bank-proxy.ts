import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createXs2aDefinition } from "../../../../sandbox-bank/src/xs2a/definition.ts";

const definition = createXs2aDefinition();

/** One exchange between us and the bank as it passed by. */
export type Exchange = {
  operation: string | undefined;
  method: string;
  path: string;
  requestHeaders: IncomingHttpHeaders;
  requestBody: unknown;
  status: number;
};

/** What to do to the answer of the next call of an operation. */
export type Trick =
  | { kind: "answer"; status: number; body: string; mediaType?: string }
  | { kind: "reset" }
  /** Sends the headers and the first bytes, then nothing more. */
  | { kind: "stall" };

/**
 * Stands between the server and the sandbox bank: checks every XS2A request and answer against the published
 * definition, keeps a record, and spoils answers where a test asks for it (the bank itself has acted by then,
 * unless `before` is set).
 */
export async function startBankProxy() {
  let bankPort = 0;
  const exchanges: Exchange[] = [];
  const findings: string[] = [];
  const tricks: { operation: string; before: boolean; trick: Trick }[] = [];

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const url = new URL(incoming.url ?? "/", "http://bank");
      const method = incoming.method ?? "GET";
      const operation = definition.findOperation(method, url.pathname)?.id;
      const isXs2a = /^\/v[12]\//.test(url.pathname);
      const parsed = isXs2a && body.length > 0 ? JSON.parse(body.toString()) : undefined;
      const exchange: Exchange = {
        operation: operation ?? (url.pathname === "/oauth/token" ? "token" : undefined),
        method,
        path: url.pathname,
        requestHeaders: incoming.headers,
        requestBody: isXs2a ? parsed : body.toString(),
        status: 0,
      };
      exchanges.push(exchange);
      if (isXs2a) {
        const query = Object.fromEntries(url.searchParams);
        const wrong = definition.validateRequest({
          method,
          path: url.pathname,
          query,
          headers: incoming.headers,
          body: parsed,
        });
        findings.push(...wrong.map(({ where, message }) => `request ${operation}: ${where} ${message}`));
      }
      const at = tricks.findIndex((planned) => planned.operation === exchange.operation);
      const planned = at < 0 ? undefined : tricks.splice(at, 1)[0];
      if (planned?.before) return play(planned.trick, outgoing);
      const forwarded = request(
        { host: "127.0.0.1", port: bankPort, method, path: incoming.url, headers: incoming.headers },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("end", () => {
            const content = Buffer.concat(parts);
            exchange.status = answer.statusCode ?? 0;
            if (isXs2a) check(method, url.pathname, exchange.status, answer.headers, content.toString());
            if (planned !== undefined) return play(planned.trick, outgoing);
            outgoing.writeHead(exchange.status, answer.headers);
            outgoing.end(content);
          });
        },
      );
      forwarded.on("error", () => outgoing.destroy());
      outgoing.once("close", () => forwarded.destroy());
      forwarded.end(body);
    });
  });

  function check(method: string, path: string, status: number, headers: IncomingHttpHeaders, text: string) {
    const isJson = String(headers["content-type"] ?? "").includes("json");
    const body: unknown = text === "" ? undefined : isJson ? JSON.parse(text) : text;
    const wrong = definition.validateResponse(method, path, { status, headers, body });
    findings.push(...wrong.map(({ where, message }) => `answer ${method} ${path}: ${where} ${message}`));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    exchanges,
    /** Breaches of the published definition; tests expect none. */
    findings,
    forwardTo(port: number) {
      bankPort = port;
    },
    /** Spoils the next answer of an operation (its operationId, or `token`). */
    spoil(operation: string, trick: Trick, { before = false } = {}) {
      tricks.push({ operation, trick, before });
    },
    last: (operation: string) => exchanges.findLast((exchange) => exchange.operation === operation),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type BankProxy = Awaited<ReturnType<typeof startBankProxy>>;

function play(trick: Trick, outgoing: ServerResponse): void {
  if (trick.kind === "reset") {
    outgoing.destroy();
    return;
  }
  if (trick.kind === "stall") {
    outgoing.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    outgoing.write("{");
    return;
  }
  outgoing.writeHead(trick.status, { "content-type": trick.mediaType ?? "application/json" });
  outgoing.end(trick.body);
}

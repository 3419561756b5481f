import { randomUUID } from "node:crypto";
import { type HttpConnection, openConnection } from "./http-connection.ts";
import type { Person } from "./http-load-process.ts";

/**
 * The load of `bench sign-in` in a process of its own: payments and sign-ins at a fixed rate each, however long the
 * answers take. A time counts from when the request was due, so that a server that falls behind cannot hide it.
 */
export type SignInOrder = {
  port: number;
  origin: string;
  payers: readonly Person[];
  signers: readonly Signer[];
  ms: number;
  paymentsPerSecond: number;
  signInsPerSecond: number;
};
/** Somebody who signs in again and again on a device that is known. */
export type Signer = { email: string; password: string; deviceCookie: string };
export type SignInLoadAnswer = {
  /** Milliseconds from when each request was due to its answer, by what it was. */
  payments: number[];
  signIns: number[];
  statuses: Record<string, number>;
};

process.on("message", (order: SignInOrder) => {
  run(order).then(
    (answer) => process.send?.(answer),
    (error) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));

async function run(order: SignInOrder): Promise<SignInLoadAnswer> {
  const { port, origin, payers, signers } = order;
  const answer: SignInLoadAnswer = { payments: [], signIns: [], statuses: {} };
  const pool = createPool(port);
  const post = (path: string, cookie: string, body: string, more = "") =>
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\n` +
    `Accept: application/json\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const one = async (kind: "payments" | "signIns", request: string, due: number): Promise<void> => {
    const status = await pool.ask(request);
    answer[kind].push(performance.now() - due);
    const name = `${kind} ${status}`;
    answer.statuses[name] = (answer.statuses[name] ?? 0) + 1;
  };
  try {
    await Promise.all([
      atRate(order.paymentsPerSecond, order.ms, (index, due) => {
        const payer = payers[index % payers.length] as Person;
        const payee = payers[(index + 1) % payers.length] as Person;
        const body = `{"payeeId":"${payee.id}","amount":{"amount":"0.01","currency":"GBP"}}`;
        return one(
          "payments",
          post("/v1/transfers", payer.cookie, body, `Idempotency-Key: ${randomUUID()}\r\n`),
          due,
        );
      }),
      atRate(order.signInsPerSecond, order.ms, (index, due) => {
        const { email, password, deviceCookie } = signers[index % signers.length] as Signer;
        return one(
          "signIns",
          post("/v1/sessions", deviceCookie, JSON.stringify({ kind: "password", email, password })),
          due,
        );
      }),
    ]);
    return answer;
  } finally {
    pool.close();
  }
}

/** Begins something so many times a second, evenly, and waits for all of it. */
async function atRate(
  perSecond: number,
  ms: number,
  begin: (index: number, due: number) => Promise<void>,
): Promise<void> {
  if (perSecond === 0) return;
  const began = performance.now();
  const total = Math.round((perSecond * ms) / 1_000);
  const running: Promise<void>[] = [];
  for (let index = 0; index < total; index += 1) {
    const due = began + (index * 1_000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const work = begin(index, due);
    // What fails is told below, when all of it is waited for.
    work.catch(() => undefined);
    running.push(work);
  }
  await Promise.all(running);
}

/** Connections that are kept, as many as are busy at once; at most 256. */
function createPool(port: number): { ask(request: string): Promise<number>; close(): void } {
  const idle: HttpConnection[] = [];
  const all: HttpConnection[] = [];
  return {
    async ask(request) {
      const connection = idle.pop() ?? (await open());
      const status = await connection.ask(request);
      idle.push(connection);
      return status;
    },
    close() {
      for (const connection of all) connection.close();
    },
  };
  async function open(): Promise<HttpConnection> {
    if (all.length >= 256) throw new Error("The server does not keep up: 256 requests wait at once.");
    const connection = await openConnection(port);
    all.push(connection);
    return connection;
  }
}

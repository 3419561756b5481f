import { randomUUID } from "node:crypto";
import { openConnection } from "./http-connection.ts";
import type { LoadAnswer, LoadOrder } from "./http-load-process.ts";
import { closedLoop } from "./rounds.ts";

/**
 * The load's own process, so that it does not share a thread with what it measures. Takes orders from its parent: so
 * many connections, so long, and answers what it counted and what it cost.
 */
process.on("message", (order: LoadOrder) => {
  run(order).then(
    (answer) => process.send?.(answer),
    (error) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));

async function run({ port, origin, people, connections, ms }: LoadOrder): Promise<LoadAnswer> {
  const heads = people.map(
    ({ cookie }) =>
      `POST /v1/transfers HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\n` +
      "Accept: application/json\r\nContent-Type: application/json\r\n",
  );
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const statuses: Record<string, number> = {};
  // Each connection takes people of its own in turn, as far as there are enough of them.
  const turns = open.map((_, connection) => connection % people.length);
  try {
    const before = process.cpuUsage();
    const { count, seconds } = await closedLoop({
      clients: connections,
      ms,
      signal: new AbortController().signal,
      act: async (client) => {
        const payer = turns[client] as number;
        turns[client] = (payer + connections) % people.length;
        const payee = (payer + 1 + Math.floor(Math.random() * (people.length - 1))) % people.length;
        const pence = String(1 + Math.floor(Math.random() * 99)).padStart(2, "0");
        const body = `{"payeeId":"${people[payee]?.id}","amount":{"amount":"0.${pence}","currency":"GBP"}}`;
        const status = await (open[client] as (typeof open)[number]).ask(
          `${heads[payer]}Idempotency-Key: ${randomUUID()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
        statuses[status] = (statuses[status] ?? 0) + 1;
        return 1;
      },
    });
    const cpu = process.cpuUsage(before);
    return { count, seconds, statuses, cpuSeconds: (cpu.user + cpu.system) / 1e6 };
  } finally {
    for (const connection of open) connection.close();
  }
}

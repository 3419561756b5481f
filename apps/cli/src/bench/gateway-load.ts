import { randomUUID } from "node:crypto";
import type { GatewayOrder } from "./gateway-load-process.ts";
import { openConnection } from "./http-connection.ts";
import type { LoadAnswer } from "./http-load-process.ts";
import { closedLoop } from "./rounds.ts";

/** The load's own process, so that it does not share a thread with what it measures. */
process.on("message", (order: GatewayOrder) => {
  run(order).then(
    (answer) => process.send?.(answer),
    (error) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));

async function run(order: GatewayOrder): Promise<LoadAnswer> {
  const { port, origin, people, shops, hotPerMille, connections, ms } = order;
  const common = `Host: 127.0.0.1:${port}\r\nAccept: application/json\r\nContent-Type: application/json\r\n`;
  const created = shops.map(
    ({ secret }) => `POST /v1/payment_intents HTTP/1.1\r\n${common}Authorization: Bearer ${secret}\r\n`,
  );
  const paid = people.map(({ cookie }) => `${common}Origin: ${origin}\r\nCookie: ${cookie}\r\n`);
  const ending = (body: string) =>
    `Idempotency-Key: ${randomUUID()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const statuses: Record<string, number> = {};
  const turns = open.map((_, connection) => connection % people.length);
  const counted = (status: number) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  try {
    const before = process.cpuUsage();
    const { count, seconds } = await closedLoop({
      clients: connections,
      ms,
      signal: new AbortController().signal,
      act: async (client) => {
        const connection = open[client] as (typeof open)[number];
        const payer = turns[client] as number;
        turns[client] = (payer + connections) % people.length;
        const shop = Math.random() * 1000 < hotPerMille ? 0 : Math.floor(Math.random() * shops.length);
        const amount = `{"amount":"1.${String(Math.floor(Math.random() * 100)).padStart(2, "0")}","currency":"GBP"}`;
        const made = await connection.read(
          `${created[shop]}${ending(`{"amount":${amount},"reference":"bench"}`)}`,
        );
        counted(made.status);
        const token = /"clientSecret":"([0-9a-z]{32})"/.exec(made.text)?.[1];
        if (token === undefined) return 0;
        counted(
          await connection.ask(
            `POST /v1/payables/${token}/payments HTTP/1.1\r\n${paid[payer]}${ending(
              `{"amount":${amount},"source":{"kind":"balance"}}`,
            )}`,
          ),
        );
        return 1;
      },
    });
    const cpu = process.cpuUsage(before);
    return { count, seconds, statuses, cpuSeconds: (cpu.user + cpu.system) / 1e6 };
  } finally {
    for (const connection of open) connection.close();
  }
}

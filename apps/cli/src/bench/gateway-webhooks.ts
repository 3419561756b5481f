import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { openWebhookLoad } from "@jinqiao/server/webhook-load";

/** Webhooks that were sent and answered, and how many of them in a second. */
export type WebhookFigures = { delivered: number; seconds: number; webhooksPerSecond: number };

/**
 * How many webhooks a second one process delivers to one receiver on this machine: claimed, opened, signed, sent,
 * answered and noted down. The receiver has a thread of its own.
 * @param databaseUrl an empty database on a durable PostgreSQL
 * @param count how many events happen before the first is sent
 * @throws Error when a webhook was not answered with success
 */
export async function measureWebhooks(options: {
  databaseUrl: string;
  count: number;
  signal: AbortSignal;
}): Promise<WebhookFigures> {
  const thread = new Worker(new URL("./webhook-receiver.ts", import.meta.url));
  try {
    const [receiver] = (await once(thread, "message", { signal: options.signal })) as [string];
    const load = await openWebhookLoad({ databaseUrl: options.databaseUrl, receiver });
    try {
      await load.happen(200);
      await load.deliver();
      options.signal.throwIfAborted();
      await load.happen(options.count);
      const { seconds } = await load.deliver();
      const { delivered, left } = await load.counts();
      if (left > 0) throw new Error(`${left} webhooks were not delivered`);
      const measured = delivered - 200;
      return { delivered: measured, seconds, webhooksPerSecond: measured / seconds };
    } finally {
      await load.close();
    }
  } finally {
    await thread.terminate();
  }
}

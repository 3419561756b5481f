import { type SenderOrder, send } from "./sender.ts";

// Forked by concurrency.test.ts: one order comes in, one report goes out.
process.once("message", (order: SenderOrder) => {
  send(order).then(
    (report) => process.send?.(report, () => process.disconnect()),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});

import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { createWorker } from "./jobs.ts";
import { createLogger } from "./logger.ts";

it("what a failed job says of somebody stands neither in the queue nor in the log", async () => {
  const database = await createServerDatabase();
  let logged = "";
  const worker = createWorker({
    databaseUrl: database.url,
    logger: createLogger({
      destination: new Writable({
        write(chunk, _encoding, done) {
          logged += chunk;
          done();
        },
      }),
    }),
    handlers: {
      "test.fail": () =>
        Promise.reject(new Error("mail to ada@people.example about card 6299991234567890122")),
    },
    cron: [],
  });
  try {
    const job = { task: "test.fail", payload: {}, maxAttempts: 1 };
    await database.db.query("SELECT platform.enqueue($1)", [JSON.stringify([job])]);
    await worker.drain().catch(() => {});
    const jobs = await database.db.query("SELECT attempts, last_error FROM graphile_worker._private_jobs");
    expect(jobs).toEqual([
      { attempts: 1, last_error: expect.stringContaining("mail to ***@*** about card ***") },
    ]);
    expect(JSON.stringify(jobs) + logged).not.toMatch(/ada|6299/);
    expect(logged).toContain("job failed");
  } finally {
    await worker.close();
    await database.drop();
  }
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { attempt, createWorld, type LinkedAccount, type Session, type World } from "../support/world.ts";

/** A worker process killed with SIGKILL while the bank has the order: another worker finishes, and nothing moves twice. */
const main = fileURLToPath(new URL("../../apps/server/src/main.ts", import.meta.url));
let world: World;
let person: Session;
let account: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-kill-"));
  world = await createWorld();
  person = await world.customer("Kill Test");
  account = ((await world.link(person, "linxiao")).get("CNY") as LinkedAccount).id;
  await world.settleJobs();
  await writeFile(join(folder, "banks.json"), JSON.stringify([world.config]));
  await writeFile(join(folder, "secrets.json"), JSON.stringify(world.secrets), { mode: 0o600 });
});
afterAll(async () => {
  await world.close({ force: true });
  await rm(folder, { recursive: true, force: true });
});

async function startWorker() {
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      DATABASE_URL: world.databaseUrl,
      JINQIAO_ROLE: "worker",
      JINQIAO_PORT: "0",
      JINQIAO_URL: world.app.url,
      JINQIAO_BANKS_FILE: join(folder, "banks.json"),
      JINQIAO_SECRETS_FILE: join(folder, "secrets.json"),
      JINQIAO_LOG_LEVEL: "silent",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}
const payment = (paymentId: string) =>
  unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));

it.each([
  ["/v1/top-ups", "after it moved the money", "timeout-after", 100n],
  ["/v1/top-ups", "before it moved the money", "timeout-before", 0n],
  ["/v1/withdrawals", "after it moved the money", "timeout-after", -100n],
  ["/v1/withdrawals", "before it moved the money", "timeout-before", 0n],
] as const)(
  "%s, killed while the bank holds the answer back, %s",
  { timeout: 120_000 },
  async (path, _when, action, expected) => {
    if (path === "/v1/withdrawals") {
      await unwrap(
        person.api.POST("/v1/top-ups", {
          params: { header: attempt() },
          body: { linkedAccountId: account, amount: { amount: "10.00", currency: "CNY" } },
        }),
      );
      await world.settleJobs();
    }
    const iban = world.config.custodyAccounts.find((one) => one.currency === "CNY")?.iban ?? "";
    const booked = async () => BigInt((await world.bank.script.account(iban)).bookedMinor);
    const before = await booked();
    const rule = await world.bank.script.addFault({
      operation: "initiatePayment",
      action,
      times: 1,
      delayMs: 60_000,
    });
    const doomed = await startWorker();
    const made = await unwrap(
      person.api.POST(path, {
        params: { header: attempt() },
        body: { linkedAccountId: account, amount: { amount: "1.00", currency: "CNY" } },
      }),
    );
    await expect
      .poll(async () => (await world.bank.script.faults()).find(({ id }) => id === rule.id)?.fired ?? 1, {
        timeout: 30_000,
      })
      .toBe(1);
    doomed.kill("SIGKILL");
    await once(doomed, "exit");
    expect((await payment(made.id)).status).toBe("authorised");

    const heir = await startWorker();
    try {
      await expect
        .poll(async () => (await payment(made.id)).status, { timeout: 90_000, interval: 500 })
        .toBe(expected === 0n ? "rejected" : "submitted");
    } finally {
      heir.kill("SIGTERM");
      await once(heir, "exit");
    }
    expect((await booked()) - before).toBe(expected);
    expect(await world.app.ledger.violations()).toEqual([]);
    await world.closeDay();
    expect((await payment(made.id)).status).toBe(expected === 0n ? "rejected" : "settled");
  },
);

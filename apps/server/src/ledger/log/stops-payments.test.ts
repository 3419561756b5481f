import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { attempt, createWorld, type World } from "../../../../../test/support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

it("stops payments out when the books no longer contain what was signed, and gives no receipts", async () => {
  const lin = await world.customer("Lin Test");
  const accounts = await world.link(lin, "linxiao");
  const topUp = await unwrap(
    lin.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: {
        linkedAccountId: accounts.get("CNY")?.id ?? "",
        amount: { amount: "50.00", currency: "CNY" },
      },
    }),
  );
  await world.settleJobs();
  const { log } = world.app.ledger;
  await log.integrate();
  expect(await world.app.watch.isStopped("CNY")).toBe(false);

  await world.app.db.transaction(async (tx) => {
    await tx.query("SET LOCAL session_replication_role = replica");
    await tx.query(
      "UPDATE ledger.entry SET amount = 2 * amount, balance_after = 2 * balance_after WHERE position = 0",
    );
  });
  const answer = await lin.api.GET("/v1/payments/{paymentId}/receipt", {
    params: { path: { paymentId: topUp.id } },
  });
  expect(answer.response.status).toBe(503);
  expect(answer.error).toMatchObject({ code: "log.not_signing", retryable: true });
  expect(await world.app.watch.isStopped("CNY")).toBe(true);
  expect(await world.app.watch.alarms({ open: true, limit: 10 })).toMatchObject([
    { invariant: "log_consistent", currency: null },
  ]);
  const report = await log.audit();
  expect(report.difference).toMatchObject({ position: 0n });
});

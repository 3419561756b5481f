import { afterAll, beforeAll, expect, it } from "vitest";
import { createWorld, type World } from "../../../test/support/world.ts";
import { seedMerchants } from "./demo-merchants.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

it("opens two shops once, each with stores and, at the sandbox bank, an account for payouts", async () => {
  const { shops, identity, db } = world.app;
  const banks = { config: () => world.config, custody: () => world.config.custodyAccounts[0] };
  for (let time = 0; time < 2; time += 1) await seedMerchants({ shops, identity, banks });
  const found = await db.query<{ id: string; currency: string; status: string }>(
    "SELECT id, currency, status FROM merchants.merchant ORDER BY currency",
  );
  expect(found).toMatchObject([
    { currency: "CNY", status: "active" },
    { currency: "GBP", status: "active" },
  ]);
  for (const { id, currency } of found)
    expect((await shops.settlementAccounts.verifiedAccountOf(id, currency))?.bankId).toBe("harbour");
});

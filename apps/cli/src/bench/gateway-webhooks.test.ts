import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/support/database.ts";
import { measureWebhooks } from "./gateway-webhooks.ts";

test("measures webhooks that were all delivered", async () => {
  const database = await createTestDatabase();
  const { signal } = new AbortController();
  const figures = await measureWebhooks({ databaseUrl: database.url, count: 400, signal });
  expect(figures.delivered).toBe(400);
  expect(figures.webhooksPerSecond).toBeCloseTo(400 / figures.seconds, 6);
  await database.drop();
});

import { expect, it } from "vitest";
import { createTestDatabase } from "../../../../test/support/database.ts";
import { createDb } from "./db.ts";
import { isDurable, requireDurable } from "./durability.ts";

it("accepts a database that keeps what it confirms, and refuses one that may forget", async () => {
  const database = await createTestDatabase();
  const durable = createDb({ url: database.url });
  await requireDurable(durable);
  expect(await isDurable(durable)).toBe(true);
  await durable.query(
    `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET synchronous_commit = off`,
  );
  await durable.close();

  // The setting of a database holds for connections that are opened after it.
  const forgetful = createDb({ url: database.url });
  await expect(requireDurable(forgetful)).rejects.toThrow(
    /^PostgreSQL runs with synchronous_commit = off and may lose money it has confirmed: .*\.$/,
  );
  expect(await isDurable(forgetful)).toBe(false);
  await forgetful.close();
  await database.drop();
});

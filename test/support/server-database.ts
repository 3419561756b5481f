import { migrations } from "../../apps/server/src/migrations.ts";
import { createDb, type StatementFault } from "../../apps/server/src/platform/db.ts";
import { migrate } from "../../apps/server/src/platform/migrations.ts";
import { createTestDatabase } from "./database.ts";

/** A fresh database with every module's schema, cloned from a template migrated once per run. */
export async function createServerDatabase(
  options: { fault?: StatementFault; maxConnections?: number } = {},
) {
  const database = await createTestDatabase({
    template: {
      name: "server",
      async migrate(url) {
        const db = createDb({ url });
        try {
          await migrate(db, migrations);
        } finally {
          await db.close();
        }
      },
    },
  });
  const db = createDb({ url: database.url, ...options });
  return {
    url: database.url,
    db,
    async drop(dropOptions: { force?: boolean } = {}) {
      await db.close();
      await database.drop(dropOptions);
    },
  };
}

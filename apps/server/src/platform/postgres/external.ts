import pg from "pg";
import { SetupError } from "./setup-error.ts";

/**
 * Checks that a PostgreSQL given by the operator answers.
 * @throws SetupError saying which variable is wrong and how; never with the address, which may hold a password
 */
export async function checkDatabase(url: string, variable: string): Promise<void> {
  await connected(url, variable, async () => undefined);
}

/**
 * Makes the database `name` on the server of `url`, when absent, and answers its address.
 * @throws SetupError when the role may not make databases
 */
export async function ensureNeighbourDatabase(url: string, name: string, variable: string): Promise<string> {
  await connected(url, "DATABASE_URL", async (client) => {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (found.rowCount === 1) return;
    try {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    } catch (error) {
      // duplicate_database: another start made it meanwhile.
      if ((error as { code?: string }).code === "42P04") return;
      throw new SetupError(
        {
          en: `The database "${name}" could not be made on the server of DATABASE_URL (${(error as Error).message}): make it by hand, or name another with ${variable}.`,
          zh: `无法在 DATABASE_URL 所在的服务器上创建数据库“${name}”（${(error as Error).message}）：请手动创建，或用 ${variable} 指定其他数据库。`,
        },
        { cause: error },
      );
    }
  });
  const neighbour = new URL(url);
  neighbour.pathname = `/${name}`;
  return neighbour.href;
}

/**
 * Makes an empty database on the server of `url` that the caller drops again.
 * @throws SetupError when the server does not let us in
 */
export async function throwAwayDatabase(
  url: string,
  name: string,
): Promise<{ url: string; drop(): Promise<void> }> {
  await connected(url, "DATABASE_URL", async (client) => {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
  const database = new URL(url);
  database.pathname = `/${name}`;
  return {
    url: database.href,
    drop: () =>
      connected(url, "DATABASE_URL", async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
      }),
  };
}

async function connected(
  url: string,
  variable: string,
  use: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
  } catch (error) {
    const reason = (error as Error).message || String((error as { code?: string }).code);
    throw new SetupError(
      {
        en: `The PostgreSQL named by ${variable} does not let us in (${reason}): check the address, or leave ${variable} out to use the bundled one.`,
        zh: `无法连接 ${variable} 指定的 PostgreSQL（${reason}）：请检查地址，或不设置 ${variable} 以使用自带的数据库。`,
      },
      { cause: error },
    );
  }
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

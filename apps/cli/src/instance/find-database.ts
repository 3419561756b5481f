import { checkDatabase, runningDatabaseUrl, SetupError } from "@jinqiao/server/embedded-postgres";
import { postgresFolder } from "./data-folder.ts";
import { readSettings } from "./settings.ts";

/**
 * Address of the server's database: the one given, else DATABASE_URL, else the bundled PostgreSQL that `npm start`
 * runs on the data folder.
 * @throws SetupError when there is none, or it does not answer
 */
export async function findDatabase(given: string | undefined): Promise<string> {
  if (given !== undefined) {
    await checkDatabase(given, "--database-url");
    return given;
  }
  const { databaseUrl, dataDir } = readSettings();
  if (databaseUrl !== undefined) {
    await checkDatabase(databaseUrl, "DATABASE_URL");
    return databaseUrl;
  }
  const running = await runningDatabaseUrl(postgresFolder(dataDir), "jinqiao");
  if (running !== undefined) return running;
  throw new SetupError({
    en: `Jinqiao does not run on ${dataDir}: start it with "npm start" in another window, or name a database with --database-url.`,
    zh: `金桥未在 ${dataDir} 上运行：请在另一窗口运行 npm start，或用 --database-url 指定数据库。`,
  });
}

import { spawnSync } from "node:child_process";
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PostgresBinaries } from "./binaries.ts";
import { diskFull, unusableFolder } from "./data-folder.ts";
import type { OsUser } from "./os-user.ts";
import { SetupError } from "./setup-error.ts";

/** The name of the cluster's superuser, and of the database it connects to. */
export const administrator = "postgres";

export type ClusterContext = { cluster: string; binaries: PostgresBinaries; user: OsUser };

export async function createCluster(
  options: ClusterContext & { dataDir: string; password: string },
): Promise<void> {
  const { dataDir, cluster, binaries, user, password } = options;
  // Made aside and renamed: a cluster under its own name is always complete, even after a kill -9.
  const building = `${cluster}.new`;
  const passwordFile = join(dataDir, "initdb-password");
  try {
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user.uid !== undefined && user.gid !== undefined) {
      await chown(building, user.uid, user.gid);
      await chown(passwordFile, user.uid, user.gid);
    }
    const result = spawnSync(
      binaries.run("initdb"),
      [
        `--pgdata=${building}`,
        `--username=${administrator}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        // PostgreSQL's own collation: an index must not change its order when the system's C library is updated.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
      ],
      { encoding: "utf8", uid: user.uid, gid: user.gid, cwd: dataDir, env: plainEnvironment() },
    );
    if (result.status !== 0) {
      const reason = (result.stderr || result.error?.message || `status ${result.status}`).trim();
      if (/No space left on device/i.test(reason)) throw diskFull(dataDir);
      throw new SetupError(
        {
          en: `PostgreSQL could not create its files in ${dataDir}: ${lastLine(reason)}. Mend that, or choose another folder with JINQIAO_DATA.`,
          zh: `PostgreSQL 无法在 ${dataDir} 创建数据文件：${lastLine(reason)}。请排除该问题，或用 JINQIAO_DATA 指定其他目录。`,
        },
        { cause: new Error(reason) },
      );
    }
    await rename(building, cluster);
  } catch (error) {
    throw unusableFolder(dataDir, error);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

export async function checkVersion(cluster: string, binaries: PostgresBinaries): Promise<void> {
  const found = (
    await readFile(join(cluster, "PG_VERSION"), "utf8").catch((error) => {
      throw unusableFolder(cluster, error);
    })
  ).trim();
  if (found === binaries.major) return;
  throw new SetupError({
    en: `The data in ${cluster} was written by PostgreSQL ${found}, and this release brings PostgreSQL ${binaries.major}: move it over with pg_dump and pg_restore, choose another folder with JINQIAO_DATA, or erase it with "npm run reset".`,
    zh: `${cluster} 中的数据由 PostgreSQL ${found} 写入，而本版本自带 PostgreSQL ${binaries.major}：请用 pg_dump 和 pg_restore 迁移，或用 JINQIAO_DATA 指定其他目录，或用 npm run reset 清除。`,
  });
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw unusableFolder(path, error);
  }
}

/** Nothing of our own environment: PGDATA, PGPORT or a locale set there would change how PostgreSQL runs. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LC_ALL: "C",
    TZ: "UTC",
    ...(process.platform === "win32" ? process.env : {}),
  };
}

export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

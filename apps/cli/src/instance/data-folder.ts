import { chmod, mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { lockFolder, SetupError } from "@jinqiao/server/embedded-postgres";

const logLimitBytes = 20 * 1024 * 1024;

/** Makes the data folder and its logs, closed to other people. @throws SetupError with the remedy */
export async function makeDataFolder(dataDir: string, logs: string): Promise<void> {
  try {
    await mkdir(logs, { recursive: true });
    // As root, PostgreSQL runs as another user, who must pass through to its own folder and see nothing else.
    await chmod(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
    await chmod(logs, 0o700);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "ENOSPC") {
      throw new SetupError({
        en: `The disk that holds ${dataDir} is full: free at least 1 GB there, or choose another folder with JINQIAO_DATA.`,
        zh: `${dataDir} 所在磁盘已满：请至少腾出 1 GB 空间，或用 JINQIAO_DATA 指定其他目录。`,
      });
    }
    throw new SetupError(
      {
        en: `The data folder ${dataDir} cannot be used (${code}): give your user the right to write there, or choose another folder with JINQIAO_DATA.`,
        zh: `无法使用数据目录 ${dataDir}（${code}）：请授予当前用户写入权限，或用 JINQIAO_DATA 指定其他目录。`,
      },
      { cause: error },
    );
  }
}

/** Puts a log that has grown large aside, so that logs take a bounded place over many starts. */
export async function trimLogs(logs: string): Promise<void> {
  for (const name of await readdir(logs)) {
    const path = join(logs, name);
    if (name.endsWith(".log") && (await stat(path)).size > logLimitBytes) await rename(path, `${path}.1`);
  }
}

/** Claims the data folder for this launcher. @throws SetupError naming the one that holds it */
export async function claimDataFolder(
  dataDir: string,
  url: string,
): Promise<{ takenOver: boolean; release(): Promise<void> }> {
  const lock = await lockFolder(launcherLock(dataDir));
  if (lock.held) return lock;
  throw new SetupError({
    en: `Jinqiao already runs on ${dataDir} (process ${lock.pid}), usually at ${url}: use that one, stop it with Ctrl-C, or choose another folder with JINQIAO_DATA.`,
    zh: `金桥已在 ${dataDir} 上运行（进程 ${lock.pid}），地址通常为 ${url}：请直接使用，或用 Ctrl-C 停止它，或用 JINQIAO_DATA 指定其他目录。`,
  });
}

/** The file that says which launcher holds a data folder. */
export function launcherLock(dataDir: string): string {
  return join(dataDir, "launcher.lock");
}

/** The folder of the embedded PostgreSQL inside a data folder. */
export function postgresFolder(dataDir: string): string {
  return join(dataDir, "postgres");
}

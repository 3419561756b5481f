import { spawnSync } from "node:child_process";
import { chown, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OsUser } from "./os-user.ts";

export type Postmaster = {
  pid: number;
  /** Whether that process is a PostgreSQL on this very cluster, and not another program that got its id. */
  running: boolean;
  /** Whether it accepts connections. */
  ready: boolean;
};

/**
 * Reads `postmaster.pid`: line 1 is the process id, line 8 the status.
 * Layout: PostgreSQL source, src/include/utils/pidfile.h.
 */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  let text: string;
  try {
    text = await readFile(join(cluster, "postmaster.pid"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, running: await runsOn(pid, cluster), ready: lines[7]?.trim() === "ready" };
}

/** Puts another process id into a stale `postmaster.pid` and leaves the rest of it as it was. */
export async function replacePostmasterPid(cluster: string, pid: number, user: OsUser): Promise<void> {
  const path = join(cluster, "postmaster.pid");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const draft = `${path}.new`;
  await writeFile(draft, text.replace(/^.*$/m, String(pid)), { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) await chown(draft, user.uid, user.gid);
  await rename(draft, path);
}

async function runsOn(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === "linux") {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return command.split("\0").includes(cluster);
  }
  if (process.platform === "win32") {
    const { stdout } = spawnSync("tasklist", ["/FI", `PID eq ${pid}`, "/NH"], { encoding: "utf8" });
    return /postgres/i.test(stdout ?? "");
  }
  const { stdout } = spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return (stdout ?? "").includes(cluster);
}

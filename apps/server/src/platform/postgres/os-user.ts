import { spawnSync } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SetupError } from "./setup-error.ts";

/** The operating-system user PostgreSQL runs as; `undefined` ids mean the user who runs this process. */
export type OsUser = { name: string; uid?: number; gid?: number };

const dedicatedUser = "jinqiao";

/**
 * Chooses who runs PostgreSQL, which refuses to run as root.
 *
 * An ordinary user runs it as himself. Root uses the owner of an existing cluster, else a system user of our own:
 * sharing `postgres` or `nobody` would let other programs of that user read customers' data.
 */
export async function choosePostgresUser(clusterDir: string): Promise<OsUser> {
  if (process.getuid?.() !== 0) return { name: process.env.USER ?? "you" };

  const owner = await stat(clusterDir).catch(() => undefined);
  if (owner && owner.uid !== 0) return { name: userName(owner.uid), uid: owner.uid, gid: owner.gid };

  const existing = lookUp(dedicatedUser);
  if (existing) return existing;
  const added = spawnSync(
    "useradd",
    [
      "--system",
      "--user-group",
      "--no-create-home",
      "--home-dir",
      "/nonexistent",
      "--shell",
      "/usr/sbin/nologin",
      dedicatedUser,
    ],
    { encoding: "utf8", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
  );
  // A second start may have added the user meanwhile, so what counts is whether it exists now.
  const created = lookUp(dedicatedUser);
  if (created) return created;
  throw new SetupError({
    en: `PostgreSQL refuses to run as root, and the system user "${dedicatedUser}" could not be added (${(added.stderr ?? added.error?.message ?? "useradd failed").trim()}): add it with "useradd --system --user-group ${dedicatedUser}", or start Jinqiao as an ordinary user.`,
    zh: `PostgreSQL 不能以 root 身份运行，而系统用户“${dedicatedUser}”未能创建：请执行 useradd --system --user-group ${dedicatedUser}，或改用普通用户启动金桥。`,
  });
}

/**
 * The first folder on the way to `path` that `user` may not enter, if any.
 * Only asked for another user than ourselves: our own failures show when the folder is used.
 */
export async function blockedAncestor(path: string, user: OsUser): Promise<string | undefined> {
  if (user.uid === undefined) return undefined;
  const blocked: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) blocked.push(folder);
    if (dirname(folder) === folder) return blocked.at(-1);
  }
}

function lookUp(name: string): OsUser | undefined {
  const uid = idOf("-u", name);
  const gid = idOf("-g", name);
  return uid === undefined || gid === undefined ? undefined : { name, uid, gid };
}

function idOf(flag: "-u" | "-g", name: string): number | undefined {
  const { status, stdout } = spawnSync("id", [flag, name], { encoding: "utf8" });
  return status === 0 ? Number(stdout.trim()) : undefined;
}

function userName(uid: number): string {
  const { status, stdout } = spawnSync("id", ["-un", String(uid)], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : String(uid);
}

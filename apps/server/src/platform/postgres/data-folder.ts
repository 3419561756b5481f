import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { blockedAncestor, type OsUser } from "./os-user.ts";
import { SetupError } from "./setup-error.ts";

export async function prepareFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
    await chmod(dataDir, 0o700);
  } catch (error) {
    throw unusableFolder(dataDir, error);
  }
}

/** As root, lets the database's user pass through our folder to its own cluster, and checks the way there. */
export async function openToUser(dataDir: string, user: OsUser): Promise<void> {
  if (user.uid === undefined) return;
  await chmod(dataDir, 0o711);
  const blocked = await blockedAncestor(dataDir, user);
  if (blocked === undefined) return;
  throw new SetupError({
    en: `PostgreSQL does not run as root, and its user "${user.name}" may not enter ${blocked}: choose a data folder outside it, for example JINQIAO_DATA=/var/lib/jinqiao.`,
    zh: `PostgreSQL 不以 root 身份运行，而其用户“${user.name}”无权进入 ${blocked}：请选择其他数据目录，例如 JINQIAO_DATA=/var/lib/jinqiao。`,
  });
}

/** The administrator's password, made before the cluster so that a start cut short finds it again. */
export async function keepPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, "password");
  try {
    const kept = (await readFile(path, "utf8")).trim();
    if (kept !== "") return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unusableFolder(dataDir, error);
  }
  const password = randomBytes(24).toString("base64url");
  await writeFileWhole(path, `${password}\n`).catch((error) => {
    throw unusableFolder(dataDir, error);
  });
  return password;
}

/** Writes aside and renames, so that no reader ever sees half a file. */
export async function writeFileWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

export function unusableFolder(dataDir: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC") return diskFull(dataDir, error);
  if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS" && code !== "ENOTDIR" && code !== "EEXIST") {
    return error as Error;
  }
  return new SetupError(
    {
      en: `The data folder ${dataDir} cannot be used (${code}): give your user the right to write there, or choose another folder with JINQIAO_DATA.`,
      zh: `无法使用数据目录 ${dataDir}（${code}）：请授予当前用户写入权限，或用 JINQIAO_DATA 指定其他目录。`,
    },
    { cause: error },
  );
}

export function diskFull(dataDir: string, cause?: unknown): SetupError {
  return new SetupError(
    {
      en: `The disk that holds ${dataDir} is full: free at least 1 GB there, or choose another folder with JINQIAO_DATA.`,
      zh: `${dataDir} 所在磁盘已满：请至少腾出 1 GB 空间，或用 JINQIAO_DATA 指定其他目录。`,
    },
    { cause },
  );
}

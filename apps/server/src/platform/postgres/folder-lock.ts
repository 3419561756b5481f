import { readFileSync } from "node:fs";
import { link, readFile, rm, unlink, writeFile } from "node:fs/promises";

/** Who holds a folder: the process, and when it began, because process ids are used again. */
type Holder = { pid: number; started: string };

export type FolderLock =
  | {
      held: true /** Whether a killed process held it before. */;
      takenOver: boolean;
      release(): Promise<void>;
    }
  | { held: false /** The process that holds the folder. */; pid: number };

/**
 * Claims a folder for this process through the file at `path`.
 * A lock left by a killed process is taken over; one of a living process is answered with its id.
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? "" };
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    let takenOver = false;
    // Bounded: each round either takes the lock, meets a living holder, or removes one dead holder's file.
    for (let round = 0; round < 5; round += 1) {
      try {
        // link() fails when the name exists, so the file appears whole and to one process only.
        await link(draft, path);
        return { held: true, takenOver, release: () => unlink(path).catch(() => undefined) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = await readHolder(path);
      if (holder && startOf(holder.pid) === holder.started) return { held: false, pid: holder.pid };
      await rm(path, { force: true });
      takenOver = true;
    }
    throw new Error(`The lock ${path} changes hands too fast.`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The living process that holds the lock at `path`, if any; takes nothing. */
export async function folderHolder(path: string): Promise<number | undefined> {
  const holder = await readHolder(path);
  return holder && startOf(holder.pid) === holder.started ? holder.pid : undefined;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, "utf8")) as Partial<Holder>;
    return typeof holder.pid === "number" && typeof holder.started === "string"
      ? { pid: holder.pid, started: holder.started }
      : undefined;
  } catch {
    return undefined;
  }
}

/** A mark that differs between two processes that had the same id; `undefined` when no such process runs. */
function startOf(pid: number): string | undefined {
  try {
    // proc_pid_stat(5): the command name is in parentheses and may hold spaces; `starttime` is field 22.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    if (process.platform === "linux") return undefined;
  }
  try {
    process.kill(pid, 0);
    return "running";
  } catch {
    return undefined;
  }
}

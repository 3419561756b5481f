/**
 * The folder in which bank and company leave files for each other. A file appears under its final name only when it is
 * complete: it is written under a name that starts with a dot and renamed.
 */
import { link, mkdir, readdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the company leaves for the bank, and below it where the bank keeps what it has read or refused. */
const FOLDERS = [
  "to-bank",
  "to-bank/archive",
  "to-bank/rejected",
  "to-bank/withdrawn",
  "from-bank",
  "from-bank/rejected",
] as const;
export type Folder = (typeof FOLDERS)[number];

/** A file that has not grown for so long and still has no end will get none. */
const PATIENCE_MS = 30_000;
const MAX_BYTES = 20_000_000;

export type Incoming =
  | { name: string; state: "complete"; content: string }
  | { name: string; state: "growing" }
  | { name: string; state: "unusable"; why: string };

export interface Area {
  /** Files left for the bank, in order of their names. */
  incoming(): Promise<Incoming[]>;
  /** Takes a file off the company's folder. False when the company took it back meanwhile. */
  archive(name: string): Promise<boolean>;
  /** Puts a file aside with a note that says why, so that it blocks nothing behind it. */
  reject(name: string, why: string): Promise<void>;
  /** Puts a file out, whole or not at all. Writing the same name again replaces it by the same content. */
  putOut(name: string, content: string): Promise<void>;
  /** Writes the first half in place, as a bank does that writes slowly. */
  putOutHalf(name: string, content: string): Promise<void>;
}

export async function openArea(root: string): Promise<Area> {
  for (const folder of FOLDERS) await mkdir(join(root, folder), { recursive: true, mode: 0o700 });
  const at = (folder: Folder, name: string) => join(root, folder, name);
  return {
    async incoming() {
      const entries = await readdir(join(root, "to-bank"), { withFileTypes: true });
      const names = entries
        .filter((entry) => entry.isFile() && !isUnfinishedName(entry.name))
        .map(({ name }) => name)
        .sort();
      return (await Promise.all(names.map((name) => look(at("to-bank", name), name)))).filter(
        (file) => file !== undefined,
      );
    },
    async archive(name) {
      try {
        await rename(at("to-bank", name), at("to-bank/archive", name));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    async reject(name, why) {
      await rename(at("to-bank", name), at("to-bank/rejected", name)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
      await writeFile(at("to-bank/rejected", `${name}.reason.txt`), `${why}\n`, { mode: 0o600 });
    },
    async putOut(name, content) {
      const temporary = at("from-bank", `.${name}.part`);
      await writeFile(temporary, content, { mode: 0o600 });
      await rename(temporary, at("from-bank", name));
    },
    async putOutHalf(name, content) {
      await writeFile(at("from-bank", name), content.slice(0, Math.floor(content.length / 2)), {
        mode: 0o600,
      });
    },
  };
}

/** Names under which programs write what is not finished yet. */
export function isUnfinishedName(name: string): boolean {
  return name.startsWith(".") || /\.(tmp|part|partial|filepart|swp)$|~$/i.test(name);
}

async function look(path: string, name: string): Promise<Incoming | undefined> {
  try {
    const { size, mtimeMs } = await stat(path);
    if (size > MAX_BYTES) return { name, state: "unusable", why: "The file is larger than 20 MB." };
    const content = await readFile(path, "utf8");
    if (/<\/(?:\w+:)?Document>\s*$/.test(content)) return { name, state: "complete", content };
    return Date.now() - mtimeMs < PATIENCE_MS
      ? { name, state: "growing" }
      : { name, state: "unusable", why: "The file breaks off: its end tag is missing." };
  } catch (error) {
    // Taken back by the company between the look at the folder and the look at the file.
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Moves a file without ever replacing one that stands there (SSH_FXP_RENAME of SFTP version 3). */
export async function moveUnlessThere(from: string, to: string): Promise<void> {
  await link(from, to);
  await unlink(from);
}

function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === "ENOENT";
}

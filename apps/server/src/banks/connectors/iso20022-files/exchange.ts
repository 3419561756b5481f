import { link, mkdir, readdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Places of the exchange. We write into `to-bank`; the bank moves what it has read to `archive`, what it cannot use to
 * `rejected`. It writes into `from-bank`; what we cannot use we move to `from-bank/rejected`.
 */
export type Place =
  | "to-bank"
  | "to-bank/archive"
  | "to-bank/rejected"
  | "to-bank/withdrawn"
  | "from-bank"
  | "from-bank/rejected";

export type FoundFile = { name: string; size: number; modifiedMs: number };

/**
 * The folder in which we and a bank leave files for each other. Methods throw {@link ExchangeError}. A file under its
 * final name is complete; it came there by renaming, and never in the place of another.
 */
export type FileExchange = {
  /** Files of a place, without those that are still being written by their name. */
  list(place: Place): Promise<FoundFile[]>;
  has(place: Place, name: string): Promise<boolean>;
  /** Null when it is not there (any more). */
  read(place: Place, name: string): Promise<Uint8Array | null>;
  /** Leaves a file whole or not at all. */
  put(place: Place, name: string, content: string): Promise<void>;
  /** False when it is not there: exactly one of two who move the same file succeeds. */
  move(name: string, from: Place, to: Place): Promise<boolean>;
  close(): Promise<void>;
};

/** `reached` of a failed `put`: "no" is certain that the file did not get its final name. */
export class ExchangeError extends Error {
  readonly reached: "no" | "maybe";
  constructor(message: string, options: { reached: "no" | "maybe"; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "ExchangeError";
    this.reached = options.reached;
  }
}

/** Names under which programs write what is not finished yet. */
export function isUnfinishedName(name: string): boolean {
  return name.startsWith(".") || /\.(tmp|part|partial|filepart|swp)$|~$/i.test(name);
}

export function temporaryName(name: string): string {
  return `.${name}.part`;
}

/** The exchange as a folder of this machine or of a share. */
export function createFolderExchange(root: string): FileExchange {
  const at = (place: Place, name: string) => join(root, place, name);
  return {
    list: (place) =>
      failing("list files", async () => {
        const entries = await readdir(join(root, place), { withFileTypes: true }).catch(emptyWhenMissing);
        const found = await Promise.all(
          entries
            .filter((entry) => entry.isFile() && !isUnfinishedName(entry.name))
            .map(async ({ name }) => {
              const stats = await stat(at(place, name)).catch(() => undefined);
              return stats === undefined ? [] : [{ name, size: stats.size, modifiedMs: stats.mtimeMs }];
            }),
        );
        return found.flat();
      }),
    has: (place, name) =>
      failing("look for a file", () =>
        stat(at(place, name)).then(
          () => true,
          (error: unknown) => {
            if (isMissing(error)) return false;
            throw error;
          },
        ),
      ),
    read: (place, name) =>
      failing("read a file", () =>
        readFile(at(place, name)).catch((error: unknown) => {
          if (isMissing(error)) return null;
          throw error;
        }),
      ),
    async put(place, name, content) {
      const temporary = at(place, temporaryName(name));
      await failing("write a file", async () => {
        await mkdir(join(root, place), { recursive: true, mode: 0o700 });
        await writeFile(temporary, content, { mode: 0o600, flush: true });
      });
      await moveUnlessThere(temporary, at(place, name)).catch((cause: unknown) => {
        // Not certain where the name is taken, perhaps by our own earlier try, or where a share's answer is lost.
        const certain = ["ENOENT", "EACCES", "EPERM"].includes(codeOf(cause));
        throw new ExchangeError("The file could not be given its name.", {
          reached: certain ? "no" : "maybe",
          cause,
        });
      });
    },
    move: (name, from, to) =>
      failing("move a file", async () => {
        await mkdir(join(root, to), { recursive: true, mode: 0o700 });
        try {
          await rename(at(from, name), at(to, name));
          return true;
        } catch (error) {
          if (isMissing(error)) return false;
          throw error;
        }
      }),
    close: async () => undefined,
  };
}

/** Renames without ever replacing: a link fails where the name is taken, a rename would not. */
async function moveUnlessThere(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (error) {
    // Shares without hard links: the name is looked at first, which is all they allow.
    if (!["ENOTSUP", "ENOSYS", "EPERM", "EOPNOTSUPP"].includes(codeOf(error))) throw error;
    if ((await stat(to).catch(() => undefined)) !== undefined)
      throw Object.assign(new Error("the name is taken"), { code: "EEXIST" });
    await rename(from, to);
  }
}

async function failing<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new ExchangeError(`The exchange could not ${doing} (${codeOf(cause) || "failed"}).`, {
      reached: "no",
      cause,
    });
  }
}

function emptyWhenMissing(error: unknown): [] {
  if (isMissing(error)) return [];
  throw error;
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? "");
}

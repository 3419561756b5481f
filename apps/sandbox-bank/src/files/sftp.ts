/** The bank's SFTP server: one company account, which sees the exchange folder and nothing else. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type FileHandle, open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Attributes, FileEntry, SFTPWrapper } from "ssh2";
import ssh2 from "ssh2";
import type { Bank } from "../context.ts";
import { readSetting } from "../database.ts";
import { type FaultOperation, takeCallFault } from "../faults/faults.ts";
import { moveUnlessThere } from "./area.ts";

const { utils } = ssh2;
const { OPEN_MODE, STATUS_CODE } = utils.sftp;
export const SFTP_USER = "company";

export interface Sftp {
  port: number;
  close(): Promise<void>;
}

/**
 * Starts the server on a port of the loopback interface (0 takes any). The log-in is the user name {@link SFTP_USER}
 * with the script token; a real bank would hand out a key.
 */
export async function startSftp(bank: Bank, root: string, port: number): Promise<Sftp> {
  const connections = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [await hostKey(bank)] }, (client) => {
    connections.add(client);
    client.on("close", () => connections.delete(client));
    client.on("error", () => {});
    // Small packets go out at once: otherwise each of a file's five messages waits for an acknowledgement.
    (client as unknown as ssh2.Client).setNoDelay(true);
    client.on("authentication", (attempt) => {
      const right =
        attempt.method === "password" &&
        attempt.username === SFTP_USER &&
        isSame(attempt.password, bank.scriptToken);
      if (right) attempt.accept();
      else attempt.reject(["password"]);
    });
    client.on("session", (accept) => {
      accept().on("sftp", (acceptSftp) => serveFiles(bank, root, acceptSftp(), () => client.end()));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    close() {
      for (const client of connections) client.end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Fingerprint of the server's key as OpenSSH shows it, without `SHA256:`; the company pins it. */
export async function hostFingerprint(bank: Bank): Promise<string> {
  const parsed = utils.parseKey(await hostKey(bank));
  if (parsed instanceof Error) throw parsed;
  return createHash("sha256").update(parsed.getPublicSSH()).digest("base64").replace(/=+$/, "");
}

async function hostKey(bank: Bank): Promise<string> {
  const made = utils.generateKeyPairSync("ed25519").private;
  await bank.db.query(
    "INSERT INTO settings (key, value) VALUES ('sftp_key', $1) ON CONFLICT (key) DO NOTHING",
    [JSON.stringify(made)],
  );
  return (await readSetting<string>(bank.db, "sftp_key")) ?? made;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What a handle stands for. `end`: a scripted fault lets the file end there. */
interface Opened {
  file?: FileHandle;
  entries?: FileEntry[];
  end?: number;
}

/** SFTP version 3 (draft-ietf-secsh-filexfer-02), as far as exchanging files needs it. */
function serveFiles(bank: Bank, root: string, sftp: SFTPWrapper, hangUp: () => void): void {
  const handles = new Map<number, Opened>();
  /** Requests whose answers a scripted fault loses. */
  const silent = new Set<number>();
  const told = { status: sftp.status.bind(sftp), handle: sftp.handle.bind(sftp) };
  sftp.status = (id, ...rest) => void (silent.has(id) || told.status(id, ...rest));
  sftp.handle = (id, handle) => void (silent.has(id) || told.handle(id, handle));
  let next = 0;
  const keep = (opened: Opened) => {
    next += 1;
    handles.set(next, opened);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(next);
    return handle;
  };
  const kept = (handle: Buffer) => (handle.length === 4 ? handles.get(handle.readUInt32BE()) : undefined);
  const answer = (id: number, work: () => Promise<void>) => {
    work().catch((error: { code?: string }) => {
      const missing = error.code === "ENOENT";
      sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    });
  };
  /** The same under scripted faults. Of a fault "after" only the answer is lost: `work` must not have given it yet. */
  const faulty = (id: number, operation: FaultOperation, work: (cut: boolean) => Promise<void>) => {
    answer(id, async () => {
      const fault = await takeCallFault(bank.db, operation, null);
      const action = fault?.action ?? "";
      if (action === "refuse") return sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
      if (action === "error") return sftp.status(id, STATUS_CODE.FAILURE);
      if (action === "delay" || action === "timeout-before") await sleep(fault?.delayMs);
      if (action.endsWith("-before")) return hangUp();
      if (!action.endsWith("-after")) return work(action === "cut-answer");
      silent.add(id);
      await work(false);
      if (action === "timeout-after") await sleep(fault?.delayMs);
      hangUp();
    });
  };
  const inside = (path: string) => join(root, join("/", path));

  sftp.on("REALPATH", (id, path) => {
    sftp.name(id, [{ filename: join("/", path), longname: "", attrs: {} as Attributes }]);
  });
  for (const event of ["STAT", "LSTAT"] as const) {
    sftp.on(event as "STAT", (id, path) => {
      answer(id, async () => sftp.attrs(id, attributesOf(await stat(inside(path)))));
    });
  }
  sftp.on("OPENDIR", (id, path) => {
    faulty(id, "listFiles", async () => {
      const names = await readdir(inside(path), { withFileTypes: true });
      const entries = await Promise.all(
        names.map(async ({ name }) => {
          const found = await stat(join(inside(path), name)).catch(() => undefined);
          return found === undefined ? [] : [{ filename: name, longname: name, attrs: attributesOf(found) }];
        }),
      );
      sftp.handle(id, keep({ entries: entries.flat() }));
    });
  });
  sftp.on("READDIR", (id, handle) => {
    const entries = kept(handle)?.entries ?? [];
    if (entries.length === 0) sftp.status(id, STATUS_CODE.EOF);
    else sftp.name(id, entries.splice(0, 100));
  });
  sftp.on("OPEN", (id, path, flags) => {
    const writes = (flags & OPEN_MODE.WRITE) !== 0;
    const opens = async (cut: boolean) => {
      const file = await open(inside(path), writes ? "w" : "r", 0o600);
      const end = cut ? Math.floor((await file.stat()).size / 2) : undefined;
      sftp.handle(id, keep({ file, ...(end === undefined ? {} : { end }) }));
    };
    if (writes) answer(id, () => opens(false));
    else faulty(id, "getFile", opens);
  });
  sftp.on("READ", (id, handle, offset, length) => {
    answer(id, async () => {
      const opened = kept(handle);
      const left = opened?.end === undefined ? length : Math.max(0, opened.end - offset);
      const buffer = Buffer.alloc(Math.min(length, left, 65_536));
      const { bytesRead } = (await opened?.file?.read(buffer, 0, buffer.length, offset)) ?? {
        bytesRead: 0,
      };
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
    });
  });
  sftp.on("WRITE", (id, handle, offset, data) => {
    answer(id, async () => {
      await kept(handle)?.file?.write(data, 0, data.length, offset);
      sftp.status(id, STATUS_CODE.OK);
    });
  });
  sftp.on("FSTAT", (id, handle) => {
    answer(id, async () => {
      const found = await kept(handle)?.file?.stat();
      if (found === undefined) sftp.status(id, STATUS_CODE.FAILURE);
      else sftp.attrs(id, attributesOf(found));
    });
  });
  for (const event of ["SETSTAT", "FSETSTAT"] as const) {
    sftp.on(event, (id: number) => {
      sftp.status(id, STATUS_CODE.OK);
    });
  }
  sftp.on("CLOSE", (id, handle) => {
    answer(id, async () => {
      await kept(handle)?.file?.close();
      if (handle.length === 4) handles.delete(handle.readUInt32BE());
      sftp.status(id, STATUS_CODE.OK);
    });
  });
  sftp.on("REMOVE", (id, path) => {
    answer(id, async () => {
      await unlink(inside(path));
      sftp.status(id, STATUS_CODE.OK);
    });
  });
  sftp.on("RENAME", (id, from, to) => {
    faulty(id, "putFile", async () => {
      await moveUnlessThere(inside(from), inside(to));
      sftp.status(id, STATUS_CODE.OK);
    });
  });
  sftp.on("close", () => {
    for (const { file } of handles.values()) void file?.close().catch(() => {});
    handles.clear();
  });
}

function attributesOf(found: Awaited<ReturnType<typeof stat>>): Attributes {
  return {
    mode: Number(found.mode),
    uid: 0,
    gid: 0,
    size: Number(found.size),
    atime: Math.floor(Number(found.atimeMs) / 1_000),
    mtime: Math.floor(Number(found.mtimeMs) / 1_000),
  };
}

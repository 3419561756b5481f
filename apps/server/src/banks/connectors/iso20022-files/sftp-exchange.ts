import { createHash, timingSafeEqual } from "node:crypto";
import { posix } from "node:path";
import { Client, type SFTPWrapper } from "ssh2";
import { ExchangeError, type FileExchange, isUnfinishedName, type Place, temporaryName } from "./exchange.ts";
import type { Exchange } from "./settings.ts";

type SftpSettings = Extract<Exchange, { kind: "sftp" }>;
type Connection = { client: Client; sftp: SFTPWrapper };

/** Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7). */
const noSuchFile = 2;
/**
 * Statuses by which the server says that it did not do it: no such file, permission denied, not offered. The general
 * "failure" is not among them: it is also the answer when the name is taken, by our own earlier try.
 */
const refusals: readonly number[] = [noSuchFile, 3, 8];

/**
 * The exchange at the bank, by SFTP version 3. One connection, opened when needed and again after it was lost. The
 * server's key must be the pinned one.
 */
export function createSftpExchange(settings: SftpSettings, timeoutMs: number): FileExchange {
  let opening: Promise<Connection> | undefined;
  const at = (place: Place, name = "") => posix.join(settings.path, place, name);

  function connection(): Promise<Connection> {
    opening ??= connect(settings, timeoutMs, () => {
      opening = undefined;
    });
    return opening;
  }

  /** One call; a connection that breaks or stays silent ends it. `reached` is what a failure on the way means. */
  async function call<T>(
    reached: "no" | "maybe",
    work: (sftp: SFTPWrapper, done: (error: Error | null | undefined, value?: T) => void) => void,
  ): Promise<T> {
    const { client, sftp } = await connection();
    return new Promise<T>((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        client.off("close", onClose);
        settle();
      };
      const fail = (message: string, cause?: unknown) =>
        end(() => reject(new ExchangeError(message, { reached, cause })));
      const onClose = () => fail("The connection to the bank's file server was lost.");
      const timer = setTimeout(() => {
        client.destroy();
        fail("The bank's file server did not answer in time.");
      }, timeoutMs);
      client.once("close", onClose);
      work(sftp, (error, value) => {
        if (error == null) return end(() => resolve(value as T));
        const said = statusOf(error);
        // A refusal by the server is certain; an error without a status is a broken connection.
        end(() =>
          reject(
            new ExchangeError("The bank's file server refused.", {
              reached: said !== undefined && refusals.includes(said) ? "no" : reached,
              cause: error,
            }),
          ),
        );
      });
    });
  }

  const missing = (error: unknown) => error instanceof ExchangeError && statusOf(error.cause) === noSuchFile;

  return {
    async list(place) {
      try {
        const entries = await call<
          { filename: string; attrs: { size: number; mtime: number; mode: number } }[]
        >("no", (sftp, done) => sftp.readdir(at(place), done));
        return entries
          .filter(
            ({ filename, attrs }) => (attrs.mode & 0o170000) === 0o100000 && !isUnfinishedName(filename),
          )
          .map(({ filename, attrs }) => ({
            name: filename,
            size: attrs.size,
            modifiedMs: attrs.mtime * 1_000,
          }));
      } catch (error) {
        if (missing(error)) return [];
        throw error;
      }
    },
    async has(place, name) {
      try {
        await call<unknown>("no", (sftp, done) => sftp.stat(at(place, name), done));
        return true;
      } catch (error) {
        if (missing(error)) return false;
        throw error;
      }
    },
    async read(place, name) {
      try {
        return await call<Buffer>("no", (sftp, done) => sftp.readFile(at(place, name), done));
      } catch (error) {
        if (missing(error)) return null;
        throw error;
      }
    },
    async put(place, name, content) {
      const temporary = at(place, temporaryName(name));
      await call<void>("no", (sftp, done) => sftp.writeFile(temporary, content, { mode: 0o600 }, done));
      // From here on the bank may take the file, whether or not its answer reaches us.
      await call<void>("maybe", (sftp, done) => sftp.rename(temporary, at(place, name), done));
    },
    async move(name, from, to) {
      try {
        await call<void>("maybe", (sftp, done) => sftp.rename(at(from, name), at(to, name), done));
        return true;
      } catch (error) {
        if (missing(error)) return false;
        throw error;
      }
    },
    async close() {
      const open = await opening?.catch(() => undefined);
      opening = undefined;
      if (open === undefined) return;
      await new Promise<void>((resolve) => {
        open.client.once("close", () => resolve());
        open.client.end();
      });
    },
  };
}

function connect(settings: SftpSettings, timeoutMs: number, onEnd: () => void): Promise<Connection> {
  const expected = Buffer.from(settings.hostFingerprint, "base64");
  return new Promise((resolve, reject) => {
    const client = new Client();
    const fail = (cause: unknown) => {
      onEnd();
      client.destroy();
      reject(new ExchangeError("The bank's file server cannot be reached.", { reached: "no", cause }));
    };
    client.on("error", fail);
    client.on("close", () => {
      onEnd();
      fail(new Error("the connection was closed"));
    });
    client.once("ready", () => {
      // Small packets go out at once: otherwise each of a file's five messages waits for an acknowledgement.
      client.setNoDelay(true);
      client.sftp((error, sftp) => (error ? fail(error) : resolve({ client, sftp })));
    });
    client.connect({
      host: settings.host,
      port: settings.port,
      username: settings.username,
      ...(settings.password === undefined ? {} : { password: settings.password }),
      ...(settings.privateKey === undefined ? {} : { privateKey: settings.privateKey }),
      readyTimeout: timeoutMs,
      keepaliveInterval: 15_000,
      hostVerifier: (key: Buffer) => {
        const given = createHash("sha256").update(key).digest();
        return given.length === expected.length && timingSafeEqual(given, expected);
      },
    });
  });
}

function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "number" ? code : undefined;
}

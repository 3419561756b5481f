import { randomBytes } from "node:crypto";
import { chmod, open, readFile, rename, stat } from "node:fs/promises";
import { bound, decrypt, derive, encrypt, fromBase64url } from "../sealing.ts";
import { keyIdOf } from "../single-key.ts";
import { type KeyProvider, VaultError } from "../types.ts";

/** Changed when the way keys are wrapped changes. */
const form = "f1";

/**
 * Wraps data keys with a master key that the operator keeps in a file. HKDF-SHA-256 makes the wrapping key from it, so
 * that the master key is used for one purpose under one name.
 * @param options.keys the newest first; each 32 bytes. Older ones only unwrap
 * @param options.file secrets file that is read again when a key is missing, and that `rotate` writes
 */
export function createFileKeyProvider(options: { keys: readonly Uint8Array[]; file?: string }): KeyProvider {
  const { file } = options;
  let keys = options.keys.map(asKey);
  if (keys.length === 0) throw new VaultError("The file key provider needs a key.");

  /** Another process may have changed the file since we read it. */
  async function readAgain(): Promise<void> {
    if (file === undefined) return;
    const { vaultKey, previousVaultKeys = [] } = await readSecrets(file);
    if (vaultKey === undefined) return;
    keys = [vaultKey, ...previousVaultKeys].map((text) => asKey(Buffer.from(text, "base64")));
  }

  const describe: KeyProvider["describe"] = async () => {
    const createdAt = file === undefined ? undefined : (await readSecrets(file)).vaultKeyCreatedAt;
    return {
      provider: "file",
      id: newest().id,
      place: file ?? "memory",
      createdAt: createdAt === undefined ? null : new Date(createdAt),
    };
  };
  const newest = () => keys[0] as MasterKey;

  return {
    name: "file",
    async wrap(key, context) {
      await readAgain();
      const { id, wrapping } = newest();
      const sealed = encrypt(wrapping, key, bound(form, id, context), randomBytes);
      return { wrapped: `${form}.${id}.${sealed.toString("base64url")}`, kek: id };
    },
    async unwrap(wrapped, context) {
      const [found, id = "", payload = "", ...rest] = wrapped.split(".");
      if (found !== form || rest.length > 0) throw new VaultError("A wrapped key is not in a known form.");
      const has = () => keys.find((key) => key.id === id);
      if (has() === undefined) await readAgain();
      const key = has();
      if (key === undefined)
        throw new VaultError(
          `A data key needs vault key ${id}; the secrets file has ${keys.map((known) => known.id).join(", ")}. Start with the secrets file that this database was made with.`,
        );
      return decrypt(key.wrapping, fromBase64url(payload), bound(form, id, context));
    },
    describe,
    async rotate() {
      if (file === undefined)
        throw new VaultError("The vault key was given without its file, so no new one can be kept.");
      const secrets = await readSecrets(file);
      await writeSecrets(file, {
        ...secrets,
        vaultKey: randomBytes(32).toString("base64"),
        vaultKeyCreatedAt: new Date().toISOString(),
        previousVaultKeys: [
          ...(secrets.vaultKey === undefined ? [] : [secrets.vaultKey]),
          ...(secrets.previousVaultKeys ?? []),
        ],
      });
      await readAgain();
      return describe();
    },
    close: async () => {},
  };
}

/**
 * Takes older vault keys out of the secrets file, once nothing is wrapped with them.
 * @param stillNeeded ids that stay
 * @returns ids that are gone
 */
export async function forgetPreviousKeys(file: string, stillNeeded: ReadonlySet<string>): Promise<string[]> {
  const secrets = await readSecrets(file);
  const { previousVaultKeys = [], ...rest } = secrets;
  const idOf = (text: string) => keyIdOf(Buffer.from(text, "base64"));
  const kept = previousVaultKeys.filter((text) => stillNeeded.has(idOf(text)));
  if (kept.length === previousVaultKeys.length) return [];
  await writeSecrets(file, kept.length === 0 ? rest : { ...rest, previousVaultKeys: kept });
  return previousVaultKeys.filter((text) => !kept.includes(text)).map(idOf);
}

type MasterKey = { id: string; wrapping: Buffer };
type SecretsFile = {
  vaultKey?: string;
  vaultKeyCreatedAt?: string;
  previousVaultKeys?: string[];
  [more: string]: unknown;
};

function asKey(master: Uint8Array): MasterKey {
  if (master.length !== 32) throw new VaultError("The vault key must be 32 bytes in base64.");
  return { id: keyIdOf(master), wrapping: derive(master, Buffer.alloc(0), "jinqiao/v2/wrap") };
}

async function readSecrets(file: string): Promise<SecretsFile> {
  return JSON.parse(await readFile(file, "utf8")) as SecretsFile;
}

/** Whole or not at all, also when the machine stops in between; and as private as it was. */
async function writeSecrets(file: string, secrets: SecretsFile): Promise<void> {
  const mode = (await stat(file)).mode & 0o700;
  const draft = `${file}.${process.pid}`;
  const handle = await open(draft, "w", mode);
  try {
    await handle.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(draft, mode);
  await rename(draft, file);
}

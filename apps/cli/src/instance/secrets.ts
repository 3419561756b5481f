import { randomBytes } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/** Secrets of one installation, made at its first start and kept in files that only their owner can read. */
export type Secrets = {
  /** File with `{ vaultKey, sessionSecret }` (32 random bytes each, base64), read by the server. */
  serverFile: string;
  /** Opens the sandbox bank's script interface. */
  scriptToken: string;
};

/** Reads the installation's secrets, making those that are missing. */
export async function keepSecrets(dataDir: string): Promise<Secrets> {
  const serverFile = join(dataDir, "secrets.json");
  if ((await readJson(serverFile)) === undefined) {
    await writePrivateJson(serverFile, {
      vaultKey: secret("base64"),
      // Tells how old the key is, when it is asked whether to rotate it.
      vaultKeyCreatedAt: new Date().toISOString(),
      sessionSecret: secret("base64"),
    });
  }
  const bankFile = join(dataDir, "sandbox-bank.json");
  const kept = (await readJson(bankFile)) as { scriptToken?: string } | undefined;
  const scriptToken = kept?.scriptToken ?? secret("base64url");
  if (kept?.scriptToken === undefined) await writePrivateJson(bankFile, { scriptToken });
  return { serverFile, scriptToken };
}

/** The parsed file, or `undefined` when there is none. A file that is no JSON is an error: it is never overwritten. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes JSON that only the owner can read; whole or not at all, also when the machine stops in between. */
export async function writePrivateJson(path: string, value: unknown): Promise<void> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

function secret(encoding: "base64" | "base64url"): string {
  return randomBytes(32).toString(encoding);
}

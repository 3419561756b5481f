import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { ConfigError } from "./config-error.ts";

/** Which keys the vault stands on, and where they are. */
export type KeyConfig = {
  /** Master key of the secrets file, 32 bytes; undefined where another provider holds every key. */
  vaultKey: Buffer | undefined;
  /** Those before it: they open what has not been wrapped again. */
  previousVaultKeys?: Buffer[];
  /** The file itself: it is read again when a key is missing, and a new key is written there. */
  secretsFile?: string;
  /** Undefined = the secrets file. */
  keyProvider?: KeyProviderConfig;
  /** The one that was used before: it unwraps what has not been moved yet. */
  keyProviderBefore?: KeyProviderConfig;
};
export type KeyProviderConfig =
  | { name: "file" }
  | { name: "pkcs11"; library: string; token: string; pin: string; label?: string | undefined }
  | {
      name: "transit";
      url: string;
      key: string;
      token: () => Promise<string>;
      mount?: string | undefined;
      namespace?: string | undefined;
    };

type Read = (name: string) => string | undefined;

const key = z.string().transform((text, context) => {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 32) return bytes;
  context.addIssue("not 32 bytes of base64");
  return z.NEVER;
});
const secretsFile = z.object({
  vaultKey: key.optional(),
  previousVaultKeys: z.array(key).optional(),
  sessionSecret: key,
});

/**
 * Reads what the vault stands on: `JINQIAO_KEY_PROVIDER` and the secrets file.
 * @throws ConfigError for the first value that cannot be used
 */
export function readKeyConfig(env: NodeJS.ProcessEnv = process.env): KeyConfig & { sessionSecret: Buffer } {
  const read: Read = (name) => env[name] || undefined;
  const path = read("JINQIAO_SECRETS_FILE");
  if (path === undefined)
    throw new ConfigError(
      'JINQIAO_SECRETS_FILE is not set: name a file with {"vaultKey", "sessionSecret"}, each 32 random bytes in base64.',
    );
  const keyProvider = providerOf(read, read("JINQIAO_KEY_PROVIDER") ?? "file");
  const before = read("JINQIAO_KEY_PROVIDER_BEFORE");
  const parsed = secretsFile.safeParse(readPrivateJson(path, "JINQIAO_SECRETS_FILE"));
  const fields = parsed.success
    ? keyProvider.name === "file" && parsed.data.vaultKey === undefined
      ? ["vaultKey"]
      : []
    : parsed.error.issues.map((issue) => issue.path.join("."));
  if (!parsed.success || fields.length > 0)
    throw new ConfigError(
      `JINQIAO_SECRETS_FILE (${path}) has no usable ${fields.join(" and ") || "content"}: each must be 32 random bytes in base64.`,
    );
  const { vaultKey, previousVaultKeys, sessionSecret } = parsed.data;
  return {
    vaultKey,
    ...(previousVaultKeys === undefined ? {} : { previousVaultKeys }),
    secretsFile: resolve(path),
    ...(keyProvider.name === "file" ? {} : { keyProvider }),
    // The secrets file always unwraps.
    ...(before === undefined || before === "file" ? {} : { keyProviderBefore: providerOf(read, before) }),
    sessionSecret,
  };
}

function providerOf(read: Read, name: string): KeyProviderConfig {
  const needed = (variable: string, what: string): string => {
    const value = read(variable);
    if (value !== undefined) return value;
    throw new ConfigError(`${variable} is not set: the key provider ${name} needs ${what}.`);
  };
  switch (name) {
    case "file":
      return { name };
    case "pkcs11":
      return {
        name,
        library: needed("JINQIAO_PKCS11_LIBRARY", "the path of the token's PKCS#11 library"),
        token: needed("JINQIAO_PKCS11_TOKEN", "the label of the token"),
        pin: readPrivateText(
          needed("JINQIAO_PKCS11_PIN_FILE", "a file with the user PIN of the token"),
          "JINQIAO_PKCS11_PIN_FILE",
        ),
        label: read("JINQIAO_PKCS11_LABEL"),
      };
    case "transit": {
      const url = needed("JINQIAO_TRANSIT_URL", "the address of HashiCorp Vault");
      const parsed = URL.canParse(url) ? new URL(url) : undefined;
      const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(parsed?.hostname ?? "");
      if (parsed?.protocol !== "https:" && !(parsed?.protocol === "http:" && loopback))
        throw new ConfigError(
          "JINQIAO_TRANSIT_URL cannot be used: give an https address, because keys travel on it.",
        );
      const tokenFile = needed("JINQIAO_TRANSIT_TOKEN_FILE", "a file with a token of HashiCorp Vault");
      readPrivateText(tokenFile, "JINQIAO_TRANSIT_TOKEN_FILE");
      return {
        name,
        url: url.replace(/\/+$/, ""),
        key: needed("JINQIAO_TRANSIT_KEY", "the name of a key of the transit engine"),
        token: async () => (await readFile(tokenFile, "utf8")).trim(),
        mount: read("JINQIAO_TRANSIT_MOUNT"),
        namespace: read("JINQIAO_TRANSIT_NAMESPACE"),
      };
    }
    default:
      throw new ConfigError(
        `"${name}" is no key provider: set JINQIAO_KEY_PROVIDER to one of file, pkcs11, transit.`,
      );
  }
}

function readPrivateJson(path: string, variable: string): unknown {
  const text = readPrivateText(path, variable);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the file, which holds secrets.
    throw new ConfigError(`${variable} names ${path}, which is no JSON: name a readable JSON file.`);
  }
}

/** @throws ConfigError also when the file can be read by anybody but its owner, where the system knows owners */
function readPrivateText(path: string, variable: string): string {
  try {
    const { mode } = statSync(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw new ConfigError(
        `${variable} names ${path}, which others than its owner may read: close it with "chmod 600 ${path}".`,
      );
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      `${variable} names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}): name a readable file.`,
    );
  }
}

import type { KeyConfig } from "../../platform/config.ts";
import { type KeyProvider, VaultError } from "../types.ts";
import { createFileKeyProvider } from "./file.ts";

export { forgetPreviousKeys } from "./file.ts";

/**
 * The key providers of an installation: the configured one first, and behind it the file, should there still be keys
 * that it wrapped. Those that need a library or a network load and connect here.
 * @throws VaultError in one sentence when the configured one cannot be used
 */
export async function createKeyProviders(config: KeyConfig): Promise<KeyProvider[]> {
  const { vaultKey, previousVaultKeys = [], secretsFile, keyProvider = { name: "file" } } = config;
  const file =
    vaultKey === undefined
      ? []
      : [
          createFileKeyProvider({
            keys: [vaultKey, ...previousVaultKeys],
            ...(secretsFile === undefined ? {} : { file: secretsFile }),
          }),
        ];
  switch (keyProvider.name) {
    case "file":
      if (file.length === 0) throw new VaultError("The secrets file has no vaultKey.");
      return file;
    case "pkcs11": {
      const { createPkcs11KeyProvider } = await import("./pkcs11.ts");
      return [await createPkcs11KeyProvider(keyProvider), ...file];
    }
    case "transit": {
      const { createTransitKeyProvider } = await import("./transit.ts");
      return [createTransitKeyProvider(keyProvider), ...file];
    }
  }
}

import type { KeyConfig, KeyProviderConfig } from "../../platform/config.ts";
import { type KeyProvider, VaultError } from "../types.ts";
import { createFileKeyProvider } from "./file.ts";

export { forgetPreviousKeys } from "./file.ts";

/**
 * The key providers of an installation: the configured one first, then the one before it and the secrets file, should
 * there still be keys that they wrapped. Those that need a library load it here.
 * @throws VaultError in one sentence when one of them cannot be used
 */
export async function createKeyProviders(config: KeyConfig): Promise<KeyProvider[]> {
  const { vaultKey, previousVaultKeys = [], secretsFile, keyProvider, keyProviderBefore } = config;
  const file =
    vaultKey === undefined
      ? []
      : [
          createFileKeyProvider({
            keys: [vaultKey, ...previousVaultKeys],
            ...(secretsFile === undefined ? {} : { file: secretsFile }),
          }),
        ];
  const [now, before] = [await storeOf(keyProvider), await storeOf(keyProviderBefore)];
  const providers = [...now, ...(now.length === 0 ? [...file, ...before] : [...before, ...file])];
  if (providers.length === 0) throw new VaultError("The secrets file has no vaultKey.");
  return providers;
}

async function storeOf(config: KeyProviderConfig | undefined): Promise<KeyProvider[]> {
  switch (config?.name) {
    case undefined:
    case "file":
      return [];
    case "pkcs11": {
      const { createPkcs11KeyProvider } = await import("./pkcs11.ts");
      return [await createPkcs11KeyProvider(config)];
    }
    case "transit": {
      const { createTransitKeyProvider } = await import("./transit.ts");
      return [createTransitKeyProvider(config)];
    }
  }
}

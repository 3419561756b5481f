import { bindToSubject, type ErasureObstacle, eraseCustomer, erasureObstacles } from "./erasure.ts";
import { type AuditDraft, createAudit } from "./identity/index.ts";
import { systemClock } from "./platform/clock.ts";
import { createDb, type Tx } from "./platform/db.ts";
import { createIds } from "./platform/ids.ts";
import { readKeyConfig } from "./platform/key-config.ts";
import { indexedColumns, sealedColumns } from "./sealed-columns.ts";
import { createKeyProviders, forgetPreviousKeys, type OpenVault, openVault } from "./vault/index.ts";

export { type ErasureObstacle, usualRetentionYears } from "./erasure.ts";
export { ConfigError } from "./platform/config-error.ts";
export { type KeyStatus, publishMs, VaultError } from "./vault/index.ts";

/** The database holds no keys: no server of this version has run on it. */
export class NoKeys extends Error {}

/** What an operator does with the keys of an installation while its servers run. */
export type Keys = Pick<
  OpenVault,
  "keys" | "rotate" | "rotateKeyEncryptionKey" | "rewrap" | "reseal" | "reindex"
> & {
  /** Takes older master keys out of the secrets file that no data key needs any more; answers their ids. */
  forgetPrevious(): Promise<string[]>;
  /** Erases a customer, or answers what stands in the way. */
  erase(customerId: string, options: { retentionYears: number; dryRun: boolean }): Promise<ErasureObstacle[]>;
  close(): Promise<void>;
};

/**
 * Opens the keys of a database as the server does, with the same settings.
 * @param options.env holds `JINQIAO_SECRETS_FILE` and the settings of the key provider
 * @throws NoKeys, ConfigError, VaultError
 */
export async function openKeys(options: { databaseUrl: string; env: NodeJS.ProcessEnv }): Promise<Keys> {
  const config = readKeyConfig(options.env);
  const db = createDb({ url: options.databaseUrl, maxConnections: 2, applicationName: "jinqiao-keys" });
  const undo: (() => Promise<void>)[] = [() => db.close()];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const [found] = await db.query<{ found: boolean }>(
      "SELECT to_regclass('vault.data_key') IS NOT NULL AS found",
    );
    if (found?.found !== true) throw new NoKeys("no table vault.data_key");
    const vault = await openVault({
      databaseUrl: options.databaseUrl,
      providers: await createKeyProviders(config),
      columns: sealedColumns,
      indexed: indexedColumns,
      clock: systemClock,
      listen: false,
      ...(config.vaultKey ? { firstMaster: config.vaultKey } : {}),
    });
    undo.push(() => vault.close());
    const audit = createAudit({ db, clock: systemClock, ids: createIds(systemClock), vault });
    /** What is done on the machine itself stands in the trail like what staff do; nobody is signed in here. */
    const record = (tx: Tx, draft: Omit<AuditDraft, "actor">) =>
      audit.record(tx, { actor: { kind: "operator" }, ...draft });
    return {
      keys: vault.keys,
      async rotate(only) {
        const made = await vault.rotate(only);
        const details = { keys: String(made.length), table: only?.class ?? null };
        await db.transaction((tx) => record(tx, { action: "keys.rotated", details }));
        return made;
      },
      async rotateKeyEncryptionKey() {
        const done = await vault.rotateKeyEncryptionKey();
        const details = { provider: done.keyEncryptionKey.provider, key: done.keyEncryptionKey.id };
        await db.transaction((tx) => record(tx, { action: "keys.master_rotated", details }));
        return done;
      },
      rewrap: vault.rewrap,
      reseal: vault.reseal,
      reindex: vault.reindex,
      async forgetPrevious() {
        if (config.secretsFile === undefined) return [];
        const { dataKeys } = await vault.keys();
        const needed = dataKeys.filter((key) => key.provider === "file").map((key) => key.kek);
        return forgetPreviousKeys(config.secretsFile, new Set(needed));
      },
      async erase(customerId, { retentionYears, dryRun }) {
        const now = systemClock.now();
        const obstacles = await erasureObstacles(db, customerId, { now, retentionYears });
        if (dryRun || obstacles.length > 0) return obstacles;
        const { failed } = await bindToSubject(vault, customerId);
        if (failed.length > 0)
          throw new Error(
            `${failed.length} values of ${customerId} do not open, so they cannot be bound to the person first: ${failed[0]?.reason}`,
          );
        await db.transaction(async (tx) => {
          await eraseCustomer(tx, { vault, clock: systemClock }, customerId, { retentionYears });
          await record(tx, {
            action: "customer.erased",
            subject: customerId,
            details: { retentionYears: String(retentionYears) },
          });
        });
        return [];
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

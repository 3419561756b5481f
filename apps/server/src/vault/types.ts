import type { Queryable } from "../platform/db.ts";

/** Where a secret lies. It is bound to the ciphertext, so that a value moved to another place does not open. */
export type VaultContext = {
  /** Schema and table, e.g. `banks.consent`. Each table has data keys of its own. */
  table: string;
  column: string;
  /** Id of the row. */
  row: string;
  /**
   * The person (customer id) whose data this is. What is sealed for a subject cannot be read by anybody any more once
   * the subject was shredded. Call `await vault.ready({ subjects })` before sealing or opening for a subject.
   */
  subject?: string;
};

/** Keeps secrets at rest. Sealed values are text that names its key: `v2.<data key id>.<base64url of the rest>`. */
export type Vault = {
  /** @throws VaultError when the table is not registered, or its subject is not ready or was erased */
  seal(context: VaultContext, plaintext: string | Uint8Array): string;
  /**
   * A value that was sealed before its column had a subject opens with one as well; the other way round it does not.
   * @throws VaultError when the value was changed, moved, or sealed with a key that is not here; `shredded` is true
   * when its subject was erased
   */
  open(context: VaultContext, sealed: string): string;
  openBytes(context: VaultContext, sealed: string): Buffer;
  /**
   * A keyed hash (HMAC-SHA-256) for finding equal values without storing them. Equal values of one table and
   * column give equal indexes; without the key nobody can try values against it.
   */
  blindIndex(context: Pick<VaultContext, "table" | "column">, value: string): Buffer;
  /**
   * Loads the keys of these subjects, making those of new ones, so that `seal` and `open` need not wait. Cheap when
   * they are loaded already; shredded subjects are no error here. Give all subjects of a list in one call. It commits
   * on a connection of its own, so that a transaction that rolls back never takes a key with it.
   */
  ready(needs: { subjects: Iterable<string> }): Promise<void>;
  /** Destroys the key of a subject when `tx` commits: nothing sealed for it opens again, on any process. */
  shred(tx: Queryable, subject: string): Promise<void>;
};

export class VaultError extends Error {
  /** True when the value belongs to a person whose data was erased: it is gone for good, and nothing is broken. */
  readonly shredded: boolean;
  constructor(message: string, options: { shredded?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "VaultError";
    this.shredded = options.shredded ?? false;
  }
}

/**
 * Where the key-encryption key is. It wraps data keys, never data; with a key store (PKCS#11, HashiCorp Vault) it never
 * leaves that store.
 */
export type KeyProvider = {
  /** Stands beside each data key that it wrapped. */
  readonly name: "file" | "pkcs11" | "transit";
  /**
   * @param context bound to the wrapped key: it does not unwrap under another one
   * @returns text for `unwrap`, and which of the provider's keys did it
   */
  wrap(key: Uint8Array, context: string): Promise<{ wrapped: string; kek: string }>;
  /** @throws VaultError when the key-encryption key is not here, or the text was changed or moved */
  unwrap(wrapped: string, context: string): Promise<Buffer>;
  /** The key that wraps now. */
  describe(): Promise<KeyEncryptionKey>;
  /** Makes a new key-encryption key; the older ones still unwrap. */
  rotate(): Promise<KeyEncryptionKey>;
  close(): Promise<void>;
};
export type KeyEncryptionKey = {
  provider: KeyProvider["name"];
  id: string;
  /** Where it is kept, in words for the operator: a file, a token, an address. */
  place: string;
  createdAt: Date | null;
};

/** A column that holds sealed values, so that they can be sealed again with a new key. */
export type SealedColumn = {
  /** Schema and table; the class of its data keys. */
  table: string;
  /** Column of type text, in the table and in `VaultContext.column` alike. */
  column: string;
  /** The column is of type jsonb and holds the sealed text as a JSON string. */
  json?: boolean;
  /** Column of type text that `VaultContext.row` names. */
  id: string;
  /** Column with `VaultContext.subject`; where it is null, the value is sealed without one. */
  subject?: string;
};

/**
 * A sealed column whose values are found by a blind index: `<index>_index` holds `blindIndex({ table, column: index })`
 * of the very text that is sealed.
 */
export type IndexedColumn = SealedColumn & { index: string };

import { randomBytes } from "node:crypto";
import type * as Pkcs11 from "pkcs11js";
import { fromBase64url } from "../sealing.ts";
import { type KeyEncryptionKey, type KeyProvider, VaultError } from "../types.ts";

/** Changed when the way keys are wrapped changes. */
const form = "p1";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Wraps data keys with an AES-256 key inside a PKCS#11 token (a hardware security module, or SoftHSM), which never
 * leaves it: CKA_EXTRACTABLE is false and the token itself encrypts (CKM_AES_GCM, PKCS #11 v2.40 section 2.11.4). Keys
 * carry the label and an id that begins with the time they were made; the newest wraps, all of them unwrap.
 * @param options.library path of the token's PKCS#11 library
 * @param options.token label of the token
 * @throws VaultError in one sentence when library, token or PIN cannot be used
 */
export async function createPkcs11KeyProvider(options: {
  library: string;
  token: string;
  pin: string;
  label?: string | undefined;
}): Promise<KeyProvider> {
  const { token, label = "jinqiao" } = options;
  let pkcs11js: typeof Pkcs11;
  try {
    const loaded = await import("pkcs11js");
    pkcs11js = (loaded as { default?: typeof Pkcs11 }).default ?? loaded;
  } catch (cause) {
    throw new VaultError(
      'The package pkcs11js is not there: it is compiled at "npm ci", which needs make, g++ and Python 3.',
      { cause },
    );
  }
  const cryptoki = new pkcs11js.PKCS11();
  const session = open(pkcs11js, cryptoki, options);
  const place = `${token}, ${label}`;

  /** Handles of our keys by their id in hex. */
  function findKeys(): { id: string; handle: Pkcs11.Handle }[] {
    cryptoki.C_FindObjectsInit(session, [
      { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
      { type: pkcs11js.CKA_LABEL, value: label },
    ]);
    const found: { id: string; handle: Pkcs11.Handle }[] = [];
    try {
      for (;;) {
        const [handle] = cryptoki.C_FindObjects(session, 1);
        if (handle === undefined) break;
        const [id] = cryptoki.C_GetAttributeValue(session, handle, [{ type: pkcs11js.CKA_ID }]);
        found.push({ id: Buffer.from(id?.value as Buffer).toString("hex"), handle });
      }
    } finally {
      cryptoki.C_FindObjectsFinal(session);
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  function generate(): void {
    const madeAt = Buffer.alloc(8);
    madeAt.writeBigUInt64BE(BigInt(Date.now()));
    cryptoki.C_GenerateKey(session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, [
      { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
      { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_AES },
      { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
      { type: pkcs11js.CKA_LABEL, value: label },
      { type: pkcs11js.CKA_ID, value: Buffer.concat([madeAt, randomBytes(4)]) },
      { type: pkcs11js.CKA_TOKEN, value: true },
      { type: pkcs11js.CKA_PRIVATE, value: true },
      { type: pkcs11js.CKA_SENSITIVE, value: true },
      { type: pkcs11js.CKA_EXTRACTABLE, value: false },
      { type: pkcs11js.CKA_ENCRYPT, value: true },
      { type: pkcs11js.CKA_DECRYPT, value: true },
    ]);
  }

  function newest() {
    const keys = findKeys();
    if (keys.length === 0) generate();
    return (keys.at(-1) ?? findKeys().at(-1)) as { id: string; handle: Pkcs11.Handle };
  }
  const gcm = (iv: Buffer, context: string, id: string): Pkcs11.Mechanism => ({
    mechanism: pkcs11js.CKM_AES_GCM,
    parameter: {
      type: pkcs11js.CK_PARAMS_AES_GCM,
      iv,
      ivBits: nonceBytes * 8,
      aad: Buffer.from(JSON.stringify([form, id, context]), "utf8"),
      tagBits: tagBytes * 8,
    } as Pkcs11.IParams,
  });
  const describe = (): KeyEncryptionKey => {
    const { id } = newest();
    return {
      provider: "pkcs11",
      id,
      place,
      createdAt: new Date(Number(Buffer.from(id.slice(0, 16), "hex").readBigUInt64BE())),
    };
  };
  /** What the token says is a code; the operator needs to know which token said it. */
  const asking = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof VaultError) throw cause;
      throw new VaultError(`The token "${token}" refused: ${(cause as Error).message}.`, { cause });
    }
  };

  return {
    name: "pkcs11",
    wrap: async (key, context) =>
      asking(() => {
        const { id, handle } = newest();
        const iv = randomBytes(nonceBytes);
        cryptoki.C_EncryptInit(session, gcm(iv, context, id), handle);
        const sealed = cryptoki.C_Encrypt(session, Buffer.from(key), Buffer.alloc(key.length + tagBytes));
        return { wrapped: `${form}.${id}.${Buffer.concat([iv, sealed]).toString("base64url")}`, kek: id };
      }),
    unwrap: async (wrapped, context) =>
      asking(() => {
        const [found, id = "", payload = "", ...rest] = wrapped.split(".");
        if (found !== form || rest.length > 0) throw new VaultError("A wrapped key is not in a known form.");
        const key = findKeys().find((one) => one.id === id);
        if (key === undefined)
          throw new VaultError(`A data key needs key ${id}, which the token "${token}" does not have.`);
        const bytes = fromBase64url(payload);
        cryptoki.C_DecryptInit(session, gcm(bytes.subarray(0, nonceBytes), context, id), key.handle);
        return Buffer.from(
          cryptoki.C_Decrypt(session, bytes.subarray(nonceBytes), Buffer.alloc(bytes.length)),
        );
      }),
    describe: async () => asking(describe),
    rotate: async () =>
      asking(() => {
        generate();
        return describe();
      }),
    async close() {
      cryptoki.C_CloseSession(session);
      release(cryptoki);
    },
  };
}

function open(
  pkcs11js: typeof Pkcs11,
  cryptoki: Pkcs11.PKCS11,
  { library, token, pin }: { library: string; token: string; pin: string },
): Pkcs11.Handle {
  try {
    cryptoki.load(library);
  } catch (cause) {
    throw new VaultError(`The PKCS#11 library ${library} cannot be loaded: correct JINQIAO_PKCS11_LIBRARY.`, {
      cause,
    });
  }
  try {
    cryptoki.C_Initialize();
  } catch (error) {
    // Another provider of this process has done it.
    if ((error as { code?: number }).code !== pkcs11js.CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error;
  }
  const slot = cryptoki
    .C_GetSlotList(true)
    .find((one) => cryptoki.C_GetTokenInfo(one).label.trim() === token);
  if (slot === undefined) {
    release(cryptoki);
    throw new VaultError(
      `There is no token "${token}" in ${library}: set it up, or correct JINQIAO_PKCS11_TOKEN.`,
    );
  }
  try {
    const session = cryptoki.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
    try {
      cryptoki.C_Login(session, pkcs11js.CKU_USER, pin);
    } catch (error) {
      if ((error as { code?: number }).code !== pkcs11js.CKR_USER_ALREADY_LOGGED_IN) throw error;
    }
    return session;
  } catch (cause) {
    release(cryptoki);
    throw new VaultError(`The token "${token}" does not let us in: check the PIN.`, { cause });
  }
}

/** The library is shared by everybody in the process; the last one to go finalises it. */
function release(cryptoki: Pkcs11.PKCS11): void {
  try {
    cryptoki.C_Finalize();
  } catch {
    // Somebody else of this process has done it.
  }
  cryptoki.close();
}

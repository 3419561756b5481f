import type {
  PasskeyAssertion,
  PasskeyCreationOptions,
  PasskeyRegistration,
  PasskeyRequestOptions,
} from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import * as store from "./passkey-sql.ts";

/** Whose passkey it is; exactly one of the two. */
export type PasskeyOwner = store.PasskeyOwner;

/** What a challenge is for, and to what it is bound: an answer counts for exactly that, once. */
export type ChallengeUse = { purpose: string; bindTo: string };

/** A passkey as its owner sees it. */
export type KnownPasskey = {
  id: Id<"psk">;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  backedUp: boolean;
};

export type Passkeys = {
  /**
   * What the browser needs to make a passkey: discoverable, with user verification, without attestation.
   * @param of.owner who exists already, so that a device that has a passkey of theirs makes no second one
   */
  creationOptions(
    use: ChallengeUse,
    of: { userHandle: string; name: string; displayName: string; owner?: PasskeyOwner },
  ): Promise<PasskeyCreationOptions>;
  /**
   * Verifies what the browser made (Web Authentication, section 7.1) and answers how to keep it. Its challenge is used
   * up whatever comes of it.
   * @throws Refusal `identity.passkey_invalid`
   */
  verifyNew(use: ChallengeUse, credential: PasskeyRegistration): Promise<NewPasskey>;
  /** Keeps a verified passkey. @throws Refusal `identity.passkey_known`, `identity.too_many_passkeys` */
  add(tx: Queryable, owner: PasskeyOwner, name: string, passkey: NewPasskey): Promise<KnownPasskey>;
  /**
   * What the browser needs to sign with a passkey. Without an owner any passkey of this site may answer.
   * @param of.challenge bytes to be signed instead of random ones; they must never come twice
   */
  requestOptions(
    use: ChallengeUse,
    of?: { owner?: PasskeyOwner; challenge?: Uint8Array },
  ): Promise<PasskeyRequestOptions>;
  /**
   * Verifies a signature (Web Authentication, section 7.2): challenge, origin, site, user verification, key and
   * counter. Its challenge is used up whatever comes of it.
   * @param of.owner whose it must be; without one, any member of the realm
   * @param of.types clientData types that count besides `webauthn.get`, e.g. `payment.get`
   * @throws Refusal `identity.passkey_invalid`
   */
  verify(
    use: ChallengeUse,
    credential: PasskeyAssertion,
    of: { realm: "customer" | "staff"; owner?: PasskeyOwner; types?: readonly string[] },
  ): Promise<{ passkeyId: Id<"psk">; owner: PasskeyOwner }>;
  list(owner: PasskeyOwner): Promise<KnownPasskey[]>;
  /** @throws Refusal `request.not_found` */
  rename(owner: PasskeyOwner, id: string, name: string): Promise<KnownPasskey>;
  /** @throws Refusal `request.not_found` */
  remove(tx: Queryable, owner: PasskeyOwner, id: string): Promise<void>;
};

/** A passkey that was verified and is not kept yet. */
export type NewPasskey = {
  credentialId: Buffer;
  publicKey: Buffer;
  counter: bigint;
  transports: string[];
  backedUp: boolean;
};

/** How long a browser may take, in milliseconds. */
const challengeLifeMs = 5 * 60_000;
const maxPasskeys = 20;
/** ES256, EdDSA, RS256 (IANA COSE Algorithms): what authenticators in use offer. */
const algorithms = [-7, -8, -257];

/** @param deps.publicUrl address that people open; its host is the relying party id */
export function createPasskeys(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  random: RandomBytes;
  vault: Vault;
  publicUrl: string;
}): Passkeys {
  const { db, clock, vault } = deps;
  const { origin, hostname: rpID } = new URL(deps.publicUrl);

  async function keep(use: ChallengeUse, challenge: Uint8Array): Promise<void> {
    const now = clock.now();
    await store.insertChallenge(db, {
      challenge: Buffer.from(challenge),
      ...use,
      expiresAt: new Date(now.getTime() + challengeLifeMs),
    });
  }
  /** Takes the challenge that an answer bears out of the store; a replay finds none. */
  async function take(use: ChallengeUse, clientDataJSON: string): Promise<string> {
    const challenge = challengeIn(clientDataJSON);
    const found =
      challenge !== undefined &&
      (await store.takeChallenge(db, {
        challenge: Buffer.from(challenge, "base64url"),
        ...use,
        now: clock.now(),
      }));
    if (!found) throw new Refusal("identity.passkey_invalid");
    return challenge;
  }
  const nameOf = async (row: store.PasskeyRow): Promise<string> => {
    await ready(row);
    return vault.open(placeOf(row), row.name_sealed);
  };
  const ready = async (owner: { customer_id: string | null }): Promise<void> => {
    if (owner.customer_id !== null) await vault.ready({ subjects: [owner.customer_id] });
  };
  const knownOf = async (row: store.PasskeyRow): Promise<KnownPasskey> => ({
    id: row.id,
    name: await nameOf(row),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    backedUp: row.backed_up,
  });
  const descriptors = async (owner: PasskeyOwner | undefined) =>
    owner === undefined
      ? []
      : (await store.selectPasskeys(db, owner)).map((row) => ({
          id: row.credential_id.toString("base64url"),
          transports: row.transports,
        }));

  return {
    async creationOptions(use, { userHandle, name, displayName, owner }) {
      const existing = await descriptors(owner);
      if (existing.length >= maxPasskeys) throw new Refusal("identity.too_many_passkeys");
      const challenge = Uint8Array.from(deps.random(32));
      await keep(use, challenge);
      return (await generateRegistrationOptions({
        rpName: "Jinqiao 金桥",
        rpID,
        userID: Uint8Array.from(Buffer.from(userHandle, "utf8")),
        userName: name,
        userDisplayName: displayName,
        challenge,
        attestationType: "none",
        excludeCredentials: existing,
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        supportedAlgorithmIDs: algorithms,
      })) as PasskeyCreationOptions;
    },
    async verifyNew(use, credential) {
      const expectedChallenge = await take(use, credential.response.clientDataJSON);
      const verified = await verifyRegistrationResponse({
        response: credential as RegistrationResponseJSON,
        expectedChallenge,
        expectedOrigin: origin,
        expectedRPID: rpID,
        requireUserVerification: true,
        supportedAlgorithmIDs: algorithms,
      }).catch(() => undefined);
      if (!verified?.verified) throw new Refusal("identity.passkey_invalid");
      const { credential: made, credentialBackedUp } = verified.registrationInfo;
      return {
        credentialId: Buffer.from(made.id, "base64url"),
        publicKey: Buffer.from(made.publicKey),
        counter: BigInt(made.counter),
        transports: made.transports ?? [],
        backedUp: credentialBackedUp,
      };
    },
    async add(tx, owner, name, passkey) {
      if ((await store.selectPasskeys(tx, owner)).length >= maxPasskeys)
        throw new Refusal("identity.too_many_passkeys");
      const row = {
        ...store.ownerColumns(owner),
        id: deps.ids.next("psk"),
        created_at: clock.now(),
        last_used_at: null,
        backed_up: passkey.backedUp,
      };
      await ready(row);
      const sealed = vault.seal(placeOf(row), name);
      if (!(await store.insertPasskey(tx, { ...row, ...passkey, name_sealed: sealed })))
        throw new Refusal("identity.passkey_known");
      return { id: row.id, name, createdAt: row.created_at, lastUsedAt: null, backedUp: row.backed_up };
    },
    async requestOptions(use, { owner, challenge = Uint8Array.from(deps.random(32)) } = {}) {
      await keep(use, challenge);
      return (await generateAuthenticationOptions({
        rpID,
        challenge: Uint8Array.from(challenge),
        allowCredentials: await descriptors(owner),
        userVerification: "required",
      })) as PasskeyRequestOptions;
    },
    async verify(use, credential, { realm, owner, types = [] }) {
      const expectedChallenge = await take(use, credential.response.clientDataJSON);
      const row = await store.selectByCredential(db, Buffer.from(credential.id, "base64url"));
      if (row === undefined || !isOf(row, realm, owner)) throw new Refusal("identity.passkey_invalid");
      const { userHandle } = credential.response;
      const ownerId = row.customer_id ?? row.staff_id;
      const handleFits = userHandle == null || Buffer.from(userHandle, "base64url").toString() === ownerId;
      const verified = handleFits
        ? await verifyAuthenticationResponse({
            response: credential as AuthenticationResponseJSON,
            expectedChallenge,
            expectedOrigin: origin,
            expectedRPID: rpID,
            expectedType: ["webauthn.get", ...types],
            requireUserVerification: true,
            credential: {
              id: row.credential_id.toString("base64url"),
              publicKey: Uint8Array.from(row.public_key),
              counter: Number(row.counter),
            },
          }).catch(() => undefined)
        : undefined;
      if (!verified?.verified) throw new Refusal("identity.passkey_invalid");
      const { newCounter, credentialBackedUp } = verified.authenticationInfo;
      const counter = { old: row.counter, new: BigInt(newCounter) };
      // Two answers at once with the same counter: one of them is a copy.
      if (!(await store.usePasskey(db, row.id, { counter, backedUp: credentialBackedUp, at: clock.now() })))
        throw new Refusal("identity.passkey_invalid");
      return { passkeyId: row.id, owner: store.ownerOf(row) };
    },
    async list(owner) {
      return Promise.all((await store.selectPasskeys(db, owner)).map(knownOf));
    },
    async rename(owner, id, name) {
      const columns = { ...store.ownerColumns(owner), id: id as Id<"psk"> };
      await ready(columns);
      const row = await store.renamePasskey(db, owner, id, vault.seal(placeOf(columns), name));
      if (row === undefined) throw new Refusal("request.not_found");
      return knownOf(row);
    },
    async remove(tx, owner, id) {
      if (!(await store.deletePasskey(tx, owner, id))) throw new Refusal("request.not_found");
    },
  };
}

function isOf(row: store.PasskeyRow, realm: "customer" | "staff", owner: PasskeyOwner | undefined): boolean {
  if (realm === "customer" ? row.customer_id === null : row.staff_id === null) return false;
  if (owner === undefined) return true;
  return "customerId" in owner ? row.customer_id === owner.customerId : row.staff_id === owner.staffId;
}

function placeOf({ id, customer_id }: { id: string; customer_id: string | null }) {
  const place = { table: "identity.passkey", column: "name_sealed", row: id };
  return customer_id === null ? place : { ...place, subject: customer_id };
}

function challengeIn(clientDataJSON: string): string | undefined {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, "base64url").toString("utf8"));
    return typeof challenge === "string" && /^[A-Za-z0-9_-]{1,200}$/.test(challenge) ? challenge : undefined;
  } catch {
    return undefined;
  }
}

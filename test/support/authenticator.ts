import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { PasskeyAssertion, PasskeyRegistration } from "@jinqiao/contract";

/** What the options of the API say, as far as an authenticator reads them. */
type CreationOptions = { challenge: string; rp: { id?: string | undefined }; user: { id: string } };
type RequestOptions = {
  challenge: string;
  rpId?: string | undefined;
  allowCredentials?: readonly { id: string }[] | undefined;
};

/** What tests change to see it refused. */
export type Tampering = {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  /** False: the person was not verified. */
  userVerified?: boolean;
  /** Instead of the next one. */
  counter?: number;
  userHandle?: string;
  /** Further members of clientDataJSON, e.g. `payment` of Secure Payment Confirmation. */
  clientData?: Record<string, unknown>;
};

/** An authenticator in software: ES256, no attestation, user verification, a counter. Source: Web Authentication (W3C). */
export type Authenticator = {
  create(options: CreationOptions, tampering?: Tampering): PasskeyRegistration;
  /** Signs with the passkey that the options allow, or the newest of the site. */
  get(options: RequestOptions, tampering?: Tampering): PasskeyAssertion;
  /** Another authenticator with the same keys and counters, as a copied one would be. */
  copy(): Authenticator;
};

type Stored = { id: Buffer; rpId: string; userHandle: string; key: KeyObject; counter: number };

/** @param origin of the page that asks */
export function createAuthenticator(origin: string, stored: Stored[] = []): Authenticator {
  const siteId = new URL(origin).hostname;
  const clientDataOf = (usual: string, challenge: string, tampering: Tampering): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: tampering.type ?? usual,
        challenge: tampering.challenge ?? challenge,
        origin: tampering.origin ?? origin,
        crossOrigin: false,
        ...tampering.clientData,
      }),
    );
  return {
    create({ challenge, rp, user }, tampering = {}) {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const rpId = tampering.rpId ?? rp.id ?? siteId;
      const credential: Stored = {
        id: randomBytes(32),
        rpId: rp.id ?? siteId,
        userHandle: user.id,
        key: privateKey,
        counter: 0,
      };
      stored.push(credential);
      const { x = "", y = "" } = publicKey.export({ format: "jwk" });
      const attested = Buffer.concat([
        Buffer.alloc(16),
        uint16(credential.id.length),
        credential.id,
        // COSE_Key (RFC 9052, RFC 9053): kty EC2, alg ES256, crv P-256, x, y.
        Buffer.from("a5010203262001215820", "hex"),
        Buffer.from(x, "base64url"),
        Buffer.from("225820", "hex"),
        Buffer.from(y, "base64url"),
      ]);
      const authData = Buffer.concat([
        authenticatorData(rpId, 0x40 | flags(tampering), tampering.counter ?? 0),
        attested,
      ]);
      const attestationObject = Buffer.concat([
        Buffer.from("a3", "hex"),
        text("fmt"),
        text("none"),
        text("attStmt"),
        Buffer.from("a0", "hex"),
        text("authData"),
        Buffer.from([0x58, authData.length]),
        authData,
      ]);
      const id = credential.id.toString("base64url");
      return {
        id,
        rawId: id,
        type: "public-key",
        response: {
          clientDataJSON: clientDataOf("webauthn.create", challenge, tampering).toString("base64url"),
          attestationObject: attestationObject.toString("base64url"),
          transports: ["internal"],
        },
        clientExtensionResults: {},
      };
    },
    get({ challenge, rpId: asked, allowCredentials = [] }, tampering = {}) {
      const allowed = stored.filter(
        ({ id, rpId }) =>
          rpId === (asked ?? siteId) &&
          (allowCredentials.length === 0 ||
            allowCredentials.some((one) => one.id === id.toString("base64url"))),
      );
      const credential = allowed.at(-1);
      if (credential === undefined) throw new Error("the authenticator has no passkey that is allowed");
      credential.counter += 1;
      const authData = authenticatorData(
        tampering.rpId ?? credential.rpId,
        flags(tampering),
        tampering.counter ?? credential.counter,
      );
      const clientData = clientDataOf("webauthn.get", challenge, tampering);
      const signature = sign("sha256", Buffer.concat([authData, sha256(clientData)]), credential.key);
      const id = credential.id.toString("base64url");
      return {
        id,
        rawId: id,
        type: "public-key",
        response: {
          clientDataJSON: clientData.toString("base64url"),
          authenticatorData: authData.toString("base64url"),
          signature: signature.toString("base64url"),
          userHandle: tampering.userHandle ?? credential.userHandle,
        },
        clientExtensionResults: {},
      };
    },
    copy: () =>
      createAuthenticator(
        origin,
        stored.map((credential) => ({ ...credential })),
      ),
  };
}

/** User present always, user verified unless the test says otherwise (Web Authentication, section 6.1). */
const flags = ({ userVerified = true }: Tampering): number => 0x01 | (userVerified ? 0x04 : 0);

function authenticatorData(rpId: string, flagBits: number, counter: number): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([sha256(Buffer.from(rpId)), Buffer.from([flagBits]), count]);
}

const sha256 = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** A CBOR text string of less than 24 bytes (RFC 8949, section 3.1). */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 | value.length]), Buffer.from(value)]);
}

import { createHmac } from "node:crypto";
import {
  base64url,
  exportJWK,
  exportSPKI,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { UkOpenBankingConfig } from "../../apps/server/src/banks/connectors/uk-open-banking/settings.ts";
import {
  createSigning,
  type Signing,
} from "../../apps/server/src/banks/connectors/uk-open-banking/signing.ts";

// What arrives at a bank's callback says of itself who signed it and how. Nothing of that is believed: the algorithm
// is ours to choose, and keys come from the bank's own address alone. Source: RFC 8725 (JSON Web Token Best Current
// Practices), sections 2.1 and 3.1 to 3.10.

const bank = "https://bank.example";
const us = "jinqiao-client";
const claims = { jti: "notice-1", events: { "urn:uk:org:openbanking:events:resource-update": {} } };

let signing: Signing;
let bankKeys: GenerateKeyPairResult;
let strangerKeys: GenerateKeyPairResult;
/** Addresses from which keys were asked for. */
const asked: string[] = [];

beforeAll(async () => {
  bankKeys = await generateKeyPair("PS256", { extractable: true });
  strangerKeys = await generateKeyPair("PS256", { extractable: true });
  const own = await generateKeyPair("PS256", { extractable: true });
  const jwks = {
    keys: [{ ...(await exportJWK(bankKeys.publicKey)), kid: "bank-1", use: "sig", alg: "PS256" }],
  };
  signing = createSigning({
    config: {
      issuer: bank,
      clientId: us,
      privateKey: { ...(await exportJWK(own.privateKey)), kid: "ours" },
    } as UkOpenBankingConfig,
    now: () => new Date(),
    jwksUri: async () => `${bank}/jwks`,
    fetch: async (input) => {
      asked.push(String(input));
      return Response.json(jwks);
    },
  });
});

const token = (
  change: {
    issuer?: string;
    audience?: string;
    header?: Partial<JWTHeaderParameters>;
    expires?: string;
  } = {},
) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: "PS256", kid: "bank-1", ...change.header })
    .setIssuer(change.issuer ?? bank)
    .setAudience(change.audience ?? us)
    .setIssuedAt()
    .setExpirationTime(change.expires ?? "5 minutes");

/** A token put together by hand: header, claims, and whatever stands for a signature. */
const forged = (header: object, signature: (input: string) => Uint8Array | string) => {
  const body = { ...claims, iss: bank, aud: us };
  const input = [header, body].map((part) => base64url.encode(JSON.stringify(part))).join(".");
  return `${input}.${base64url.encode(signature(input))}`;
};

describe("a token at the bank's callback", () => {
  it("is taken when the bank signed it for us", async () => {
    expect(await signing.claimsOf(await token().sign(bankKeys.privateKey))).toMatchObject(claims);
  });

  it("without a signature is nobody's, however it writes that", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE", ""])
      expect(await signing.claimsOf(forged({ alg, kid: "bank-1" }, () => "")), alg).toBeUndefined();
  });

  it("whose secret is the bank's public key is refused", async () => {
    const secrets = [
      await exportSPKI(bankKeys.publicKey),
      JSON.stringify(await exportJWK(bankKeys.publicKey)),
      (await exportJWK(bankKeys.publicKey)).n ?? "",
    ];
    for (const secret of secrets)
      expect(
        await signing.claimsOf(
          forged({ alg: "HS256", kid: "bank-1" }, (input) =>
            createHmac("sha256", secret).update(input).digest(),
          ),
        ),
      ).toBeUndefined();
  });

  it("brings no key of its own: not inside, not by address, not by a name that is a path or a query", async () => {
    const jwk = await exportJWK(strangerKeys.publicKey);
    const headers: Partial<JWTHeaderParameters>[] = [
      { jwk },
      { jku: "https://evil.example/jwks" },
      { x5u: "https://evil.example/cert.pem" },
      { kid: "../../../../dev/null" },
      { kid: "' UNION SELECT 'key' --" },
      { kid: "__proto__" },
      { kid: "bank-1" },
    ];
    for (const header of headers)
      expect(
        await signing.claimsOf(await token({ header }).sign(strangerKeys.privateKey)),
        JSON.stringify(header),
      ).toBeUndefined();
    expect(new Set(asked)).toEqual(new Set([`${bank}/jwks`]));
  });

  it("of another issuer, for somebody else, too old, or of another algorithm of the same key is refused", async () => {
    const { privateKey } = bankKeys;
    for (const made of [
      await token({ issuer: "https://evil.example" }).sign(privateKey),
      await token({ issuer: `${bank}.evil.example` }).sign(privateKey),
      await token({ audience: "somebody-else" }).sign(privateKey),
      await token({ expires: "-1 minute" }).sign(privateKey),
    ])
      expect(await signing.claimsOf(made)).toBeUndefined();
  });

  it("changed by one letter, cut, doubled or of another form is refused", async () => {
    const good = await token().sign(bankKeys.privateKey);
    const [header = "", body = "", signature = ""] = good.split(".");
    const other = base64url.encode(JSON.stringify({ ...claims, iss: bank, aud: us, jti: "notice-2" }));
    const flipped = `${signature.slice(0, -5)}${signature.at(-5) === "A" ? "B" : "A"}${signature.slice(-4)}`;
    for (const bad of [
      `${header}.${other}.${signature}`,
      `${header}.${body}.${flipped}`,
      `${header}.${body}.`,
      `${header}.${body}`,
      `${good}.${signature}`,
      `${good}=`,
      JSON.stringify({ payload: body, protected: header, signature }),
      "",
      ".".repeat(60_000),
    ])
      expect(await signing.claimsOf(bad), bad.slice(0, 40)).toBeUndefined();
  });
});

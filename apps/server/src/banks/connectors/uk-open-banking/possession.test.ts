import { createHash, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bankId, customerIp, startUkBank, type UkBank } from "./testing/setup.ts";

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
type Shown = { method: string; url: string; token?: string; nonce?: string };

/** A proof as RFC 9449, section 4.2 has it, made without the connector; `wrong` changes its claims. */
async function proofOf(keys: Keys, shown: Shown, wrong: JWTPayload = {}, typ = "dpop+jwt"): Promise<string> {
  const ath = shown.token && createHash("sha256").update(shown.token).digest("base64url");
  return new SignJWT({
    jti: randomUUID(),
    htm: shown.method,
    htu: shown.url,
    ...(ath === undefined ? {} : { ath }),
    ...(shown.nonce === undefined ? {} : { nonce: shown.nonce }),
    ...wrong,
  })
    .setProtectedHeader({ alg: "ES256", typ, jwk: await exportJWK(keys.publicKey) })
    .setIssuedAt()
    .sign(keys.privateKey);
}

describe("proofs by a key (DPoP, RFC 9449)", () => {
  let uk: UkBank;
  let keys: Keys;
  let token: string;
  let nonce: string;
  let url: string;
  beforeAll(async () => {
    uk = await startUkBank();
    keys = await generateKeyPair("ES256", { extractable: true });
    url = `${uk.bank.url}/open-banking/v4.0/aisp/accounts`;
    nonce = (await askToken(await proofOf(keys, atToken()))).headers.get("dpop-nonce") ?? "";
  });
  afterAll(() => uk?.close());

  const atToken = () => ({ method: "POST", url: `${uk.bank.url}/oauth/token` });

  /** Asks for the company's own token; its assertion is right, so that only the proof is in question. */
  async function askToken(proof?: string): Promise<Response> {
    const key = await importJWK({ ...uk.config.privateKey, alg: "PS256" }, "PS256");
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: "PS256", kid: uk.config.privateKey.kid })
      .setIssuer(uk.config.clientId)
      .setSubject(uk.config.clientId)
      .setAudience(uk.config.issuer)
      .setIssuedAt()
      .setExpirationTime("1m")
      .sign(key);
    return fetch(atToken().url, {
      method: "POST",
      headers: proof === undefined ? {} : { dpop: proof },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        scope: "accounts",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
      }),
    });
  }

  test("the authorisation server wants a proof with its nonce, each but once", async () => {
    const errorOf = async (answer: Response) => ((await answer.json()) as { error?: string }).error;
    expect(await errorOf(await askToken())).toBe("invalid_grant");
    expect(await errorOf(await askToken(await proofOf(keys, atToken())))).toBe("use_dpop_nonce");
    const elsewhere = { method: "POST", url: "https://elsewhere.example/oauth/token", nonce };
    expect(await errorOf(await askToken(await proofOf(keys, elsewhere)))).toBe("invalid_dpop_proof");
    const proof = await proofOf(keys, { ...atToken(), nonce });
    const answer = await askToken(proof);
    const given = (await answer.json()) as { access_token: string; token_type: string };
    expect(given.token_type).toBe("DPoP");
    token = given.access_token;
    expect(await errorOf(await askToken(proof))).toBe("invalid_grant");
  });

  /** Shows the token to the interface. */
  const show = (proof: string | undefined, scheme = "DPoP") =>
    fetch(url, {
      headers: { authorization: `${scheme} ${token}`, ...(proof === undefined ? {} : { dpop: proof }) },
    });

  test("a proof that was tampered with, made for something else or shown before is refused", async () => {
    const right = () => ({ method: "GET", url, token, nonce });
    const stranger = await generateKeyPair("ES256", { extractable: true });
    const proof = await proofOf(keys, right());
    const [header, payload, signature = ""] = proof.split(".");
    const tampered = `${header}.${payload}.${signature.slice(0, -4)}${signature.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
    const wrongs: Record<string, string | undefined> = {
      "no proof": undefined,
      "another signature": tampered,
      "another kind of token": await proofOf(keys, right(), {}, "jwt"),
      "another method": await proofOf(keys, { ...right(), method: "POST" }),
      "another address": await proofOf(keys, { ...right(), url: `${url}/1` }),
      "another token": await proofOf(keys, { ...right(), token: "other" }),
      "no token": await proofOf(keys, { method: "GET", url, nonce }),
      "no id": await proofOf(keys, right(), { jti: "" }),
      "another key": await proofOf(stranger, right()),
    };
    for (const [name, wrong] of Object.entries(wrongs)) {
      const answer = await show(wrong);
      expect([name, answer.status]).toEqual([name, 401]);
      expect(answer.headers.get("www-authenticate")).toMatch(/^DPoP error="invalid_(dpop_proof|token)"/);
      expect(answer.headers.get("content-type")).toContain("application/json");
    }
    // The token alone opens nothing.
    expect((await show(undefined, "Bearer")).status).toBe(401);
    for (const bad of [undefined, "another"]) {
      const { nonce: _nonce, ...without } = right();
      const answer = await show(
        await proofOf(keys, bad === undefined ? without : { ...without, nonce: bad }),
      );
      expect(answer.headers.get("www-authenticate")).toContain("use_dpop_nonce");
      expect(answer.headers.get("dpop-nonce")).toBeTruthy();
    }
    expect((await show(proof)).status).toBe(200);
    expect((await show(proof)).headers.get("www-authenticate")).toContain("invalid_dpop_proof");
  });

  test("a proof shown many times at once is taken once", async () => {
    const proof = await proofOf(keys, { method: "GET", url, token, nonce });
    const answers = await Promise.all(Array.from({ length: 8 }, () => show(proof)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(401)].toSorted());
  });

  test("a token is of no use to a connector with other keys; our own processes share theirs", async () => {
    const { access, account } = await uk.link("emma");
    const another = uk.connectorOf();
    expect(await another.balance(access, account, customerIp)).toMatchObject({ booked: 416588n });
    await another.close();
    const pair = await generateKeyPair("PS256", { extractable: true });
    const privateKey = { ...(await exportJWK(pair.privateKey)), kid: "thief" } as typeof uk.config.privateKey;
    const thief = uk.connectorOf({ privateKey });
    await expect(thief.balance(access, account, customerIp)).rejects.toMatchObject({
      problem: "token_refused",
    });
    await thief.close();
    // Where it is not switched on for us, no proof is sent; this bank insists.
    const bare = uk.connectorOf({ dpop: false });
    await expect(bare.balance(access, account, customerIp)).rejects.toMatchObject({
      problem: "token_refused",
    });
    await bare.close();
  });
});

describe("certificate of the connection (RFC 8705)", () => {
  let uk: UkBank;
  let own: ReturnType<UkBank["connectorOf"]>;
  let certified: (name: string) => Promise<ReturnType<UkBank["connectorOf"]>>;
  beforeAll(async () => {
    uk = await startUkBank({ tlsPort: 0, clientAuthentication: "tls_client_auth" });
    const entrance = await uk.bank.script.tls();
    if (entrance === null) throw new Error("no entrance over TLS");
    certified = async (name) =>
      uk.connectorOf({
        baseUrl: `${entrance.url}/open-banking/v4.0`,
        tls: {
          ca: entrance.authority,
          ...(await uk.bank.script.clientCertificate({ kind: "valid", name })),
        },
      });
    own = await certified("Jinqiao");
  });
  afterAll(async () => {
    await own?.close();
    await uk?.close();
  });

  test("the bank's metadata asks for it: it proves who we are, and tokens are bound to it", async () => {
    const metadata = (await (
      await fetch(`${uk.bank.url}/.well-known/openid-configuration`)
    ).json()) as object;
    expect(metadata).toMatchObject({
      token_endpoint_auth_methods_supported: ["tls_client_auth"],
      tls_client_certificate_bound_access_tokens: true,
    });
    const { access, account } = await uk.link("emma", own);
    expect(await own.balance(access, account, customerIp)).toMatchObject({ booked: 416588n });
    const order = {
      reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 20)}`,
      requestId: randomUUID(),
      debtorIban: uk.custody.iban,
      creditorIban: account.iban,
      creditorName: "Emma Clarke",
      amountMinor: 100n,
      currency: "GBP",
      remittance: "Payout",
      returnUrl: `http://localhost:7399/v1/bank-payment-returns/${bankId}`,
      noticeUrl: `http://localhost:7399/v1/bank-notices/${bankId}`,
    };
    expect(await own.initiatePayment(order, null)).toMatchObject({
      outcome: "rejected",
      reason: { code: "AM04" },
    });

    // A certificate of our own that is newer: the token belongs to the old one, and is renewed.
    const renewed = await certified("Jinqiao");
    await expect(renewed.balance(access, account, customerIp)).rejects.toMatchObject({
      problem: "token_refused",
    });
    const fresh = await renewed.refreshAccess(access, { force: true });
    expect(await renewed.balance(fresh, account, customerIp)).toMatchObject({ booked: 416588n });
    await renewed.close();

    // Another company's, good as it is, is not ours.
    const stranger = await certified("Somebody Else");
    expect(await stranger.initiatePayment({ ...order, requestId: randomUUID() }, null)).toMatchObject({
      outcome: "not_sent",
    });
    await expect(stranger.refreshAccess(access, { force: true })).rejects.toMatchObject({
      code: "bank.unavailable",
    });
    await expect(stranger.balance(access, account, customerIp)).rejects.toMatchObject({
      problem: "token_refused",
    });
    await stranger.close();

    // Without one there is no way in, and nothing is sent.
    const bare = uk.connectorOf();
    expect(await bare.initiatePayment({ ...order, requestId: randomUUID() }, null)).toMatchObject({
      outcome: "not_sent",
    });
    await bare.close();
  });
});

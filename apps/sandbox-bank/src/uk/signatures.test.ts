import { exportJWK, FlattenedSign, generateKeyPair, type JWK } from "jose";
import { beforeAll, expect, test } from "vitest";
import { signBody, verifyBody } from "./signatures.ts";

const body = '{"Data":{"Amount":"1.00"}}';
const issuer = "https://tpp.example";
let key: JWK;
let sender: { clientId: string; jwks: { keys: JWK[] } };

beforeAll(async () => {
  const pair = await generateKeyPair("PS256", { extractable: true });
  key = { ...(await exportJWK(pair.privateKey)), kid: "k1" };
  sender = { clientId: issuer, jwks: { keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k1" }] } };
});

const refusal = (signature: string | undefined, text = body, by = sender) =>
  verifyBody(text, signature, by).then(
    () => "accepted",
    (error: { code?: string }) => error.code,
  );

test("a signature holds for exactly this body of this company", async () => {
  const signature = await signBody(body, key, issuer, new Date());
  expect(await refusal(signature)).toBe("accepted");
  expect(await refusal(signature, body.replace("1.00", "9.00"))).toBe("Signature.Invalid");
  expect(await refusal(signature, body, { ...sender, clientId: "another" })).toBe("Signature.Invalid");
  expect(await refusal(undefined)).toBe("Signature.Missing");
  expect(await refusal("a.b.c")).toBe("Signature.Invalid");
  expect(await refusal(`${signature}x`)).toBe("Signature.Invalid");
});

test("the older form leaves the payload unencoded (b64: false, up to 3.1.3)", async () => {
  const names = ["iat", "iss", "tan"].map((name) => `http://openbanking.org.uk/${name}`);
  const [iat = "", iss = "", tan = ""] = names;
  const { protected: header, signature } = await new FlattenedSign(new TextEncoder().encode(body))
    .setProtectedHeader({
      alg: "PS256",
      kid: "k1",
      b64: false,
      [iat]: 1,
      [iss]: issuer,
      [tan]: "tpp.example",
      crit: ["b64", ...names],
    })
    .sign({ ...key, alg: "PS256" } as never, { crit: Object.fromEntries(names.map((name) => [name, true])) });
  expect(await refusal(`${header}..${signature}`)).toBe("accepted");
  expect(await refusal(`${header}..${signature}`, `${body} `)).toBe("Signature.Invalid");
});

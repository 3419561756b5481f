import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createVaultWorld } from "../testing/vault-world.ts";
import { createTransitKeyProvider } from "./transit.ts";

// A server that answers as HashiCorp Vault's transit engine does ("Transit secrets engine (API)": encrypt data,
// decrypt data, rotate key, read key), with keys of type aes256-gcm96.
const token = "hvs.a-token-for-tests";
let server: Server;
let url: string;
const versions = [{ secret: randomBytes(32), createdAt: 1_760_000_000 }];
let sealed = false;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const answer = await transit(request);
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function transit(request: IncomingMessage): Promise<{ status: number; body?: unknown }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  if (sealed) return { status: 503, body: { errors: ["Vault is sealed"] } };
  if (request.headers["x-vault-token"] !== token || request.headers["x-vault-namespace"] !== "wallet")
    return { status: 403, body: { errors: ["permission denied"] } };
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, string>;
  const bytes = (name: string) => Buffer.from(body[name] ?? "", "base64");
  switch (`${request.method} ${request.url}`) {
    case "POST /v1/transit/encrypt/jinqiao": {
      const { secret } = versions.at(-1) as (typeof versions)[number];
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", secret, nonce);
      cipher.setAAD(bytes("associated_data"));
      const out = [nonce, cipher.update(bytes("plaintext")), cipher.final(), cipher.getAuthTag()];
      const ciphertext = `vault:v${versions.length}:${Buffer.concat(out).toString("base64")}`;
      return { status: 200, body: { data: { ciphertext, key_version: versions.length } } };
    }
    case "POST /v1/transit/decrypt/jinqiao": {
      const [, version = "", payload = ""] = (body.ciphertext ?? "").split(":");
      const { secret } = versions[Number(version.slice(1)) - 1] as (typeof versions)[number];
      const raw = Buffer.from(payload, "base64");
      const decipher = createDecipheriv("aes-256-gcm", secret, raw.subarray(0, 12));
      decipher.setAAD(bytes("associated_data"));
      decipher.setAuthTag(raw.subarray(-16));
      try {
        const plaintext = Buffer.concat([decipher.update(raw.subarray(12, -16)), decipher.final()]);
        return { status: 200, body: { data: { plaintext: plaintext.toString("base64") } } };
      } catch {
        return { status: 400, body: { errors: ["cipher: message authentication failed"] } };
      }
    }
    case "POST /v1/transit/keys/jinqiao/rotate":
      versions.push({ secret: randomBytes(32), createdAt: 1_770_000_000 });
      return { status: 204 };
    case "GET /v1/transit/keys/jinqiao": {
      const keys = Object.fromEntries(versions.map(({ createdAt }, index) => [String(index + 1), createdAt]));
      return { status: 200, body: { data: { name: "jinqiao", latest_version: versions.length, keys } } };
    }
    default:
      return { status: 404, body: { errors: [] } };
  }
}

const provider = (more: { token?: string; key?: string; url?: string } = {}) =>
  createTransitKeyProvider({
    url: more.url ?? url,
    key: more.key ?? "jinqiao",
    token: async () => more.token ?? token,
    namespace: "wallet",
  });

it("wraps and unwraps, bound to the place", async () => {
  const key = Buffer.alloc(32, 7);
  const { wrapped, kek } = await provider().wrap(key, "place ü");
  expect([wrapped.split(":", 2), kek]).toEqual([["vault", "v1"], "v1"]);
  expect((await provider().unwrap(wrapped, "place ü")).equals(key)).toBe(true);
  await expect(provider().unwrap(wrapped, "another")).rejects.toThrow(
    /400: cipher: message authentication failed/,
  );
});

it("tells the key that wraps now, and makes a new one", async () => {
  expect(await provider().describe()).toEqual({
    provider: "transit",
    id: "v1",
    place: `${url}, transit/jinqiao`,
    createdAt: new Date(1_760_000_000_000),
  });
  expect((await provider().rotate()).id).toBe("v2");
});

it("says in one sentence what is wrong, and never the token", async () => {
  for (const [wrong, message] of [
    [{ token: "hvs.wrong" }, /refused POST transit\/encrypt\/jinqiao with 403: permission denied\.$/],
    [{ key: "nothing" }, /refused POST transit\/encrypt\/nothing with 404\.$/],
    [{ url: "http://127.0.0.1:1" }, /does not answer at http:\/\/127\.0\.0\.1:1/],
  ] as const) {
    const error = await provider(wrong)
      .wrap(Buffer.alloc(32), "place")
      .catch((thrown: Error) => thrown);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain("hvs.");
  }
  sealed = true;
  await expect(provider().describe()).rejects.toThrow(/503: Vault is sealed/);
  sealed = false;
});

it("holds the keys of a vault through a rotation of its own", async () => {
  const world = await createVaultWorld();
  try {
    const vault = await world.open({ providers: [provider()] });
    await world.write(vault, "let_1", "cus_ann", "hello");
    const { keyEncryptionKey, rewrapped } = await vault.rotateKeyEncryptionKey();
    expect(rewrapped).toBe(4);
    const { dataKeys } = await vault.keys();
    expect(new Set(dataKeys.map((key) => key.kek))).toEqual(new Set([keyEncryptionKey.id]));
    expect(await world.read(await world.open({ providers: [provider()] }), "let_1")).toBe("hello");
  } finally {
    await world.close();
  }
});

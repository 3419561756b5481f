import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatVerifierKey, makeVerifierKey, signatureTypes } from "@jinqiao/transparency";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

let folder: string;
let env: Record<string, string>;
const key = Buffer.alloc(32, 1).toString("base64");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-config-"));
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  env = {
    DATABASE_URL: "postgres://someone:secret-word@localhost/jinqiao",
    JINQIAO_SECRETS_FILE: await file("secrets.json", JSON.stringify({ vaultKey: key, sessionSecret: key })),
    JINQIAO_BANKS_FILE: await file("banks.json", '[{"id":"harbour"}]'),
  };
  await file("broken.json", '{"vaultKey": "secret-word"');
  await file("pin.txt", "1234\n");
  await file("open.json", JSON.stringify({ vaultKey: key, sessionSecret: key }));
  await chmod(join(folder, "open.json"), 0o640);
  await file("no-vault-key.json", JSON.stringify({ sessionSecret: key }));
  await file("short.json", JSON.stringify({ vaultKey: key, sessionSecret: "c2hvcnQ=" }));
});
afterAll(() => rm(folder, { recursive: true }));

const witnessKey = formatVerifierKey(
  makeVerifierKey("witness.example/w1", signatureTypes.cosignature, new Uint8Array(32).fill(9)),
);

it("reads who watches the transparency log besides us", () => {
  const { log } = readConfig({
    ...env,
    JINQIAO_LOG_ORIGIN: "wallet.example/log",
    JINQIAO_LOG_WITNESSES: JSON.stringify([{ key: witnessKey, url: "https://witness.example/prefix/" }]),
    JINQIAO_LOG_ANCHOR: "https://anchors.example/jinqiao?token=1",
    JINQIAO_LOG_ANCHOR_MINUTES: "5",
  });
  expect(log).toMatchObject({
    origin: "wallet.example/log",
    witnesses: [{ key: { name: "witness.example/w1" }, url: "https://witness.example/prefix" }],
    anchor: { url: "https://anchors.example/jinqiao?token=1", everyMs: 300_000 },
  });
  expect(readConfig({ ...env, JINQIAO_LOG_ANCHOR: "/mnt/anchors.txt" }).log.anchor).toEqual({
    file: "/mnt/anchors.txt",
    everyMs: 3_600_000,
  });
});

it("reads what is set and knows the rest", () => {
  expect(readConfig(env)).toMatchObject({
    role: "all",
    host: "127.0.0.1",
    port: 7300,
    publicUrl: undefined,
    banks: [{ id: "harbour" }],
    vaultKey: Buffer.alloc(32, 1),
    seed: "none",
    trustProxy: false,
    rateLimitFactor: 1,
    sessions: { customer: { idleMs: 300_000, absoluteMs: 43_200_000 } },
    retention: { requestDays: 400, eventDays: 14 },
    log: { origin: undefined, witnesses: [], anchor: undefined },
  });
  expect(
    readConfig({
      ...env,
      JINQIAO_ROLE: "worker",
      JINQIAO_PORT: "8080",
      JINQIAO_URL: "https://wallet.example.com/",
      JINQIAO_SEED: "demo",
      JINQIAO_DEMO_PASSWORD: "given by the launcher",
      JINQIAO_STAFF_IDLE_MINUTES: "5",
      JINQIAO_REQUEST_DAYS: "800",
      JINQIAO_BANKS_FILE: "",
    }),
  ).toMatchObject({
    role: "worker",
    port: 8080,
    publicUrl: "https://wallet.example.com",
    seed: { demo: true, password: "given by the launcher" },
    sessions: { staff: { idleMs: 300_000 } },
    retention: { requestDays: 800 },
    banks: [],
  });
});

it.each([
  ["DATABASE_URL", "", /^DATABASE_URL is not set: .*npm start/],
  ["DATABASE_URL", "mysql://x:secret-word@y/z", /^DATABASE_URL is no PostgreSQL address: /],
  [
    "JINQIAO_PORT",
    "7300x",
    /^JINQIAO_PORT is "7300x": set it to a whole number from 0 to 65535, or leave it out for 7300/,
  ],
  ["JINQIAO_PORT", "70000", /^JINQIAO_PORT/],
  ["JINQIAO_PORT", "-1", /^JINQIAO_PORT/],
  ["JINQIAO_ROLE", "boss", /^JINQIAO_ROLE is "boss": set it to one of all, web, worker/],
  ["JINQIAO_SEED", "real", /^JINQIAO_SEED/],
  ["JINQIAO_LOG_LEVEL", "loud", /^JINQIAO_LOG_LEVEL/],
  ["JINQIAO_URL", "wallet.example.com", /^JINQIAO_URL/],
  ["JINQIAO_URL", "https://wallet.example.com/path", /^JINQIAO_URL .*without a path/],
  ["JINQIAO_URL", "http://wallet.example.com", /^JINQIAO_URL .*use https/],
  ["JINQIAO_RATE_LIMIT_FACTOR", "0", /^JINQIAO_RATE_LIMIT_FACTOR/],
  ["JINQIAO_REQUEST_DAYS", "7", /^JINQIAO_REQUEST_DAYS is "7": set it to a whole number from 30/],
  ["JINQIAO_EVENT_DAYS", "7", /^JINQIAO_EVENT_DAYS is "7": set it to a whole number from 8/],
  ["JINQIAO_CUSTOMER_IDLE_MINUTES", "1.5", /^JINQIAO_CUSTOMER_IDLE_MINUTES/],
  ["JINQIAO_LOG_ORIGIN", "a log", /^JINQIAO_LOG_ORIGIN is "a log": write a name without spaces/],
  ["JINQIAO_LOG_WITNESSES", "witness.example", /^JINQIAO_LOG_WITNESSES cannot be used/],
  [
    "JINQIAO_LOG_WITNESSES",
    '[{"key":"no key","url":"https://w.example"}]',
    /^JINQIAO_LOG_WITNESSES cannot be used/,
  ],
  [
    "JINQIAO_LOG_WITNESSES",
    `[{"key":"${witnessKey}","url":"ftp://w.example"}]`,
    /^JINQIAO_LOG_WITNESSES cannot/,
  ],
  ["JINQIAO_LOG_ANCHOR", "ftp://anchors.example", /^JINQIAO_LOG_ANCHOR cannot be used/],
  ["JINQIAO_LOG_ANCHOR", "https://user:word@anchors.example", /^JINQIAO_LOG_ANCHOR cannot be used/],
  ["JINQIAO_SECRETS_FILE", "", /^JINQIAO_SECRETS_FILE is not set/],
  [
    "JINQIAO_SECRETS_FILE",
    "missing.json",
    /^JINQIAO_SECRETS_FILE names .*missing\.json, which cannot be read \(ENOENT\)/,
  ],
  ["JINQIAO_SECRETS_FILE", "broken.json", /^JINQIAO_SECRETS_FILE names .*broken\.json, which is no JSON/],
  [
    "JINQIAO_SECRETS_FILE",
    "open.json",
    /^JINQIAO_SECRETS_FILE names .*, which others than its owner may read: close it with "chmod 600 /,
  ],
  ["JINQIAO_SECRETS_FILE", "no-vault-key.json", /^JINQIAO_SECRETS_FILE .* no usable vaultKey/],
  [
    "JINQIAO_KEY_PROVIDER",
    "kms",
    /^"kms" is no key provider: set JINQIAO_KEY_PROVIDER to one of file, pkcs11, transit/,
  ],
  ["JINQIAO_KEY_PROVIDER", "pkcs11", /^JINQIAO_PKCS11_LIBRARY is not set: the key provider pkcs11 needs/],
  ["JINQIAO_KEY_PROVIDER", "transit", /^JINQIAO_TRANSIT_URL is not set/],
  ["JINQIAO_SECRETS_FILE", "short.json", /^JINQIAO_SECRETS_FILE .* no usable sessionSecret/],
  ["JINQIAO_BANKS_FILE", "missing.json", /^JINQIAO_BANKS_FILE names/],
])("says in one sentence what is wrong with %s = %s", (name, value, message) => {
  const path = value.endsWith(".json") ? join(folder, value) : value;
  let said = "";
  try {
    readConfig({ ...env, [name]: path });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    said = (error as Error).message;
  }
  expect(said).toMatch(message);
  expect(said).toMatch(/\.$/);
  expect(said).not.toContain("\n");
  expect(said).not.toContain("secret-word");
});

it("reads where the keys are when they are not in the secrets file", () => {
  const pin = join(folder, "pin.txt");
  expect(
    readConfig({
      ...env,
      JINQIAO_SECRETS_FILE: join(folder, "no-vault-key.json"),
      JINQIAO_KEY_PROVIDER: "pkcs11",
      JINQIAO_PKCS11_LIBRARY: "/usr/lib/token.so",
      JINQIAO_PKCS11_TOKEN: "wallet",
      JINQIAO_PKCS11_PIN_FILE: pin,
    }),
  ).toMatchObject({
    vaultKey: undefined,
    keyProvider: { name: "pkcs11", library: "/usr/lib/token.so", token: "wallet", pin: "1234" },
  });
  const transit = { ...env, JINQIAO_KEY_PROVIDER: "transit", JINQIAO_TRANSIT_KEY: "wallet" };
  const url = { JINQIAO_TRANSIT_TOKEN_FILE: pin, JINQIAO_TRANSIT_URL: "https://vault.example:8200/" };
  const before = {
    JINQIAO_KEY_PROVIDER_BEFORE: "pkcs11",
    JINQIAO_PKCS11_LIBRARY: "/usr/lib/token.so",
    JINQIAO_PKCS11_TOKEN: "wallet",
    JINQIAO_PKCS11_PIN_FILE: pin,
  };
  expect(readConfig({ ...transit, ...url, ...before })).toMatchObject({
    vaultKey: Buffer.alloc(32, 1),
    keyProviderBefore: { name: "pkcs11", token: "wallet" },
    keyProvider: { name: "transit", url: "https://vault.example:8200", key: "wallet" },
  });
  const open = { ...url, JINQIAO_TRANSIT_URL: "http://vault.example:8200" };
  expect(() => readConfig({ ...transit, ...open })).toThrow(
    /^JINQIAO_TRANSIT_URL cannot be used: give an https/,
  );
});

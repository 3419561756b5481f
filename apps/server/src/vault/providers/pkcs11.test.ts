import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createVaultWorld } from "../testing/vault-world.ts";
import { createFileKeyProvider } from "./file.ts";
import { createPkcs11KeyProvider } from "./pkcs11.ts";

// A real PKCS#11 token: SoftHSM 2 of Debian, which `npm test` installs.
const library = "/usr/lib/softhsm/libsofthsm2.so";
const lacking = existsSync(library)
  ? await import("pkcs11js").then(
      () => undefined,
      () => "the optional package pkcs11js is not built",
    )
  : `there is no SoftHSM at ${library}`;
const test = lacking === undefined ? it : it.skip;
const because = lacking === undefined ? "" : ` (left out: ${lacking})`;

let folder: string;
const pin = "1234567";
const open = (more: { token?: string; pin?: string; library?: string } = {}) =>
  createPkcs11KeyProvider({ library, token: "jinqiao test", pin, ...more });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-softhsm-"));
  await mkdir(join(folder, "tokens"));
  const config = join(folder, "softhsm2.conf");
  await writeFile(config, `directories.tokendir = ${join(folder, "tokens")}\nobjectstore.backend = file\n`);
  process.env.SOFTHSM2_CONF = config;
  if (lacking !== undefined) return;
  const args = ["--init-token", "--free", "--label", "jinqiao test", "--so-pin", "7654321", "--pin", pin];
  const made = spawnSync("softhsm2-util", args, { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`softhsm2-util: ${made.stderr}${made.stdout}`);
});
afterAll(async () => {
  delete process.env.SOFTHSM2_CONF;
  await rm(folder, { recursive: true });
});

test(`a token wraps and unwraps, bound to the place, also after it was opened again${because}`, async () => {
  const key = Buffer.alloc(32, 7);
  const first = await open();
  const { wrapped, kek } = await first.wrap(key, "place");
  expect(wrapped).toMatch(new RegExp(`^p1\\.${kek}\\.[A-Za-z0-9_-]{80}$`));
  expect(wrapped).not.toBe((await first.wrap(key, "place")).wrapped);
  await first.close();

  const second = await open();
  try {
    expect((await second.unwrap(wrapped, "place")).equals(key)).toBe(true);
    await expect(second.unwrap(wrapped, "another place")).rejects.toThrow(/refused/);
    const changed = `${wrapped.slice(0, -1)}${wrapped.endsWith("A") ? "B" : "A"}`;
    await expect(second.unwrap(changed, "place")).rejects.toThrow();
    await expect(second.unwrap(`p1.${"0".repeat(24)}.AAAA`, "place")).rejects.toThrow(/does not have/);
    // The session is as good as before after each refusal.
    expect((await second.unwrap(wrapped, "place")).equals(key)).toBe(true);
  } finally {
    await second.close();
  }
});

test(`a new key in the token wraps from then on, and the older one still unwraps${because}`, async () => {
  const provider = await open();
  try {
    const before = await provider.wrap(Buffer.alloc(32, 1), "place");
    const { id } = await provider.rotate();
    expect(id).not.toBe(before.kek);
    expect((await provider.describe()).id).toBe(id);
    expect((await provider.wrap(Buffer.alloc(32, 2), "place")).kek).toBe(id);
    expect((await provider.unwrap(before.wrapped, "place")).equals(Buffer.alloc(32, 1))).toBe(true);
  } finally {
    await provider.close();
  }
});

test(`a wrong token, PIN or library is said in one sentence${because}`, async () => {
  await expect(open({ token: "another" })).rejects.toThrow(/There is no token "another"/);
  await expect(open({ pin: "0000000" })).rejects.toThrow(/check the PIN/);
  await expect(open({ library: "/nowhere.so" })).rejects.toThrow(/JINQIAO_PKCS11_LIBRARY/);
});

test(`a vault moves from the secrets file into the token, and back${because}`, async () => {
  const world = await createVaultWorld();
  try {
    const inFile = createFileKeyProvider({ keys: [world.masterKey] });
    const before = await world.open({ providers: [inFile] });
    await world.write(before, "let_1", "cus_ann", "written with the file");
    const sealed = await world.sealedTexts();

    const moving = await world.open({ providers: [await open(), inFile] });
    expect(await moving.rewrap()).toBe(4);
    expect(new Set((await moving.keys()).dataKeys.map((key) => key.provider))).toEqual(new Set(["pkcs11"]));
    await moving.close();

    const inToken = await world.open({ providers: [await open()] });
    expect(await world.read(inToken, "let_1")).toBe("written with the file");
    expect(await world.sealedTexts()).toEqual(sealed);
    expect((await inToken.rotateKeyEncryptionKey()).rewrapped).toBe(4);
    await inToken.close();

    await expect(world.open({ providers: [inFile] })).rejects.toThrow(/"pkcs11", which is not configured/);
    const back = await world.open({ providers: [inFile, await open()] });
    await back.rewrap();
    await back.close();
    expect(await world.read(await world.open({ providers: [inFile] }), "let_1")).toBe(
      "written with the file",
    );
  } finally {
    await world.close();
  }
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modulesOf } from "@jinqiao/qr/image";
import { PNG } from "pngjs";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { qr } from "./qr.ts";

const samples = JSON.parse(
  readFileSync(new URL("../../../../vectors/emvco-qr/samples.json", import.meta.url), "utf8"),
) as { payload: string; crc_ok: boolean }[];
const [first, , broken] = samples.map(({ payload }) => payload) as [string, string, string];

const folder = mkdtempSync(join(tmpdir(), "jinqiao-qr-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs the command and answers what it printed. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    printed.err += String(text);
    return true;
  });
  const code = await qr.run(args);
  return { code, ...printed };
}

describe("jinqiao qr decode", () => {
  it("prints the fields and the scheme of a text and of a picture", async () => {
    const read = await run("decode", first, "--json");
    expect(JSON.parse(read.out)).toMatchObject({
      kind: "merchant",
      name: "BEST TRANSPORT",
      amount: { amount: "23.72", currency: "CNY" },
    });
    const path = join(folder, "code.png");
    writeFileSync(path, pictureOf(first));
    expect((await run("decode", path, "--json")).out).toBe(read.out);
  });
  it("prints the error, with exit code 1", async () => {
    const { code, err } = await run("decode", broken, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ error: { code: "checksum_wrong", field: "63" } });
    expect((await run("decode", "nobody.png")).code).toBe(1);
    const path = join(folder, "half.png");
    writeFileSync(path, pictureOf(first).subarray(0, 60));
    expect(await run("decode", path)).toMatchObject({ code: 1, out: "" });
  });
  it("says how it is called", async () => {
    await expect(run("decode")).rejects.toThrow(/qr decode/);
    await expect(run("encode", first)).rejects.toThrow(/qr decode/);
  });
});

function pictureOf(text: string): Buffer {
  const modules = modulesOf(text);
  const side = modules.length * 4;
  const picture = new PNG({ width: side, height: side });
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1)
      picture.data.set(modules[y >> 2]?.[x >> 2] ? [0, 0, 0, 255] : [255, 255, 255, 255], (y * side + x) * 4);
  return PNG.sync.write(picture);
}

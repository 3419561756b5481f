import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import {
  addSignature,
  appendLeaves,
  checkpointText,
  createNoteSigner,
  createTreeReader,
  emptyEdge,
  formatReceipt,
  formatVerifierKey,
  hashEntry,
  makeReceipt,
  type NoteSigner,
  parseTilePath,
  rootOfEdge,
  signatureTypes,
  signCheckpoint,
  textHash,
  tileHashReader,
  toBase64,
  transferLeafText,
} from "@jinqiao/transparency";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { UsageError } from "../command.ts";
import { inLanguage } from "../terminal.ts";
import { receipt as command } from "./receipt.ts";

const bin = fileURLToPath(new URL("../../bin/jinqiao.js", import.meta.url));
const origin = "wallet.example/ledger";
const at = new Date("2026-03-01T12:00:05.000Z");
const bytes = (text: string) => new TextEncoder().encode(text);

let folder: string;
let server: Server;
let url: string;
let key: string;
let otherKey: string;
let witnessKey: string;
let file: string;
let text: string;
/** What the log shows now; a test may put something else in its place. */
let shown: { checkpoint: string; tiles: Map<string, Uint8Array>; key: string };
let logSigner: NoteSigner;
let tilesOf: (size: number, rewritten?: boolean) => { root: Uint8Array; tiles: Map<string, Uint8Array> };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-receipt-"));
  logSigner = await createNoteSigner(origin, signatureTypes.ed25519, new Uint8Array(32).fill(1));
  const other = await createNoteSigner(origin, signatureTypes.ed25519, new Uint8Array(32).fill(2));
  const witness = await createNoteSigner(
    "witness.example",
    signatureTypes.cosignature,
    new Uint8Array(32).fill(3),
  );
  [key, otherKey, witnessKey] = [logSigner.key, other.key, witness.key].map(formatVerifierKey) as [
    string,
    string,
    string,
  ];

  const header = {
    id: "trf_01jnq5",
    kind: "transfer",
    subject: "pay_01jnq4",
    at: "2026-03-01T12:00:00.123Z",
  };
  const sides = [
    { account: "customer:cus_01", currency: "CNY", amount: "16588", sequence: "7", balance: "83412" },
    { account: "customer:cus_02", currency: "CNY", amount: "-16588", sequence: "3", balance: "16588" },
  ];
  const transferSalt = toBase64(new Uint8Array(16).fill(42));
  const entry = bytes(transferLeafText(textHash, transferSalt, header, sides));
  const leaves = Array.from({ length: 700 }, (_, index) =>
    hashEntry(index === 300 ? entry : bytes(`${index}`)),
  );
  tilesOf = (size, rewritten = false) => {
    const own = rewritten ? [hashEntry(bytes("rewritten")), ...leaves.slice(1, size)] : leaves.slice(0, size);
    const { written, edge } = appendLeaves(emptyEdge, own);
    const tiles = new Map(written.map(({ level, index, hashes }) => [`${level}/${index}`, hashes]));
    return { root: rootOfEdge(edge), tiles };
  };
  const { root, tiles } = tilesOf(400);
  const reader = createTreeReader(
    tileHashReader(400n, async (wanted) =>
      wanted.map(({ level, index }) => tiles.get(`${level}/${index}`) ?? new Uint8Array()),
    ),
  );
  const head = { origin, size: 400n, root };
  const signed = await signCheckpoint(head, [logSigner], at);
  text = formatReceipt(
    makeReceipt({
      origin,
      position: 300n,
      header,
      sides,
      opens: ({ account }) => account === "customer:cus_01",
      transferSalt,
      proof: await reader.inclusionProof(300n, 400n),
      checkpoint: addSignature(signed, await witness.sign(checkpointText(head), at)),
    }),
  );
  file = join(folder, "receipt.json");
  await writeFile(file, text);
  await show(700);

  // A log as C2SP tlog-tiles describes it, of three hundred lines less than a whole server.
  server = createServer((request, response) => {
    const path = request.url ?? "";
    const tile = parseTilePath(path.replace("/log/", ""));
    const body =
      path === "/log/key"
        ? shown.key
        : path === "/log/checkpoint"
          ? shown.checkpoint
          : tile?.kind === "hashes"
            ? shown.tiles.get(`${tile.level}/${tile.index}`)?.subarray(0, tile.width * 32)
            : undefined;
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});

afterAll(async () => {
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Puts on show what the log has become. */
async function show(size: number, rewritten = false): Promise<void> {
  const { root, tiles } = tilesOf(size, rewritten);
  const checkpoint = await signCheckpoint({ origin, size: BigInt(size), root }, [logSigner], at);
  const answer = { origin, key, witnesses: [witnessKey] };
  shown = { checkpoint, tiles, key: JSON.stringify(answer) };
}

type Answer = { code: number | null; out: string; err: string };

/** Runs the command here, as `main.ts` does: a process for each call takes seconds on a busy machine. */
async function receipt(
  args: string[],
  { env = {}, input }: { env?: Record<string, string>; input?: string } = {},
): Promise<Answer> {
  const path = join(folder, "input.json");
  if (input !== undefined) await writeFile(path, input);
  const variables = { LANG: "C", LC_ALL: "", LC_MESSAGES: "", JINQIAO_LOG_KEY: "", ...env };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  let out = "";
  const written = vi.spyOn(process.stdout, "write").mockImplementation((data) => {
    out += String(data);
    return true;
  });
  try {
    const code = await command.run(args.map((arg) => (arg === "-" ? path : arg)));
    return { code, out, err: "" };
  } catch (error) {
    if (error instanceof SetupError) return { code: 1, out, err: inLanguage(error.text) };
    const usage =
      error instanceof UsageError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
    if (usage) return { code: 2, out, err: (error as Error).message };
    throw error;
  } finally {
    written.mockRestore();
    vi.unstubAllEnvs();
  }
}

/** Runs it as a person does, with a receipt on standard input. */
async function spawned(args: string[], input: string): Promise<Answer> {
  const child = spawn(process.execPath, [bin, "receipt", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LANG: "C", LC_ALL: "", LC_MESSAGES: "", JINQIAO_LOG_KEY: "" },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  child.stdin.on("error", () => undefined).end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

describe("a genuine receipt", () => {
  test("is told in words, in both languages", async () => {
    const english = await receipt(["verify", file, "--key", key]);
    expect(english).toMatchObject({ code: 0, err: "" });
    expect(english.out).toContain("The receipt is genuine");
    expect(english.out).toContain("165.88 CNY out (debit)");
    expect(english.out).toContain("834.12 CNY");
    expect(english.out).toContain("number 301 of 400, in wallet.example/ledger");
    expect(english.out).toContain("1, of whom the receipt reveals nothing");
    const chinese = await receipt(["verify", file], { env: { LANG: "zh_CN.UTF-8", JINQIAO_LOG_KEY: key } });
    expect(chinese).toMatchObject({ code: 0, err: "" });
    expect(chinese.out).toContain("凭证真实");
    expect(chinese.out).toContain("165.88 CNY 转出（借）");
  });

  test("is told to programs as JSON, also from standard input", async () => {
    const { code, out } = await spawned(
      ["verify", "-", "--key", key, "--witness", witnessKey, "--json"],
      text,
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      log: { origin, position: "300", size: "400" },
      transfer: { id: "trf_01jnq5", subject: "pay_01jnq4" },
      sides: [
        {
          leg: 1,
          account: "customer:cus_01",
          side: "debit",
          amount: { amount: "165.88", currency: "CNY" },
          balance: { amount: "834.12", currency: "CNY" },
        },
      ],
      hiddenSides: 1,
      witnesses: [{ name: "witness.example", at: "2026-03-01T12:00:05.000Z" }],
      keyFrom: null,
      stillIn: null,
    });
  });

  test("with the key asked from a server, it is said that the server is then trusted", async () => {
    const { code, out } = await receipt(["verify", file, "--key-from", url]);
    expect(code).toBe(0);
    expect(out).toContain(`The key came from ${url}, so this holds only if you trust that server.`);
    expect(out).toContain("witness.example (2026-03-01 12:00:05 UTC)");
    // Also from a file of keys, as anyone may publish them.
    shown.key = `${otherKey}\n${key}\n`;
    expect((await receipt(["verify", file, "--key-from", `${url}/log/key`])).code).toBe(0);
    shown.key = "{}";
    expect((await receipt(["verify", file, "--key-from", url])).err).toContain("gave no key of a log");
    await show(700);
  });
});

describe("the log of today", () => {
  test("still holds what it held", async () => {
    await show(700);
    const { code, out } = await receipt(["verify", file, "--key", key, "--log", `${url}/log`]);
    expect(out).toContain("The log has 700 entries now and still holds everything");
    expect(code).toBe(0);
    await show(400);
    expect((await receipt(["verify", file, "--key", key, "--log", `${url}/log/`])).code).toBe(0);
  });

  test.each([
    ["was rewritten", 700, true],
    ["was rewritten at the same size", 400, true],
    ["has shrunk", 399, false],
  ])("%s", async (_, size, rewritten) => {
    await show(size, rewritten);
    const { code, out } = await receipt(["verify", file, "--key", key, "--log", `${url}/log`, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, problem: "history_rewritten" });
    await show(700);
  });
});

describe("what is not genuine", () => {
  test.each([
    ["another amount", () => text.replace("16588", "16589"), "proof_wrong"],
    ["another size", () => text.replace("\\n400\\n", "\\n401\\n"), "signature_wrong"],
    ["an edited field", () => text.replace('"kind"', '"kine"'), "receipt_malformed"],
    ["another file", () => '{"hello":"world"}', "receipt_format_unknown"],
    ["a picture", () => "\u0089PNG", "receipt_not_json"],
    ["an empty file", () => "", "receipt_not_json"],
    ["a byte order mark", () => `\ufeff${text}`, "receipt_not_json"],
  ])("%s is refused with exit code 1 and its name", async (_, altered, problem) => {
    const { code, out } = await receipt(["verify", "-", "--key", key], { input: altered() });
    expect(code).toBe(1);
    expect(out).toContain(`(${problem}:`);
    expect(out).toMatch(/^✗ [A-Z]/);
  });

  test("another key, and a witness that has not signed", async () => {
    const byOther = await receipt(["verify", file, "--key", otherKey]);
    expect(byOther.code).toBe(1);
    expect(byOther.out).toContain("(signature_missing:");
    // The old key beside the new one is enough.
    expect((await receipt(["verify", file, "--key", otherKey, "--key", key])).code).toBe(0);
    const absent = witnessKey.replace("witness", "absent");
    expect((await receipt(["verify", file, "--key", key, "--witness", absent])).code).toBe(2);
    const witness = await createNoteSigner(
      "absent.example",
      signatureTypes.cosignature,
      new Uint8Array(32).fill(9),
    );
    const unseen = await receipt(["verify", file, "--key", key, "--witness", formatVerifierKey(witness.key)]);
    expect(unseen.code).toBe(1);
    expect(unseen.out).toContain("(witnesses_missing:");
  });

  test("bytes that are no text, and more than a receipt can have", async () => {
    const bad = join(folder, "bad.json");
    await writeFile(bad, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
    expect((await receipt(["verify", bad, "--key", key])).out).toContain("receipt_not_json");
    await writeFile(bad, "[".repeat(5_000_000));
    const huge = await receipt(["verify", bad, "--key", key, "--json"]);
    expect(huge.code).toBe(1);
    expect(JSON.parse(huge.out)).toMatchObject({ problem: "receipt_malformed", detail: "length" });
  });
});

describe("a wrong call", () => {
  test.each([
    ["no file", [], "Name one receipt"],
    ["no verify", ["show", "x"], "Name one receipt"],
    ["two files", ["verify", "a", "b"], "Name one receipt"],
    ["no key", ["verify", "x"], "Which key must have signed?"],
    ["a key that is none", ["verify", "x", "--key", "abc"], "This is no key of a log"],
    ["both ways to a key", ["verify", "x", "--key", "abc", "--key-from", "http://x"], "not both"],
    ["an unknown option", ["verify", "x", "--kye", "abc"], "Unknown option '--kye'"],
  ])("%s: exit code 2", async (_, args, says) => {
    const { code, err } = await receipt(args);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  test("its help goes with it, from the terminal too", async () => {
    const { code, out, err } = await spawned(["verify"], "");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Name one receipt");
    expect(err).toContain("JINQIAO_LOG_KEY");
  });

  test.each([
    [
      "a file that is not there",
      ["verify", "/nowhere/receipt.json", "--key", "KEY"],
      "cannot be read (ENOENT)",
    ],
    ["an address that is none", ["verify", "FILE", "--key-from", "wallet.example"], "is no address"],
    ["nobody there", ["verify", "FILE", "--key-from", "http://127.0.0.1:9/"], "does not answer"],
    ["no key there", ["verify", "FILE", "--key-from", "URL/log/nothing"], "gave no key of a log"],
    [
      "no log there",
      ["verify", "FILE", "--key", "KEY", "--log", "URL/nothing"],
      "did not answer as a log does",
    ],
  ])("%s: exit code 1, one sentence", async (_, args, says) => {
    const named = args.map((arg) => arg.replace("FILE", file).replace("URL", url).replace("KEY", key));
    const { code, err } = await receipt(named);
    expect(code).toBe(1);
    expect(err).toContain(says);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});

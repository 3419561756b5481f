import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
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
  signatureTypes,
  signCheckpoint,
  textHash,
  tileHashReader,
  toBase64,
  transferLeafText,
} from "../../packages/transparency/src/index.ts";
import { eventually, everyLook, inspect, type Look, launchBrowser, type Visitor, visit } from "./browser.ts";
import { builtPages } from "./web-build.ts";

const origin = "wallet.example/log";
let browser: Browser;
let server: Server;
let url: string;
let receipt: string;
let key: string;
let otherKey: string;
/** What the server was sent, beyond asking for pages. */
const received: string[] = [];
const visitors: Visitor[] = [];

beforeAll(async () => {
  const logSigner = await createNoteSigner(origin, signatureTypes.ed25519, new Uint8Array(32).fill(1));
  const other = await createNoteSigner(origin, signatureTypes.ed25519, new Uint8Array(32).fill(2));
  const witness = await createNoteSigner(
    "witness.example/w1",
    signatureTypes.cosignature,
    new Uint8Array(32).fill(3),
  );
  key = formatVerifierKey(logSigner.key);
  otherKey = formatVerifierKey(other.key);
  receipt = await makeSample(logSigner, witness);
  const { wallet } = await builtPages();
  server = await servePages(wallet, { origin, key, witnesses: [formatVerifierKey(witness.key)] });
  url = `http://localhost:${(server.address() as { port: number }).port}`;
  browser = await launchBrowser();
}, 240_000);
afterEach(async () => {
  for (const { context } of visitors.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

/** A log of 12,345 entries in which a customer paid 165.88 yuan to somebody. */
async function makeSample(
  logSigner: Awaited<ReturnType<typeof createNoteSigner>>,
  witness: Awaited<ReturnType<typeof createNoteSigner>>,
): Promise<string> {
  const at = new Date("2026-11-22T08:30:05.000Z");
  const size = 12_345n;
  const header = {
    id: "trf_01jd8c0v5k3m7q9r2t4w6x8y0z",
    kind: "transfer",
    subject: "pay_01jd8c0v5k3m7q9r2t4w6x8y0a",
    at: "2026-11-22T08:30:00.123Z",
  };
  const currency = "CNY";
  const sides = [
    {
      account: "customer:cus_01jd8c0v5k3m7q9r2t4w6x8y0b",
      currency,
      amount: "16588",
      sequence: "7",
      balance: "283412",
    },
    {
      account: "customer:cus_01jd8c0v5k3m7q9r2t4w6x8y0c",
      currency,
      amount: "-16588",
      sequence: "3",
      balance: "16588",
    },
  ];
  const transferSalt = toBase64(new Uint8Array(16).fill(42));
  const text = (entry: string) => new TextEncoder().encode(entry);
  const entry = text(transferLeafText(textHash, transferSalt, header, sides));
  const leaves = Array.from({ length: Number(size) }, (_, index) =>
    hashEntry(index === 9_000 ? entry : text(`${index}`)),
  );
  const { root, written } = appendLeaves(emptyEdge, leaves);
  const reader = createTreeReader(
    tileHashReader(size, async (tiles) =>
      tiles.map(
        ({ level, index }) =>
          written.find((tile) => tile.level === level && tile.index === index)?.hashes ?? new Uint8Array(),
      ),
    ),
  );
  const head = { origin, size, root };
  const signed = await signCheckpoint(head, [logSigner], at);
  return formatReceipt(
    makeReceipt({
      origin,
      position: 9_000n,
      header,
      sides,
      opens: (side) => side === sides[0],
      transferSalt,
      proof: await reader.inclusionProof(9_000n, size),
      checkpoint: addSignature(signed, await witness.sign(checkpointText(head), at)),
    }),
  );
}

/** The pages and the log's key, and nothing that could verify: whatever is proved, the browser has proved. */
async function servePages(folder: string, logKey: unknown): Promise<Server> {
  const types: Record<string, string> = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
  };
  const pages = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method !== "GET" || pathname.startsWith("/v1/"))
      received.push(`${request.method} ${pathname}`);
    if (pathname === "/log/key") {
      response.setHeader("content-type", "application/json").end(JSON.stringify(logKey));
      return;
    }
    const file = extname(pathname) === "" ? "/index.html" : pathname;
    response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream");
    response.end(await readFile(join(folder, file)).catch(() => ""));
  });
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  return pages;
}

async function open(look: Look): Promise<Visitor> {
  const visitor = await visit(browser, look);
  visitors.push(visitor);
  await visitor.page.goto(`${url}/verify-receipt`);
  await visitor.page.getByTestId("server-key").waitFor();
  return visitor;
}

const choose = (page: Page, text: string) =>
  page
    .locator("input[type=file]")
    .setInputFiles({ name: "jinqiao-receipt.json", mimeType: "application/json", buffer: Buffer.from(text) });

const problemOf = (page: Page) => page.getByTestId("verdict").getAttribute("data-problem");

describe.each<Look>([
  { language: "zh", width: 390, theme: "light" },
  { language: "en", width: 1280, theme: "light" },
  ...(everyLook
    ? ([
        { language: "en", width: 390, theme: "dark" },
        { language: "zh", width: 1280, theme: "dark" },
      ] as const)
    : []),
])("the page that checks receipts, %o", (look) => {
  test("shows what is proved, and what is not", { timeout: 120_000 }, async () => {
    const visitor = await open(look);
    const { page } = visitor;
    await inspect(visitor, "41-verify-receipt");

    await choose(page, receipt);
    await page.getByTestId("verdict").waitFor();
    expect(await problemOf(page)).toBe("none");
    const words = await page.getByTestId("verdict").innerText();
    for (const fact of [
      "165.88",
      "2,834.12",
      "9,001",
      "12,345",
      origin,
      "witness.example/w1",
      "trf_01jd8c0v5k3m7q9r2t4w6x8y0z",
    ])
      expect(words).toContain(fact);
    await inspect(visitor, "42-verify-receipt-genuine");

    await choose(page, receipt.replace("16588", "96588"));
    await eventually(() => problemOf(page)).toBe("proof_wrong");
    await inspect(visitor, "43-verify-receipt-refused");

    await page.locator("input[value=own]").check();
    expect(await page.getByTestId("verdict").count()).toBe(0);
    await page.getByTestId("submit").click();
    await eventually(() => page.locator("[name=key]").getAttribute("aria-invalid")).toBe("true");
    await inspect(visitor, "44-verify-receipt-no-key");
  });
});

test("with a key of one's own it is checked without any server", { timeout: 120_000 }, async () => {
  const visitor = await open({ language: "en", width: 1280, theme: "light" });
  const { page, context } = visitor;
  await page.locator("input[value=own]").check();
  await context.setOffline(true);
  received.length = 0;
  await page.locator("summary").click();
  await page.locator("[name=receipt]").fill(receipt);
  await page.locator("[name=key]").fill(key);
  await page.getByTestId("submit").click();
  await page.getByTestId("verdict").waitFor();
  expect(await problemOf(page)).toBe("none");
  // The answer has the focus, so that it is read out.
  expect(await page.evaluate("document.activeElement.textContent")).toBe("The receipt is genuine");

  await page.locator("[name=key]").fill(otherKey);
  expect(await page.getByTestId("verdict").count()).toBe(0);
  await page.getByTestId("submit").click();
  await eventually(() => problemOf(page)).toBe("signature_missing");
  await page.locator("[name=key]").fill(key.slice(0, -3));
  await page.getByTestId("submit").click();
  await eventually(() => problemOf(page)).toBe("key_malformed");
  expect(received).toEqual([]);
});

test.each([
  ["a picture", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]), "receipt_not_json"],
  ["an empty file", Buffer.alloc(0), "receipt_not_json"],
  ["a file of another kind", Buffer.from('{"hello":"world"}'), "receipt_format_unknown"],
  ["five megabytes", Buffer.alloc(5_000_000, "["), "receipt_malformed"],
])("%s is refused in a clear sentence", { timeout: 60_000 }, async (_, buffer, problem) => {
  const { page, faults } = await open({ language: "en", width: 390, theme: "light" });
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "x.json", mimeType: "application/json", buffer });
  await eventually(() => problemOf(page)).toBe(problem);
  expect(await page.getByTestId("verdict").innerText()).toMatch(/[a-z]\./);
  expect(faults).toEqual([]);
});

test("a file dropped on the page's field is checked at once", { timeout: 60_000 }, async () => {
  const { page } = await open({ language: "en", width: 1280, theme: "light" });
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "receipt.json", { type: "application/json" }));
    return transfer;
  }, receipt);
  await page.locator("label:has(input[type=file])").dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByTestId("verdict").waitFor();
  expect(await problemOf(page)).toBe("none");
});

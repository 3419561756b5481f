import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Manifest } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

/** The budget of the first page: 150 kB of script, as sent. */
const budgetBytes = 150_000;

const root = fileURLToPath(new URL("..", import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), "jinqiao-wallet-size-"));
let manifest: Manifest;

beforeAll(async () => {
  // The test runner's own NODE_ENV would bring in React's development build.
  vi.stubEnv("NODE_ENV", "production");
  await build({ root, mode: "production", logLevel: "error", build: { outDir, emptyOutDir: true } });
  manifest = JSON.parse(readFileSync(join(outDir, ".vite/manifest.json"), "utf8"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(outDir, { recursive: true, force: true });
});

/** Script that a browser fetches to show a page: the entry, the page, one language, and what each of them imports. */
function scriptBytes(page: string, language: string): number {
  const files = new Set<string>();
  const add = (key: string): void => {
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`not in the build: ${key}`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    chunk.imports?.forEach(add);
  };
  for (const key of [
    "index.html",
    page,
    `src/locales/${language}.ts`,
    `../../packages/ui/src/locales/${language}.ts`,
  ])
    add(key);
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(outDir, file))).length, 0);
}

test.each([
  ["src/features/welcome/welcome-page.tsx", "en"],
  ["src/features/welcome/welcome-page.tsx", "zh"],
  ["src/features/home/home-page.tsx", "en"],
  ["src/features/home/home-page.tsx", "zh"],
])("%s in %s fits the budget for the first page", (page, language) => {
  const bytes = scriptBytes(page, language);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes, `${bytes} bytes of script, compressed`).toBeLessThanOrEqual(budgetBytes);
});

test("pages beyond the first are fetched when they are needed", () => {
  const entry = manifest["index.html"];
  expect(entry?.imports?.some((key) => key.includes("features/"))).toBe(false);
});

test("the service worker keeps the shell and never an answer of the API", () => {
  const worker = readFileSync(join(outDir, "sw.js"), "utf8");
  expect(worker).toContain("index.html");
  expect(worker).toMatch(/denylist:\s*\[[^\]]*v1/);
  expect(worker).not.toContain("NetworkFirst");
  expect(worker).not.toContain("StaleWhileRevalidate");
});

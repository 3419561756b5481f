import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

/** The budget of the first page: 150 kB of script, as sent. */
const budgetBytes = 150_000;

let chunks: Map<string, Rolldown.OutputChunk>;

beforeAll(async () => {
  // The test runner's own NODE_ENV would bring in React's development build.
  vi.stubEnv("NODE_ENV", "production");
  const root = fileURLToPath(new URL("..", import.meta.url));
  const built = await build({ root, mode: "production", logLevel: "error", build: { write: false } });
  const [output] = [built].flat() as Rolldown.RolldownOutput[];
  chunks = new Map(
    (output?.output ?? []).flatMap((file) => (file.type === "chunk" ? [[file.fileName, file]] : [])),
  );
});
afterAll(() => vi.unstubAllEnvs());

/** Script a browser fetches for the overview in one language: the entry, the page, the texts, and all they import. */
function firstPageBytes(language: string): number {
  const wanted = [
    "index.html",
    "overview-page.tsx",
    `console/src/locales/${language}.ts`,
    `ui/src/locales/${language}.ts`,
  ];
  const files = new Set<string>();
  const add = (fileName: string): void => {
    if (files.has(fileName)) return;
    files.add(fileName);
    for (const imported of chunks.get(fileName)?.imports ?? []) add(imported);
  };
  for (const source of wanted) {
    const chunk = [...chunks.values()].find((one) => one.facadeModuleId?.endsWith(source));
    if (chunk === undefined) throw new Error(`not in the build: ${source}`);
    add(chunk.fileName);
  }
  return [...files].reduce((sum, fileName) => sum + gzipSync(chunks.get(fileName)?.code ?? "").length, 0);
}

test.each(["en", "zh"])("the overview in %s fits the budget of the first page", (language) => {
  const bytes = firstPageBytes(language);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes, `${bytes} bytes of script, compressed`).toBeLessThanOrEqual(budgetBytes);
});

test("the schemas of the server stay on the server", () => {
  const modules = [...chunks.values()].flatMap((chunk) => Object.keys(chunk.modules));
  expect(modules.filter((id) => id.includes("/node_modules/zod/"))).toEqual([]);
  expect(modules.some((id) => id.includes("/packages/contract/src/client.ts"))).toBe(true);
});

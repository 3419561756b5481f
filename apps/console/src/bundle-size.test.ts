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

/** Script a browser fetches for these parts: they, and all they import. */
function bytesOf(wanted: readonly string[]): number {
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

/** The entry, the app that it starts, the page and the texts in one language. */
const firstPages = {
  "the staff's overview": (language: string) => [
    "index.html",
    "console/src/start.tsx",
    "features/overview/overview-page.tsx",
    `console/src/locales/${language}.ts`,
    `ui/src/locales/${language}.ts`,
  ],
  "a merchant's overview": (language: string) => [
    "index.html",
    "merchant/start.tsx",
    "merchant/overview/overview-page.tsx",
    `merchant/locales/${language}.ts`,
    `merchant/locales/overview/${language}.ts`,
    `ui/src/locales/${language}.ts`,
  ],
};

test.each(
  Object.entries(firstPages).flatMap(([name, parts]) =>
    ["en", "zh"].map((language) => ({ name, language, parts })),
  ),
)("$name in $language fits the budget of the first page", ({ language, parts }) => {
  const bytes = bytesOf(parts(language));
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes, `${bytes} bytes of script, compressed`).toBeLessThanOrEqual(budgetBytes);
});

test("the schemas of the server stay on the server", () => {
  const modules = [...chunks.values()].flatMap((chunk) => Object.keys(chunk.modules));
  expect(modules.filter((id) => id.includes("/node_modules/zod/"))).toEqual([]);
  expect(modules.some((id) => id.includes("/packages/contract/src/client.ts"))).toBe(true);
});

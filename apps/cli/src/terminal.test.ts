import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { createTerminal, terminalLanguage } from "./terminal.ts";

function capture(isTTY: boolean): { stream: NodeJS.WriteStream; text(): string } {
  const stream = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream;
  return { stream, text: () => String((stream as unknown as PassThrough).read() ?? "") };
}

test.each([
  { env: {}, language: "en" },
  { env: { LANG: "zh_CN.UTF-8" }, language: "zh" },
  { env: { LANG: "zh_CN.UTF-8", LC_ALL: "en_GB.UTF-8" }, language: "en" },
  { env: { LANG: "en_US.UTF-8", LC_MESSAGES: "zh_TW" }, language: "zh" },
])("the language follows the usual variables: $env", ({ env, language }) => {
  expect(terminalLanguage(env)).toBe(language);
});

test("without a terminal, progress is plain lines without control codes", () => {
  vi.stubEnv("LC_ALL", "C");
  const { stream, text } = capture(false);
  const terminal = createTerminal(stream);
  const one = terminal.step({ en: "One", zh: "一" });
  const two = terminal.step({ en: "Two", zh: "二" });
  one.done({ en: "One is done", zh: "一已完成" });
  two.failed();
  two.done();
  expect(text()).toBe("  … One\n  … Two\n  ✓ One is done\n  ✗ Two\n");
  vi.unstubAllEnvs();
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../apps/cli/bin/jinqiao.js", import.meta.url));

export type Launched = {
  child: ChildProcess;
  /** What it printed so far, both streams. */
  printed(): string;
  /** Resolves when the text was printed; rejects when the process ends before. */
  says(text: string): Promise<void>;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
};

/** Runs the `jinqiao` command as a person would, in English, without the databases that tests use. */
export function launch(args: readonly string[], env: Record<string, string>): Launched {
  const { DATABASE_URL: _own, JINQIAO_TEST_DATABASE_URL: _tests, ...inherited } = process.env;
  const child = spawn(process.execPath, [bin, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...inherited, LANG: "C", LC_ALL: "", LC_MESSAGES: "", ...env },
  });
  let output = "";
  let look: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
      look();
    });
  }
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    child,
    ended,
    printed: () => output,
    says: (text) =>
      new Promise<void>((done, fail) => {
        look = () => {
          if (output.includes(text)) done();
        };
        look();
        void ended.then(() => fail(new Error(`It ended before it said "${text}":\n${output}`)));
      }),
  };
}

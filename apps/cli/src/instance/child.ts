import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const guard = new URL("./child-guard.ts", import.meta.url).href;
const pollMs = 50;

export type ChildOptions = {
  /** What it is, for messages. */
  name: string;
  /** TypeScript file to run, from this file. */
  script: URL;
  env: Record<string, string>;
  /** Options of Node.js itself. */
  nodeOptions?: readonly string[];
  /** Gets everything the process writes. */
  logFile: string;
  /** Answers 200 when the process can do its work. */
  readyUrl: string;
};

/**
 * Memory of the server in megabytes. What it keeps does not grow with the books; without a bound, V8 puts off clearing
 * up on a machine with much memory, and the process takes twice as much (docs/performance.md).
 */
export const serverNodeOptions = ["--max-old-space-size=512", "--max-semi-space-size=16"] as const;

export type ChildExit = { code: number | null; signal: NodeJS.Signals | null; logTail: string };

export type Child = {
  pid: number;
  exited: Promise<ChildExit>;
  /** Resolves `true` when `readyUrl` answers 200, `false` when the process ended or `limitMs` passed before. */
  ready(limitMs: number): Promise<boolean>;
  /** Asks it to stop, and ends it by force after `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
};

/** Starts one of Jinqiao's processes. Its output goes straight to the log file, so that it survives our own end. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = await open(options.logFile, "a", 0o600);
  const logStart = (await log.stat()).size;
  let child: ChildProcess;
  try {
    child = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        ...(options.nodeOptions ?? []),
        "--import",
        guard,
        fileURLToPath(options.script),
      ],
      {
        // Its own session: Ctrl-C reaches the launcher alone, which then stops the parts in order.
        detached: true,
        stdio: ["ignore", log.fd, log.fd, "ipc"],
        env: { ...process.env, ...options.env },
      },
    );
  } finally {
    await log.close();
  }

  const exited = new Promise<ChildExit>((done) => {
    child.once("error", (error) => done({ code: null, signal: null, logTail: error.message }));
    child.once("exit", async (code, signal) => {
      const text = await readFile(options.logFile).catch(() => Buffer.alloc(0));
      const own = text.subarray(logStart).toString("utf8").trim().split("\n");
      // Where in the code it happened stands in the log; a person needs what happened.
      const said = own.filter((line) => !/^\s+at /.test(line));
      done({ code, signal, logTail: said.slice(-12).join("\n") });
    });
  });
  let gone = false;
  void exited.then(() => {
    gone = true;
  });

  return {
    pid: child.pid ?? -1,
    exited,
    ready: async (limitMs) => {
      const began = performance.now();
      while (!gone && performance.now() - began < limitMs) {
        if (await answers(options.readyUrl)) return true;
        await Promise.race([sleep(pollMs), exited]);
      }
      return false;
    },
    stop: async (graceMs) => {
      if (gone) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

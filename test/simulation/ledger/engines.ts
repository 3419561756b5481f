import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Instruction, Outcome } from "../../../apps/server/src/ledger/index.ts";
import type { Fault } from "./generator.ts";

/** From the simulation to an engine process. */
export type EngineOrder =
  | { order: "start"; url: string }
  | { order: "clock"; ms: number }
  | ({ order: "break" } & Exclude<Fault, { what: "kill PostgreSQL" }>)
  | { order: "mend" }
  | { order: "commit"; id: number; instruction: Instruction }
  | { order: "expire"; id: number };
/** And back. `lost`: nobody can say whether it was done. */
export type EngineAnswer =
  | { answer: "ready" }
  /** Its fault has struck. */
  | { answer: "broke" }
  | { answer: "outcome"; id: number; outcome: Outcome | number }
  | { answer: "error"; id: number; lost: boolean; message: string };

/** What came back from asking an engine once. */
export type Heard<T> =
  | { heard: "outcome"; outcome: T }
  | { heard: "error"; message: string }
  /** The process ended, or it lost the database: ask again with the same key. */
  | { heard: "nothing"; why: string };

export type Engine = {
  commit(instruction: Instruction): Promise<Heard<Outcome>>;
  expireHolds(): Promise<Heard<number>>;
  /** Sets its clock and arms or disarms its fault. Starts it anew where it has died. */
  prepare(clockMs: number, fault?: Exclude<Fault, { what: "kill PostgreSQL" }>): Promise<void>;
  /** How often it died, and how often it lost an answer or a statement. */
  readonly deaths: number;
  readonly losses: number;
  close(): Promise<void>;
};

const program = fileURLToPath(new URL("./engine-process.ts", import.meta.url));

/** An engine process that is started anew whenever it was killed. */
export async function createEngine(url: string): Promise<Engine> {
  const waiting = new Map<number, (heard: Heard<never>) => void>();
  let serial = 0;
  let deaths = 0;
  let losses = 0;
  let clock = 0;
  let closing = false;
  let child: ChildProcess;
  let starting: Promise<void>;

  function start(): Promise<void> {
    // "advanced" carries bigint and Date as they are.
    child = fork(program, { serialization: "advanced", execArgv: [] });
    const mine = child;
    mine.on("message", (message: EngineAnswer) => {
      if (message.answer === "broke") losses += 1;
      if (message.answer === "ready" || message.answer === "broke") return;
      const resolve = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.answer === "outcome") resolve?.({ heard: "outcome", outcome: message.outcome as never });
      else if (message.lost) resolve?.({ heard: "nothing", why: message.message });
      else resolve?.({ heard: "error", message: message.message });
    });
    mine.once("exit", () => {
      if (closing) return;
      deaths += 1;
      const lost = [...waiting.values()];
      waiting.clear();
      starting = start();
      for (const resolve of lost) resolve({ heard: "nothing", why: "the process was killed" });
    });
    mine.on("error", () => {});
    tell({ order: "start", url });
    tell({ order: "clock", ms: clock });
    return once(mine, "message").then(() => {});
  }
  function tell(order: EngineOrder): void {
    // A process that has just died cannot be told; its end is noticed by itself.
    if (child.connected) child.send(order, () => {});
  }
  async function ask<T>(
    order: { order: "commit"; instruction: Instruction } | { order: "expire" },
  ): Promise<Heard<T>> {
    await starting;
    serial += 1;
    const id = serial;
    const heard = new Promise<Heard<T>>((resolve) => {
      waiting.set(id, resolve as (heard: Heard<never>) => void);
    });
    if (!child.connected) {
      waiting.delete(id);
      return { heard: "nothing", why: "the process was killed" };
    }
    tell({ ...order, id } as EngineOrder);
    return heard;
  }

  starting = start();
  await starting;
  return {
    commit: (instruction) => ask<Outcome>({ order: "commit", instruction }),
    expireHolds: () => ask<number>({ order: "expire" }),
    async prepare(clockMs, fault) {
      clock = clockMs;
      await starting;
      tell({ order: "clock", ms: clockMs });
      tell(fault ? { order: "break", ...fault } : { order: "mend" });
    },
    get deaths() {
      return deaths;
    },
    get losses() {
      return losses;
    },
    async close() {
      closing = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

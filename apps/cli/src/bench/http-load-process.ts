import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Somebody signed in: their id, and the session cookie as the browser would send it. */
export type Person = { id: string; cookie: string };

export type LoadOrder = {
  port: number;
  origin: string;
  people: readonly Person[];
  connections: number;
  ms: number;
};

export type LoadAnswer = {
  count: number;
  seconds: number;
  /** How often each HTTP status came. */
  statuses: Record<string, number>;
  /** What the load itself cost. */
  cpuSeconds: number;
};

export type LoadProcess = {
  /** @throws when the load could not be carried out */
  run(order: LoadOrder): Promise<LoadAnswer>;
  close(): Promise<void>;
};

export function startLoadProcess(): LoadProcess {
  const child: ChildProcess = fork(fileURLToPath(new URL("./http-load.ts", import.meta.url)), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const gone = once(child, "exit");
  return {
    async run(order) {
      const answered = once(child, "message");
      child.send(order);
      const first = await Promise.race([answered, gone.then(() => undefined)]);
      if (first === undefined) throw new Error("The load's process ended.");
      const [answer] = first as [LoadAnswer | { error: string }];
      if ("error" in answer) throw new Error(`The load failed: ${answer.error}`);
      return answer;
    },
    async close() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

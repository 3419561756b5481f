import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadAnswer, Person } from "./http-load-process.ts";

/** A shop of the benchmark and the secret key that its programs bear. */
export type BenchShop = { id: string; secret: string };

/** How the load of one turn falls on the shops. */
export type GatewayOrder = {
  port: number;
  origin: string;
  people: readonly Person[];
  shops: readonly BenchShop[];
  /** Of a thousand payments, how many go to the first shop; the others spread over all. */
  hotPerMille: number;
  connections: number;
  ms: number;
};

export type GatewayLoad = {
  /** One payment is two requests: the shop creates it, the payer pays it. @throws when it could not be carried out */
  run(order: GatewayOrder): Promise<LoadAnswer>;
  close(): Promise<void>;
};

export function startGatewayLoad(): GatewayLoad {
  const child: ChildProcess = fork(fileURLToPath(new URL("./gateway-load.ts", import.meta.url)), [], {
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

import { createLedger, type Ledger } from "../../../apps/server/src/ledger/index.ts";
import { createDb, isConnectionLoss } from "../../../apps/server/src/platform/db.ts";
import { createSubscriptions } from "../../../apps/server/src/platform/events.ts";
import type { EngineAnswer, EngineOrder } from "./engines.ts";

// One process of the server, as far as the ledger goes: forked, told what to do, killed.

let clockMs = 0;
let seen = 0;
let fault: Extract<EngineOrder, { order: "break" }> | undefined;
let ledger: Ledger | undefined;

/** Breaks around the statement that was named, once. */
function breakAt(when: "before" | "after"): void {
  if (when === "before") seen += 1;
  if (!fault || seen < fault.statement) return;
  if (fault.what === "kill engine" && fault.when === "during" && when === "before") {
    // The statement is handed to the network first; how far it gets is left to chance.
    setImmediate(() => process.kill(process.pid, "SIGKILL"));
    fault = undefined;
  } else if (fault.when === when) {
    if (fault.what === "kill engine") process.kill(process.pid, "SIGKILL");
    fault = undefined;
    answer({ answer: "broke" });
    throw Object.assign(new Error(`the connection broke ${when} the statement`), { code: "ECONNRESET" });
  }
}

const answer = (message: EngineAnswer): void => {
  process.send?.(message);
};

process.on("message", (order: EngineOrder) => {
  if (order.order === "start") {
    const db = createDb({ url: order.url, maxConnections: 3, fault: breakAt });
    const clock = { now: () => new Date(clockMs) };
    ledger = createLedger({ db, clock, subscriptions: createSubscriptions() });
    answer({ answer: "ready" });
  } else if (order.order === "clock") {
    clockMs = order.ms;
  } else if (order.order === "break") {
    seen = 0;
    fault = order;
  } else if (order.order === "mend") {
    fault = undefined;
  } else {
    const { id } = order;
    const asked = order.order === "commit" ? ledger?.commit(order.instruction) : ledger?.expireHolds();
    asked?.then(
      (outcome) => answer({ answer: "outcome", id, outcome }),
      (error: unknown) =>
        answer({
          answer: "error",
          id,
          lost: isConnectionLoss(error),
          message: String((error as Error).message),
        }),
    );
  }
});
// Nobody is left to ask: the simulation itself has ended.
process.on("disconnect", () => process.exit(0));

import { pino } from "pino";
import { banksFrom } from "./banks/bank-config.ts";
import type { BankConnector } from "./banks/connector.ts";
import { createConnector } from "./banks/connectors/index.ts";
import { type Clock, systemClock } from "./platform/clock.ts";

export {
  AccessError,
  type BankAccount,
  type BankCapabilities,
  type BankConnector,
  type BankEntry,
  type CardHolder,
  type ConsentAccess,
  type PaymentAnswer,
  type PaymentOrder,
  type PaymentWaiting,
} from "./banks/connector.ts";
export { readDay, StatementError } from "./banks/statements/camt053.ts";
export type { CustodyStatement } from "./banks/types.ts";
export { Refusal } from "./platform/errors.ts";

/**
 * Opens one bank's connector by itself: no database, no server. For commands that certify a bank or drive it by hand.
 * @param entry one entry of `banks.json`
 * @throws Error in one sentence when the entry cannot be used
 */
export function openConnector(
  entry: unknown,
  options: { timeoutMs?: number; clock?: Clock; log?: (line: string) => void } = {},
): BankConnector {
  const [config] = banksFrom([entry]);
  if (config === undefined) throw new Error("There is no bank to connect to.");
  const write = options.log ?? (() => undefined);
  return createConnector({
    config,
    clock: options.clock ?? systemClock,
    logger: pino({ level: options.log === undefined ? "silent" : "debug" }, { write }),
    ...(options.timeoutMs === undefined ? {} : { http: { timeoutMs: options.timeoutMs } }),
  });
}

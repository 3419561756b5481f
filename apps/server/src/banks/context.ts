import type { Logger } from "pino";
import { type Clock, dateIn } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Subscriptions } from "../platform/events.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import type { BankConnector } from "./connector.ts";
import type { BankHealth } from "./health.ts";
import type { BankConfig } from "./types.ts";

/** One configured bank with its connector. */
export type BankAccess = { config: BankConfig; connector: BankConnector; health: BankHealth };

/** What the use cases of this module work with. */
export type Deps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  vault: Vault;
  subscriptions: Subscriptions;
  banks: ReadonlyMap<string, BankAccess>;
  /** Base address of this server, without a slash at the end. */
  publicUrl: string;
  /** Base address of the wallet, without a slash at the end. */
  walletUrl: string;
};

/** @throws Refusal `bank.not_found` */
export function bankOf(deps: Deps, bankId: string): BankAccess {
  const bank = deps.banks.get(bankId);
  if (bank === undefined) throw new Refusal("bank.not_found");
  return bank;
}

/** Today's date at the bank. */
export function todayAt(deps: Deps, config: BankConfig): string {
  return dateIn(config.timeZone, deps.clock.now());
}

/** The last four characters, which people know their account by. */
export function maskNumber(iban: string): string {
  return `•• ${iban.slice(-4)}`;
}

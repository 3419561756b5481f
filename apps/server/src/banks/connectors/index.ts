import type { Logger } from "pino";
import { z } from "zod";
import type { Clock } from "../../platform/clock.ts";
import type { BankConnector } from "../connector.ts";
import type { CommonBankConfig, HttpOptions } from "../types.ts";
import { berlinGroup } from "./berlin-group/index.ts";
import { isoFiles } from "./iso20022-files/index.ts";
import { quickPayment } from "./quick-payment/index.ts";
import { ukOpenBanking } from "./uk-open-banking/index.ts";

/** What every connector is given beside the settings of its dialect. */
export type ConnectorDeps<Settings> = {
  config: CommonBankConfig & Settings;
  clock: Clock;
  logger: Logger;
  http?: HttpOptions;
};
/** One language that banks speak: what the operator must state about such a bank, and how it is talked to. */
export type Dialect<Schema extends z.ZodObject = z.ZodObject> = {
  /** Its own part of an entry of `banks.json`, with `connector` as the literal name of the dialect. */
  settings: Schema;
  create(deps: ConnectorDeps<z.infer<Schema>>): BankConnector;
};

/** Every dialect, by the name under which `banks.json` asks for it. A new one is a folder here and a line below. */
const dialects = {
  "berlin-group": berlinGroup,
  "uk-open-banking": ukOpenBanking,
  "iso20022-files": isoFiles,
  "quick-payment": quickPayment,
} as const;

export type DialectName = keyof typeof dialects;
export type DialectSettings = {
  [Name in DialectName]: z.infer<(typeof dialects)[Name]["settings"]>;
}[DialectName];

/** The part of an entry of `banks.json` that its dialect reads. */
export const dialectSettings = z.discriminatedUnion(
  "connector",
  Object.values(dialects).map(({ settings }) => settings) as [(typeof dialects)["berlin-group"]["settings"]],
) as z.ZodType<DialectSettings>;

export function createConnector(deps: ConnectorDeps<DialectSettings>): BankConnector {
  const dialect = dialects[deps.config.connector] as unknown as Dialect;
  return dialect.create(deps);
}

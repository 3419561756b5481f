import { join } from "node:path";
import {
  type CustodyAccount,
  createScriptClient,
  type ScriptClient,
} from "@jinqiao/sandbox-bank/script-client";
import { readJson, writePrivateJson } from "../secrets.ts";

/** One bank as the server is told of it (`JINQIAO_BANKS_FILE`): what all have, and what its dialect needs. */
export type BankEntry = {
  id: string;
  connector: string;
  name: { en: string; zh: string };
  timeZone: string;
  custodyAccounts: CustodyAccount[];
  [setting: string]: unknown;
};

/** What a bank is told and asked when the server is made known to it. */
export type Introduction = {
  dataDir: string;
  bankUrl: string;
  serverUrl: string;
  script: ScriptClient;
  /** For what a dialect offers by script besides. */
  scriptToken: string;
  /** The entry of an earlier start, where there is one. */
  kept: BankEntry | undefined;
  /** Currencies in which customers' money may stand at this bank. */
  currencies: readonly string[];
};

/** One bank of the sandbox program that `npm start` runs. */
export type SandboxBankPlan = {
  id: string;
  dialect: string;
  /** The bank code in its account numbers, four characters. */
  bankCode: string;
  name: { en: string; zh: string };
  /** IANA time zone of its calendar. */
  timeZone: string;
  currencies: readonly string[];
  /** The page to begin at, where it is not the login page. */
  home?: string;
  /** Further settings of its process. */
  env?(options: { dataDir: string; bankPort: number }): Record<string, string>;
  /** Makes the server known to the bank, as an operator would by contract. Safe to repeat. */
  introduce(introduction: Introduction): Promise<Omit<BankEntry, "id" | "name">>;
};

/**
 * Makes the server known to the banks and writes `banks.json`.
 * @returns the path of `banks.json`
 */
export async function registerWithBanks(options: {
  dataDir: string;
  serverUrl: string;
  scriptToken: string;
  banks: readonly { plan: SandboxBankPlan; url: string }[];
}): Promise<string> {
  const { dataDir, serverUrl, scriptToken } = options;
  const file = join(dataDir, "banks.json");
  const before = ((await readJson(file)) as BankEntry[] | undefined) ?? [];
  const entries = await Promise.all(
    options.banks.map(async ({ plan, url }) => {
      const { id, name } = plan;
      const introduced = await plan.introduce({
        dataDir,
        bankUrl: url,
        serverUrl,
        script: createScriptClient(url, scriptToken),
        scriptToken,
        kept: before.find((entry) => entry.id === id),
        currencies: plan.currencies,
      });
      return { id, name, ...introduced };
    }),
  );
  await writePrivateJson(file, entries);
  return file;
}

import { join } from "node:path";
import { type CustodyAccount, createScriptClient } from "@jinqiao/sandbox-bank/script-client";
import { readJson, writePrivateJson } from "./secrets.ts";

/** One bank as the server is told of it (`JINQIAO_BANKS_FILE`). */
type BankEntry = {
  id: string;
  connector: "berlin-group";
  name: { en: string; zh: string };
  baseUrl: string;
  clientId: string;
  clientSecret: string;
  timeZone: string;
  custodyAccounts: CustodyAccount[];
};

export const sandboxBankId = "harbour";

export type RegistrationOptions = {
  dataDir: string;
  bankUrl: string;
  serverUrl: string;
  scriptToken: string;
  /** Currencies in which customers' money may stand at this bank. */
  currencies: readonly string[];
};

/**
 * Makes the server known to the sandbox bank, as an operator would by contract: a client for its interface and a
 * custody account per currency. Safe to repeat; the client's secret is asked for once and kept in `banks.json`.
 * @returns the path of `banks.json`
 */
export async function registerWithBank(options: RegistrationOptions): Promise<string> {
  const file = join(options.dataDir, "banks.json");
  const kept = ((await readJson(file)) as BankEntry[] | undefined)?.find(({ id }) => id === sandboxBankId);
  const script = createScriptClient(options.bankUrl, options.scriptToken);

  const client = await script.tppClient({
    name: "Jinqiao",
    redirectUris: [`${options.serverUrl}/v1/bank-callbacks/${sandboxBankId}`],
    rotate: kept === undefined,
  });
  // A database that was made anew knows another client, whose secret comes with this very answer.
  const clientSecret = kept?.clientId === client.clientId ? kept.clientSecret : client.clientSecret;
  if (clientSecret === null) throw new Error("The sandbox bank gave no client secret.");
  const custodyAccounts = await script.custodyAccounts({
    clientId: client.clientId,
    currencies: [...options.currencies],
  });
  const { timeZone } = await script.businessDate();

  const entry: BankEntry = {
    id: sandboxBankId,
    connector: "berlin-group",
    name: { en: "Harbour Bank", zh: "港湾银行" },
    baseUrl: options.bankUrl,
    clientId: client.clientId,
    clientSecret,
    timeZone,
    custodyAccounts,
  };
  await writePrivateJson(file, [entry]);
  return file;
}

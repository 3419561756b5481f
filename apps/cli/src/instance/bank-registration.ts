import { join } from "node:path";
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
type CustodyAccount = { currency: string; iban: string; resourceId: string };

export const sandboxBankId = "harbour";

export type RegistrationOptions = {
  dataDir: string;
  bankUrl: string;
  serverUrl: string;
  scriptToken: string;
  /** Currencies in which customers' money may stand at this bank. */
  currencies: readonly string[];
  timeZone: string;
};

/**
 * Makes the server known to the sandbox bank, as an operator would by contract: a client for its interface and a
 * custody account per currency. Safe to repeat; the client's secret is asked for once and kept in `banks.json`.
 * @returns the path of `banks.json`
 */
export async function registerWithBank(options: RegistrationOptions): Promise<string> {
  const file = join(options.dataDir, "banks.json");
  const kept = ((await readJson(file)) as BankEntry[] | undefined)?.find(({ id }) => id === sandboxBankId);
  const script = scriptClient(options.bankUrl, options.scriptToken);

  const client = await script<{ clientId: string; clientSecret?: string }>("/script/tpp-clients", {
    name: "Jinqiao",
    redirectUris: [`${options.serverUrl}/v1/bank-callbacks/${sandboxBankId}`],
    rotate: kept === undefined,
  });
  const clientSecret = kept?.clientId === client.clientId ? kept.clientSecret : client.clientSecret;
  if (clientSecret === undefined) throw new Error("The sandbox bank gave no client secret.");
  const custodyAccounts = await script<CustodyAccount[]>("/script/custody-accounts", {
    clientId: client.clientId,
    currencies: options.currencies,
  });

  const entry: BankEntry = {
    id: sandboxBankId,
    connector: "berlin-group",
    name: { en: "Harbour Bank", zh: "港湾银行" },
    baseUrl: options.bankUrl,
    clientId: client.clientId,
    clientSecret,
    timeZone: options.timeZone,
    custodyAccounts,
  };
  await writePrivateJson(file, [entry]);
  return file;
}

/** Calls the sandbox bank's script interface. */
export function scriptClient(bankUrl: string, scriptToken: string) {
  return async <T>(path: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(path, bankUrl), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${scriptToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`The sandbox bank refused ${path}: ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  };
}

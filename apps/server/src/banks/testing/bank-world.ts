import { pino } from "pino";
import { createBankDatabase } from "../../../../../test/support/bank-database.ts";
import { createSandboxBank, type SandboxBankOptions } from "../../../../sandbox-bank/src/index.ts";
import type { BankConfig } from "../types.ts";
import { startBankProxy } from "./bank-proxy.ts";

/** The public address of the server under test; nothing listens there. */
export const publicUrl = "http://localhost:7399";
export const bankId = "harbour";
export const customerIp = "192.0.2.7";

/** A real sandbox bank on its own database, behind a proxy that checks every call against the published definition. */
export async function startBankWorld(options: Partial<SandboxBankOptions> = {}) {
  const database = await createBankDatabase();
  const proxy = await startBankProxy();
  const bank = await createSandboxBank({
    databaseUrl: database.url,
    port: 0,
    baseUrl: proxy.url,
    scriptToken: "test-script-token",
    seed: "demo",
    settleAfterMs: 0,
    validateResponses: true,
    ...options,
  });
  proxy.forwardTo(bank.port);
  const { clientId, clientSecret } = await bank.script.tppClient({
    name: "Jinqiao",
    redirectUris: [`${publicUrl}/v1/bank-callbacks/${bankId}`],
  });
  const custodyAccounts = await bank.script.custodyAccounts({ clientId, currencies: ["CNY", "EUR", "JPY"] });
  const config: BankConfig = {
    id: bankId,
    connector: "berlin-group",
    name: { en: "Harbour Bank", zh: "港湾银行" },
    baseUrl: proxy.url,
    clientId,
    clientSecret: clientSecret ?? "",
    timeZone: "Europe/Prague",
    custodyAccounts,
  };
  const custodyOf = (currency: string) => {
    const account = custodyAccounts.find((candidate) => candidate.currency === currency);
    if (account === undefined) throw new Error(`no custody account in ${currency}`);
    return account;
  };
  return {
    bank,
    proxy,
    config,
    custodyOf,
    /** IBAN of a demo customer's account in a currency. */
    async ibanOf(username: string, currency: string): Promise<string> {
      const psu = (await bank.script.psus()).find((candidate) => candidate.username === username);
      const account = psu?.accounts.find((candidate) => candidate.currency === currency);
      if (account === undefined) throw new Error(`no ${currency} account of ${username}`);
      return account.iban;
    },
    async close() {
      await bank.close();
      await proxy.close();
      await database.drop();
    },
  };
}
export type BankWorld = Awaited<ReturnType<typeof startBankWorld>>;

/** A logger that keeps what it was told, for proving that no secret is in it. */
export function capturingLogger() {
  const lines: string[] = [];
  return {
    lines,
    logger: pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }),
  };
}

import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { pino } from "pino";
import { createBankDatabase } from "../../../../../../../test/support/bank-database.ts";
import { createSandboxBank, type SandboxBankOptions } from "../../../../../../sandbox-bank/src/index.ts";
import type { Clock } from "../../../../platform/clock.ts";
import { createUkOpenBankingConnector } from "../index.ts";
import type { UkOpenBankingConfig } from "../settings.ts";

/** The public address of the server under test; nothing listens there. */
export const publicUrl = "http://localhost:7399";
export const bankId = "albion";
export const customerIp = "192.0.2.7";

/** A key pair as a company would make it: the private half for itself, the public half for the bank. */
async function companyKeys(kid = "test-key"): Promise<{
  privateKey: UkOpenBankingConfig["privateKey"];
  jwks: { keys: object[] };
}> {
  const pair = await generateKeyPair("PS256", { extractable: true });
  const privateKey = { ...(await exportJWK(pair.privateKey)), kid } as UkOpenBankingConfig["privateKey"];
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid, use: "sig" }] };
  return { privateKey, jwks };
}

/** A real sandbox bank that speaks UK Open Banking, on its own database, and a connector to it. */
export async function startUkBank(options: Partial<SandboxBankOptions> = {}, clock?: Clock) {
  const database = await createBankDatabase();
  const bank = await createSandboxBank({
    databaseUrl: database.url,
    port: 0,
    dialect: "uk-open-banking",
    name: { en: "Albion Bank", zh: "英岛银行" },
    scriptToken: "test-script-token",
    seed: "demo",
    settleAfterMs: 0,
    timeZone: "Europe/London",
    validateResponses: true,
    ...options,
  });
  const keys = await companyKeys();
  const { clientId } = await bank.script.tppClient({
    name: "Jinqiao",
    redirectUris: [`${publicUrl}/v1/bank-callbacks/${bankId}`],
    jwks: keys.jwks,
  });
  const custodyAccounts = await bank.script.custodyAccounts({ clientId, currencies: ["GBP"] });
  const config: UkOpenBankingConfig = {
    id: bankId,
    connector: "uk-open-banking",
    name: { en: "Albion Bank", zh: "英岛银行" },
    baseUrl: `${bank.url}/open-banking/v4.0`,
    issuer: bank.url,
    clientId,
    privateKey: keys.privateKey,
    sweeping: { currency: "GBP", maximumPerPayment: "500.00", maximumPerMonth: "800.00" },
    timeZone: "Europe/London",
    custodyAccounts,
  };
  const [custody] = custodyAccounts;
  if (custody === undefined) throw new Error("no custody account");
  const connectorOf = (change: Partial<UkOpenBankingConfig> = {}, clockOf: Clock | undefined = clock) =>
    createUkOpenBankingConnector({
      config: { ...config, ...change },
      clock: clockOf ?? { now: () => new Date() },
      logger: pino({ level: "silent" }),
      http: { timeoutMs: 10_000 },
    });
  const connector = connectorOf();
  const redirectUri = `${publicUrl}/v1/bank-callbacks/${bankId}`;

  /** The whole way of a customer who links, on the bank's own pages. */
  async function link(username: string, by = connector) {
    const started = await by.startConsent({
      requestId: randomUUID(),
      state: randomUUID(),
      redirectUri,
      noticeUrl: `${publicUrl}/v1/bank-notices/${bankId}`,
      validUntil: "2099-01-01",
      frequencyPerDay: 4,
      customerIp,
    });
    const { redirectUrl } = await bank.script.authorise({
      authorizationUrl: started.authorisationUrl,
      username,
    });
    const { access, accounts } = await by.completeConsent({
      bankConsentId: started.bankConsentId,
      redirectUri,
      callbackUrl: redirectUrl,
      secrets: started.secrets,
      customerIp,
    });
    const account = accounts.find(({ currency }) => currency === "GBP");
    if (account === undefined) throw new Error("no account in GBP");
    return { access, account, iban: account.iban };
  }
  return {
    bank,
    config,
    custody,
    connector,
    connectorOf,
    link,
    async close() {
      await bank.close();
      await database.drop();
    },
  };
}
export type UkBank = Awaited<ReturnType<typeof startUkBank>>;

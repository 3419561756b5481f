import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { createBankDatabase } from "../../../../../../../test/support/bank-database.ts";
import { createSandboxBank } from "../../../../../../sandbox-bank/src/index.ts";
import type { ConsentAccess, PaymentOrder } from "../../../connector.ts";
import { createIsoFilesConnector } from "../index.ts";
import { type IsoFilesConfig, isoFilesSettings } from "../settings.ts";

const redirectUri = "http://localhost:7399/v1/bank-callbacks/granite";
export const scriptToken = "test-script-token";

/** A real sandbox bank that exchanges files, with a connector on the same folder or through the bank's SFTP. */
export async function startFilesWorld(
  options: { sftp?: boolean; settleAfterMs?: number; settings?: object } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "jinqiao-files-"));
  const database = await createBankDatabase();
  const bank = await createSandboxBank({
    databaseUrl: database.url,
    port: 0,
    scriptToken,
    dialect: "iso20022-files",
    name: { en: "Granite Bank", zh: "磐石银行" },
    timeZone: "Europe/Berlin",
    seed: "demo",
    settleAfterMs: options.settleAfterMs ?? 0,
    autoEndOfDay: false,
    files: { folder, ...(options.sftp ? { sftpPort: 0 } : {}) },
  });
  const { clientId } = await bank.script.tppClient({ name: "Jinqiao", redirectUris: [redirectUri] });
  const custodyAccounts = await bank.script.custodyAccounts({ clientId, currencies: ["EUR", "CNY"] });
  const sftp = options.sftp ? await bank.script.sftp() : undefined;
  const config: IsoFilesConfig = {
    id: "granite",
    name: { en: "Granite Bank", zh: "磐石银行" },
    timeZone: "Europe/Berlin",
    custodyAccounts,
    ...isoFilesSettings.parse({
      connector: "iso20022-files",
      exchange: sftp
        ? {
            kind: "sftp",
            host: "127.0.0.1",
            port: sftp.port,
            username: sftp.username,
            password: scriptToken,
            hostFingerprint: sftp.fingerprint,
          }
        : { kind: "folder", path: folder },
      companyId: clientId.replace(/^tpp-/, "").replaceAll("-", ""),
      bankBic: "HARBCZPP",
      mandatePage: `${bank.url}/mandates/new`,
      ...options.settings,
    }),
  };
  const clock = { now: () => new Date() };
  const connect = (changes: Partial<IsoFilesConfig> = {}) =>
    createIsoFilesConnector({
      config: { ...config, ...changes },
      clock,
      logger: pino({ level: "silent" }),
      http: { timeoutMs: 5_000 },
    });
  const connector = connect();
  const people = await bank.script.psus();
  const ibanOf = (username: string, currency: string) => {
    const accounts = people.find((psu) => psu.username === username)?.accounts ?? [];
    const account = accounts.find((candidate) => candidate.currency === currency);
    if (account === undefined) throw new Error(`no ${currency} account of ${username}`);
    return account.iban;
  };
  const custodyOf = (currency: string) => {
    const account = custodyAccounts.find((candidate) => candidate.currency === currency);
    if (account === undefined) throw new Error(`no custody account in ${currency}`);
    return account;
  };
  let orders = 0;
  const orderOf = (changes: Partial<PaymentOrder>): PaymentOrder => {
    orders += 1;
    return {
      reference: `JQTEST${Date.now().toString(36).toUpperCase()}${orders}`,
      requestId: crypto.randomUUID(),
      debtorIban: custodyOf("EUR").iban,
      creditorIban: ibanOf("emma", "EUR"),
      creditorName: "Emma Clarke",
      amountMinor: 1_250n,
      currency: "EUR",
      remittance: "Jinqiao withdrawal",
      returnUrl: "http://localhost:7399/return",
      noticeUrl: "http://localhost:7399/notice",
      ...changes,
    };
  };
  return {
    bank,
    folder,
    config,
    connector,
    connect,
    ibanOf,
    custodyOf,
    /** A payout from custody. */
    payout: (changes: Partial<PaymentOrder> = {}) => orderOf(changes),
    /** A collection from Emma's account in euro. */
    topUp: (changes: Partial<PaymentOrder> = {}) =>
      orderOf({
        debtorIban: ibanOf("emma", "EUR"),
        creditorIban: custodyOf("EUR").iban,
        creditorName: "Jinqiao Wallet",
        remittance: "Jinqiao top-up",
        ...changes,
      }),
    /** Signs a mandate on the bank's pages; answers what linking gives. */
    async link(username = "emma", iban = ibanOf(username, "EUR")) {
      const started = await connector.startConsent({
        requestId: crypto.randomUUID(),
        state: "state-of-the-link",
        redirectUri,
        noticeUrl: "http://localhost:7399/notice",
        validUntil: "2099-01-01",
        frequencyPerDay: 4,
        customerIp: "192.0.2.7",
      });
      const { redirectUrl } = await bank.script.authorise({
        authorizationUrl: started.authorisationUrl,
        username,
        accountIbans: [iban],
      });
      const completed = await connector.completeConsent({
        bankConsentId: started.bankConsentId,
        redirectUri,
        callbackUrl: redirectUrl,
        secrets: started.secrets,
        customerIp: "192.0.2.7",
      });
      return { ...completed, bankConsentId: started.bankConsentId };
    },
    startLink: (requestId: string = crypto.randomUUID()) =>
      connector.startConsent({
        requestId,
        state: "state-of-the-link",
        redirectUri,
        noticeUrl: "http://localhost:7399/notice",
        validUntil: "2099-01-01",
        frequencyPerDay: 4,
        customerIp: "192.0.2.7",
      }),
    /** Puts money on the custody account, by a collection that settles. */
    async fund(access: ConsentAccess, amountMinor: bigint): Promise<void> {
      const order = orderOf({
        debtorIban: ibanOf("emma", "EUR"),
        creditorIban: custodyOf("EUR").iban,
        amountMinor,
      });
      await connector.initiatePayment(order, access);
      await this.until(async () => {
        const account = await bank.script.account(custodyOf("EUR").iban);
        return BigInt(account.bookedMinor) >= amountMinor;
      });
    },
    /** Asks again, bounded, until it is so. */
    async until(isSo: () => Promise<boolean>): Promise<void> {
      for (let look = 0; look < 200; look += 1) {
        if (await isSo()) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("it did not come about");
    },
    async close() {
      await connector.close();
      await bank.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
export type FilesWorld = Awaited<ReturnType<typeof startFilesWorld>>;

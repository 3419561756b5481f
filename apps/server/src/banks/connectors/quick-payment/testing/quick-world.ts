import { generateKeyPairSync } from "node:crypto";
import { sm2 } from "sm-crypto-v2";
import { createBankDatabase } from "../../../../../../../test/support/bank-database.ts";
import { createSandboxBank, type SandboxBankOptions } from "../../../../../../sandbox-bank/src/index.ts";
import { createQuickScriptClient } from "../../../../../../sandbox-bank/src/quick/script-client.ts";
import type { QuickPaymentConfig } from "../settings.ts";

export type Algorithm = QuickPaymentConfig["signKey"]["algorithm"];

/** A key pair of our side, as an operator would make it. */
export function makeSignKey(algorithm: Algorithm): { privateKey: string; publicKey: string } {
  if (algorithm === "SM2-SM3") return sm2.generateKeyPairHex();
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

/** A real quick payment bank on its own database, and the entry of `banks.json` by which we talk to it. */
export async function startQuickWorld(
  options: { algorithm?: Algorithm; bank?: Partial<SandboxBankOptions>; redirectUri?: string } = {},
) {
  const algorithm = options.algorithm ?? "RSA-SHA256";
  const database = await createBankDatabase();
  const scriptToken = "a token for tests only";
  const bank = await createSandboxBank({
    dialect: "quick-payment",
    name: { en: "Lotus Bank", zh: "莲华银行" },
    databaseUrl: database.url,
    port: 0,
    scriptToken,
    seed: "demo",
    settleAfterMs: 0,
    autoEndOfDay: false,
    timeZone: "Asia/Shanghai",
    validateResponses: true,
    ...options.bank,
  });
  const quick = createQuickScriptClient(`http://127.0.0.1:${bank.port}`, scriptToken);
  const { clientId } = await bank.script.tppClient({
    name: "Jinqiao",
    redirectUris: [options.redirectUri ?? "http://localhost:7399/return"],
  });
  const own = makeSignKey(algorithm);
  const serial = "merchant-1";
  const keys = await quick.merchant({ clientId, algorithm, serial, publicKey: own.publicKey });
  const custodyAccounts = await bank.script.custodyAccounts({ clientId, currencies: ["CNY"] });
  const config: QuickPaymentConfig = {
    id: "lotus",
    connector: "quick-payment",
    name: { en: "Lotus Bank", zh: "莲华银行" },
    timeZone: "Asia/Shanghai",
    baseUrl: bank.url,
    merchantId: clientId,
    signKey: { algorithm, serial, privateKey: own.privateKey },
    bankSignKeys: [keys.signKey],
    bankCipherKey: keys.cipherKey,
    cardPrefixes: ["629999"],
    executionWindowMs: 0,
    custodyAccounts,
  };
  return {
    bank,
    quick,
    config,
    custody: custodyAccounts[0] as (typeof custodyAccounts)[number],
    /** What a demo person knows of their card. */
    async holder(username: string) {
      const card = (await quick.cards()).find((one) => one.username === username);
      if (card === undefined) throw new Error(`${username} has no card`);
      const { holderName, idType, idNumber, cardNumber, phone } = card;
      return { holderName, idType, idNumber, cardNumber, phone };
    },
    /** The newest code on a telephone. */
    async code(phone: string) {
      const [newest] = await quick.messages(phone);
      if (newest === undefined) throw new Error("no message arrived");
      return newest.code;
    },
    async close() {
      await bank.close();
      await database.drop();
    },
  };
}
export type QuickWorld = Awaited<ReturnType<typeof startQuickWorld>>;

import { createECDH } from "node:crypto";
import { createQuickScriptClient } from "@jinqiao/sandbox-bank/quick-script-client";
import type { SandboxBankPlan } from "./registration.ts";

type SignKey = { algorithm: "SM2-SM3"; serial: string; privateKey: string };

/** Takes payments by signed agreement (快捷支付): a merchant with an SM2 key and a custody account in yuan. */
export const lotusBank: SandboxBankPlan = {
  id: "lotus",
  dialect: "quick-payment",
  bankCode: "9997",
  name: { en: "Lotus Bank", zh: "莲华银行" },
  timeZone: "Asia/Shanghai",
  currencies: ["CNY"],
  // The cards of the demo people, and the telephone that the bank's codes arrive at.
  home: "/phone",
  async introduce({ bankUrl, serverUrl, script, scriptToken, kept, currencies }) {
    const { clientId } = await script.tppClient({
      name: "Jinqiao",
      redirectUris: [`${serverUrl}/v1/bank-callbacks/${this.id}`],
    });
    const signKey = (kept?.signKey as SignKey | undefined) ?? makeSignKey();
    const keys = await createQuickScriptClient(bankUrl, scriptToken).merchant({
      clientId,
      algorithm: signKey.algorithm,
      serial: signKey.serial,
      publicKey: publicKeyOf(signKey),
    });
    return {
      connector: "quick-payment",
      baseUrl: bankUrl,
      merchantId: clientId,
      signKey,
      bankSignKeys: [keys.signKey],
      bankCipherKey: keys.cipherKey,
      cardPrefixes: ["629999"],
      timeZone: this.timeZone,
      rails: [{ id: "quick_payment", currencies: { CNY: { fee: { perMille: 2 } } } }],
      custodyAccounts: await script.custodyAccounts({ clientId, currencies: [...currencies] }),
    };
  },
};

/** A key on the SM2 curve (GB/T 32918.5), kept in `banks.json` as an operator would keep it. */
function makeSignKey(): SignKey {
  const key = createECDH("SM2");
  key.generateKeys();
  return {
    algorithm: "SM2-SM3",
    serial: "jinqiao-1",
    privateKey: key.getPrivateKey("hex").padStart(64, "0"),
  };
}

function publicKeyOf({ privateKey }: SignKey): string {
  const key = createECDH("SM2");
  key.setPrivateKey(privateKey, "hex");
  return key.getPublicKey("hex");
}

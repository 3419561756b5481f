import { generateKeyPairSync, randomUUID } from "node:crypto";
import type { SandboxBankPlan } from "./registration.ts";

type PrivateKey = Record<string, unknown> & { kid: string; kty: string; n: string; e: string };

/** A new RSA key (JWK): it signs our messages and proves who we are (PS256, so at least 2048 bits). */
function newKey(): PrivateKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    ...(privateKey.export({ format: "jwk" }) as Omit<PrivateKey, "kid">),
    kid: randomUUID(),
  } as PrivateKey;
}

/** Speaks UK Open Banking: it knows us by our public key; the private one stays in `banks.json`. */
export const albionBank: SandboxBankPlan = {
  id: "albion",
  dialect: "uk-open-banking",
  bankCode: "ALBN",
  name: { en: "Albion Bank", zh: "英岛银行" },
  timeZone: "Europe/London",
  currencies: ["GBP"],
  async introduce({ bankUrl, serverUrl, script, kept, currencies }) {
    const privateKey = (kept?.privateKey as PrivateKey | undefined) ?? newKey();
    const { kid, kty, n, e } = privateKey;
    const { clientId } = await script.tppClient({
      name: "Jinqiao",
      redirectUris: [`${serverUrl}/v1/bank-callbacks/${this.id}`],
      jwks: { keys: [{ kid, kty, n, e, use: "sig" }] },
    });
    const custodyAccounts = await script.custodyAccounts({ clientId, currencies: [...currencies] });
    const { timeZone } = await script.businessDate();
    return {
      connector: "uk-open-banking",
      baseUrl: `${bankUrl}/open-banking/v4.0`,
      issuer: bankUrl,
      clientId,
      privateKey,
      sweeping: { currency: "GBP", maximumPerPayment: "1000.00", maximumPerMonth: "5000.00" },
      timeZone,
      rails: [
        {
          id: "standing_permission",
          currencies: { GBP: { fee: { fixed: "0.03" }, maxPerDay: "100000.00" } },
        },
        { id: "faster_payment", currencies: { GBP: { fee: { fixed: "0.06" } } } },
      ],
      custodyAccounts,
    };
  },
};

import type { SandboxBankPlan } from "./registration.ts";

/** Speaks Berlin Group XS2A: a client for its interface and a custody account per currency. */
export const harbourBank: SandboxBankPlan = {
  id: "harbour",
  dialect: "berlin-group",
  bankCode: "9999",
  name: { en: "Harbour Bank", zh: "港湾银行" },
  timeZone: "Asia/Shanghai",
  currencies: ["CNY", "GBP", "EUR", "JPY", "KWD"],
  async introduce({ bankUrl, serverUrl, script, kept, currencies }) {
    const client = await script.tppClient({
      name: "Jinqiao",
      redirectUris: [`${serverUrl}/v1/bank-callbacks/${this.id}`],
      rotate: kept === undefined,
    });
    // A database that was made anew knows another client, whose secret comes with this very answer.
    const clientSecret = kept?.clientId === client.clientId ? kept.clientSecret : client.clientSecret;
    if (clientSecret === null) throw new Error("Harbour Bank gave no client secret.");
    const custodyAccounts = await script.custodyAccounts({
      clientId: client.clientId,
      currencies: [...currencies],
    });
    const { timeZone } = await script.businessDate();
    return {
      connector: "berlin-group",
      baseUrl: bankUrl,
      clientId: client.clientId,
      clientSecret,
      timeZone,
      // As agreed with the bank: an instant transfer costs no more than a usual one (Regulation (EU) No 260/2012, art. 5b).
      rails: [
        { id: "instant_transfer", currencies: { EUR: { fee: { fixed: "0.05" } } }, reach: ["CZ", "GB"] },
        {
          id: "credit_transfer",
          currencies: {
            CNY: { fee: { fixed: "2.00", perMille: 1 } },
            // Accounts of the published Berka data, where the bank opens with those.
            CZK: { fee: { fixed: "6.00" } },
            EUR: { fee: { fixed: "0.05" } },
            GBP: { fee: { fixed: "0.80", perMille: 1 } },
            JPY: { fee: { fixed: "150" } },
            KWD: { fee: { fixed: "0.300" } },
          },
          reach: ["CZ", "GB"],
        },
      ],
      custodyAccounts,
    };
  },
};

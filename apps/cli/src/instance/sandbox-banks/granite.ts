import { join } from "node:path";
import type { SandboxBankPlan } from "./registration.ts";

/** Folder in which this bank and the server leave files for each other. */
function exchangeFolder(dataDir: string): string {
  return join(dataDir, "granite-files");
}

/** Is reached by ISO 20022 files in a folder; people sign direct-debit mandates on its pages. */
export const graniteBank: SandboxBankPlan = {
  id: "granite",
  dialect: "iso20022-files",
  bankCode: "9998",
  name: { en: "Granite Bank", zh: "磐石银行" },
  timeZone: "Europe/Berlin",
  currencies: ["EUR", "CNY"],
  env: ({ dataDir }) => ({ SANDBOX_BANK_FILES: exchangeFolder(dataDir) }),
  async introduce({ dataDir, bankUrl, serverUrl, script, currencies }) {
    const { clientId } = await script.tppClient({
      name: "Jinqiao",
      redirectUris: [`${serverUrl}/v1/bank-callbacks/${this.id}`],
    });
    const custodyAccounts = await script.custodyAccounts({ clientId, currencies: [...currencies] });
    const { timeZone } = await script.businessDate();
    return {
      connector: "iso20022-files",
      exchange: { kind: "folder", path: exchangeFolder(dataDir) },
      // ISO 20022 leaves room for 35 characters: the number of the company is its client id without prefix and dashes.
      companyId: clientId.replace(/^tpp-/, "").replaceAll("-", ""),
      bankBic: "HARBCZPP",
      mandatePage: `${bankUrl}/mandates/new`,
      timeZone,
      rails: [
        {
          id: "file_transfer",
          currencies: { EUR: { fee: { fixed: "0.01" } }, CNY: { fee: { fixed: "1.00" } } },
          reach: ["CZ"],
        },
        {
          id: "direct_debit",
          currencies: { EUR: { fee: { fixed: "0.04" } }, CNY: { fee: { fixed: "1.00" } } },
        },
      ],
      custodyAccounts,
    };
  },
};

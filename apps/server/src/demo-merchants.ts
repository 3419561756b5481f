import type { Id } from "@jinqiao/money";
import type { Banks } from "./banks/index.ts";
import type { Identity } from "./identity/index.ts";
import type { OpenMerchant, Shops } from "./merchants/index.ts";

type DemoMerchant = Omit<OpenMerchant, "ownerId"> & { ownerEmail: string };

/** Shops that a demo installation opens with. Their owners' accounts are those of the sandbox bank's invented people. */
const demoMerchants: readonly DemoMerchant[] = [
  {
    key: "demo/teahouse",
    ownerEmail: "emma@example.com",
    tradingName: { en: "Bridgehead Teahouse", zh: "桥头茶馆" },
    legalName: "Emma Clarke",
    country: "GB",
    mcc: "5812",
    currency: "GBP",
    timeZone: "Europe/London",
    supportEmail: "teahouse@example.com",
    address: { line1: "1 Bridge Street", line2: null, city: "Bridgetown", postalCode: null, country: "GB" },
    stores: [
      { name: { en: "Bridge Street", zh: "桥街店" }, tills: ["Counter", "Terrace"] },
      { name: { en: "Harbour kiosk", zh: "港口亭" }, tills: ["Kiosk"] },
    ],
    account: { bankId: "harbour", number: "CZ4999990000001000000301", holderName: "Emma Clarke" },
  },
  {
    key: "demo/noodles",
    ownerEmail: "wang@example.com",
    tradingName: { en: "Lantern Noodles", zh: "灯笼面馆" },
    legalName: "王磊",
    country: "CN",
    registrationNumber: "92310000MA00DEM00W",
    mcc: "5814",
    currency: "CNY",
    timeZone: "Asia/Shanghai",
    supportEmail: "noodles@example.com",
    address: { line1: "灯笼巷 8 号", line2: null, city: "上海", postalCode: null, country: "CN" },
    stores: [
      { name: { en: "Lantern Lane", zh: "灯笼巷店" }, tills: ["一号台", "二号台"] },
      { name: { en: "Station", zh: "车站店" }, tills: ["一号台"] },
    ],
    account: { bankId: "harbour", number: "CZ3399990000001000000201", holderName: "王磊" },
  },
];

/** Opens the demo shops that are missing. Safe to repeat; without the sandbox bank they have no account for payouts. */
export async function seedMerchants(deps: {
  shops: Pick<Shops, "openAtOnce">;
  identity: Pick<Identity, "customerByEmail">;
  banks: Pick<Banks, "config" | "custody">;
}): Promise<void> {
  for (const { ownerEmail, account, ...merchant } of demoMerchants) {
    const owner = await deps.identity.customerByEmail(ownerEmail);
    if (owner === undefined) continue;
    const isPaidOut =
      account !== undefined &&
      deps.banks.config(account.bankId) !== undefined &&
      deps.banks.custody(account.bankId, merchant.currency) !== undefined;
    await deps.shops.openAtOnce({
      ...merchant,
      ownerId: owner.id as Id<"cus">,
      ...(isPaidOut ? { account } : {}),
    });
  }
}

import type { FeeTerms } from "@jinqiao/contract";
import type { Currency, Id } from "@jinqiao/money";
import { hashOf } from "../ledger/index.ts";
import { assert } from "../platform/errors.ts";
import type { FeePlans } from "./fee-plans.ts";
import { firstPlanKey } from "./fee-plans.ts";
import type {
  FeePlanRecord,
  MemberRecord,
  MerchantRecord,
  SettlementAccountRecord,
  StoreRecord,
  TillRecord,
} from "./shop-data.ts";
import type { Desk } from "./shop-desk.ts";

/** A merchant that stands open at once: for demo installations and tests, where nobody waits for two people. */
export type OpenMerchant = {
  /** Recognises it, so that opening it again changes nothing. */
  key: string;
  ownerId: Id<"cus">;
  tradingName: { en: string; zh: string };
  legalName: string;
  country: string;
  registrationNumber?: string;
  mcc: string;
  currency: Currency;
  timeZone: string;
  supportEmail: string;
  status?: MerchantRecord["status"];
  address: NonNullable<MerchantRecord["address"]>;
  stores: readonly { name: { en: string; zh: string }; tills: readonly string[] }[];
  /** Where payouts go, taken as verified. */
  account?: { bankId: string; number: string; holderName: string };
  /** Another plan than the first one. */
  terms?: FeeTerms;
};

/** @returns the merchant's id; of one that was opened before under the same key, that one's */
export async function openAtOnce(
  desk: Desk,
  plans: Pick<FeePlans, "newestOf">,
  draft: OpenMerchant,
): Promise<Id<"mer">> {
  const { ids, clock, rows } = desk;
  const now = clock.now();
  const status = draft.status ?? "active";
  const isReviewed = status !== "draft";
  const merchant: MerchantRecord = {
    id: ids.next("mer"),
    status,
    statusNote: null,
    tradingName: draft.tradingName,
    legalName: draft.legalName,
    form: "sole_trader",
    registrationNumber: draft.registrationNumber ?? null,
    country: draft.country,
    mcc: draft.mcc,
    website: null,
    supportEmail: draft.supportEmail,
    supportPhone: null,
    address: draft.address,
    timeZone: draft.timeZone,
    currency: draft.currency,
    openedBy: draft.ownerId,
    payoutsPausedUntil: null,
    version: 1,
    createdAt: now,
    submittedAt: isReviewed ? now : null,
    activatedAt: status === "active" ? now : null,
    closedAt: null,
  };
  const merchantId = merchant.id;
  const owner: MemberRecord = {
    id: ids.next("mbr"),
    merchantId,
    customerId: draft.ownerId,
    status: "active",
    role: "owner",
    email: null,
    locale: "en",
    invitedBy: null,
    expiresAt: null,
    version: 1,
    createdAt: now,
  };
  const common = { merchantId, status: "active", version: 1, createdAt: now } as const;
  const stores = draft.stores.map(({ name, tills }) => {
    const store: StoreRecord = { ...common, id: ids.next("sto"), name, address: draft.address, phone: null };
    return {
      store,
      tills: tills.map(
        (till): TillRecord => ({ ...common, id: ids.next("til"), storeId: store.id, name: till }),
      ),
    };
  });
  const account: SettlementAccountRecord | undefined = draft.account && {
    ...draft.account,
    id: ids.next("mac"),
    merchantId,
    status: "verified",
    currency: draft.currency,
    country: draft.country,
    maskedNumber: maskNumber(draft.account.number),
    nameCheck: "match",
    code: null,
    tries: 0,
    codeExpiresAt: null,
    verifiedAt: now,
    usableFrom: now,
    version: 1,
    createdAt: now,
  };
  const own: FeePlanRecord | undefined = draft.terms && {
    id: ids.next("fpl"),
    key: merchantId.replace("_", "-"),
    version: 1,
    name: { en: "Own terms", zh: "专属方案" },
    terms: draft.terms,
    createdAt: now,
  };
  const plan = own ?? (await plans.newestOf(firstPlanKey));
  assert(plan, "the schema brings a first plan");
  const stored = await desk.store(
    // By its key alone: an installation whose bank came later opens with the same merchant.
    { key: `merchants/open/${draft.key}`, hash: hashOf(draft.key) },
    {
      rows: [
        rows.merchant(merchant),
        rows.member(owner),
        ...stores.flatMap(({ store, tills }) => [rows.store(store), ...tills.map(rows.till)]),
        ...(account ? [rows.account(account)] : []),
        ...(own ? [rows.plan(own)] : []),
        rows.planOf({ merchantId, planId: plan.id, from: now }),
        desk.recordRow(merchantId, { what: "opened_for_demo", byId: null }),
      ],
    },
    merchantId,
  );
  assert(stored, "nothing is guarded");
  return stored;
}

/** The number as people recognise it: its ends alone. */
export function maskNumber(number: string): string {
  return `${/^[A-Z]{2}/.test(number) ? number.slice(0, 4) : ""}••••${number.slice(-4)}`;
}

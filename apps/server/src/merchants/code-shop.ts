import type { Db } from "../platform/db.ts";
import type { Vault } from "../vault/index.ts";
import type { CodeShop } from "./code-payloads.ts";
import { createShopRows } from "./shop-data.ts";

/** Finds who takes the money of a code: the merchant, and its open store and till where they are named. */
export function createShopOf({ db, vault }: { db: Db; vault: Vault }) {
  const rows = createShopRows(vault);
  return async (
    merchantId: string,
    at: { storeId?: string | null | undefined; tillId?: string | null | undefined },
  ): Promise<CodeShop | undefined> => {
    const [found] = await db.query("SELECT * FROM merchants.merchant WHERE id = $1", [merchantId]);
    if (found === undefined) return undefined;
    const merchant = rows.toMerchant(found);
    const about = {
      merchantName: merchant.tradingName,
      mcc: merchant.mcc,
      currency: merchant.currency,
    };
    if (!at.storeId) {
      // A till stands in a store.
      if (at.tillId) return undefined;
      return { ...about, country: merchant.country, city: merchant.address?.city ?? null, store: null };
    }
    const [place] = await db.query(
      `SELECT s.* FROM merchants.store s WHERE s.id = $1 AND s.merchant_id = $2 AND s.status = 'active'
          AND ($3::text IS NULL OR EXISTS (
            SELECT FROM merchants.till t WHERE t.id = $3 AND t.store_id = s.id AND t.status = 'active'))`,
      [at.storeId, merchantId, at.tillId ?? null],
    );
    if (place === undefined) return undefined;
    const store = rows.toStore(place);
    return {
      ...about,
      country: store.address?.country ?? merchant.country,
      city: store.address?.city ?? merchant.address?.city ?? null,
      store: { name: store.name },
    };
  };
}

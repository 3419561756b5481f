import * as contract from "@jinqiao/contract";
import type { z } from "zod";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import { normalAddress, type ShopperRecord } from "./shop-data.ts";
import type { Desk } from "./shop-desk.ts";

type View = z.input<typeof contract.MerchantCustomer>;
type Owner = { merchantId: string; livemode: boolean };

const maxTries = 5;

export type Shoppers = {
  /** A shop's customer; undefined when it is not the merchant's, or of the other mode. */
  find(owner: Owner, id: string): Promise<ShopperRecord | undefined>;
  routes: RouteHandler[];
};

/** The people who buy at a shop, as the shop keeps them. Erasing one destroys the key of their data. */
export function createShoppers(desk: Desk): Shoppers {
  const { db, clock, ids, vault, rows } = desk;

  async function opened(found: readonly Record<string, unknown>[]): Promise<ShopperRecord[]> {
    await vault.ready({ subjects: found.map((row) => row.id as string) });
    return found.map(rows.toShopper);
  }
  async function find({ merchantId, livemode }: Owner, id: string): Promise<ShopperRecord | undefined> {
    const found = await db.query(
      "SELECT * FROM merchants.shopper WHERE id = $1 AND merchant_id = $2 AND livemode = $3",
      [id, merchantId, livemode],
    );
    return (await opened(found))[0];
  }
  async function require(owner: Owner, id: string): Promise<ShopperRecord> {
    const shopper = await find(owner, id);
    if (shopper === undefined) throw new Refusal("request.not_found");
    return shopper;
  }

  return {
    find,
    routes: [
      handle(contract.createMerchantCustomer, async ({ merchant, body, idempotency }) => {
        const shopper: ShopperRecord = {
          id: ids.next("shp"),
          merchantId: merchant.merchantId,
          livemode: merchant.livemode,
          name: body.name ?? null,
          email: body.email == null ? null : normalAddress(body.email),
          phone: body.phone ?? null,
          reference: body.reference ?? null,
          metadata: body.metadata ?? {},
          deletedAt: null,
          version: 1,
          createdAt: clock.now(),
        };
        await vault.ready({ subjects: [shopper.id] });
        const stored = await desk.store(idempotency, { rows: [rows.shopper(shopper)] }, viewOf(shopper));
        return stored as View;
      }),
      handle(contract.listMerchantCustomers, async ({ merchant, query }) => {
        const limit = query.limit ?? 50;
        const found = await db.query(
          `SELECT * FROM merchants.shopper
            WHERE merchant_id = $1 AND livemode = $2 AND deleted_at IS NULL AND ($3::text IS NULL OR id < $3)
              AND ($4::bytea IS NULL OR email_index = $4) AND ($5::text IS NULL OR reference = $5)
            ORDER BY id DESC LIMIT $6`,
          [
            merchant.merchantId,
            merchant.livemode,
            query.cursor ?? null,
            query.email === undefined ? null : rows.shopperIndex(query.email),
            query.reference ?? null,
            limit + 1,
          ],
        );
        const page = await opened(found.slice(0, limit));
        return {
          items: page.map(viewOf),
          nextCursor: found.length > limit ? (page.at(-1)?.id ?? null) : null,
        };
      }),
      handle(contract.getMerchantCustomer, async ({ merchant, params }) =>
        viewOf(await require(merchant, params.customerId)),
      ),
      handle(contract.updateMerchantCustomer, async ({ merchant, params, body, idempotency }) => {
        for (let attempt = 0; attempt < maxTries; attempt += 1) {
          const before = await require(merchant, params.customerId);
          if (before.deletedAt !== null) throw new Refusal("merchant.customer_deleted");
          const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
          const changed: ShopperRecord = { ...before, ...given, version: before.version + 1 };
          const after = { ...changed, email: changed.email && normalAddress(changed.email) };
          const stored = await desk.store(
            idempotency,
            {
              rows: [rows.shopper(after)],
              guards: [
                {
                  check: "merchants.stale_shopper",
                  id: after.id,
                  arg: { id: after.id, version: before.version },
                },
              ],
            },
            viewOf(after),
          );
          if (stored !== undefined) return stored;
        }
        throw new Refusal("merchant.changed_meanwhile");
      }),
      handle(contract.deleteMerchantCustomer, async ({ merchant, params }) => {
        await require(merchant, params.customerId);
        await db.transaction(async (tx) => {
          const [row] = await tx.query(
            `UPDATE merchants.shopper
                SET name_sealed = NULL, email_sealed = NULL, phone_sealed = NULL, metadata_sealed = NULL,
                    email_index = NULL, reference = NULL, deleted_at = $2, version = version + 1
              WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
            [params.customerId, clock.now()],
          );
          // What older backups and answers hold of them opens nowhere any more either.
          if (row !== undefined) await vault.shred(tx, params.customerId);
        });
        return viewOf(await require(merchant, params.customerId));
      }),
    ],
  };
}

export function viewOf(shopper: ShopperRecord): View {
  const { id, livemode, name, email, phone, reference, metadata, version } = shopper;
  return {
    object: "customer",
    id,
    livemode,
    name,
    email,
    phone,
    reference,
    metadata,
    deleted: shopper.deletedAt !== null,
    createdAt: shopper.createdAt.toISOString(),
    version,
  };
}

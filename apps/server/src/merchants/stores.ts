import * as contract from "@jinqiao/contract";
import type { z } from "zod";
import { Refusal } from "../platform/errors.ts";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { StoreRecord, TillRecord } from "./shop-data.ts";
import { type Desk, requireOpen } from "./shop-desk.ts";

const mostStores = 500;
const mostTills = 200;

type StoreView = z.input<typeof contract.Store>;
type TillView = z.input<typeof contract.Till>;

export type Stores = {
  /** A store of the merchant, and one of its tills where that is asked for; undefined when it is not theirs. */
  find(
    merchantId: string,
    at: { storeId: string; tillId?: string | undefined },
  ): Promise<{ store: StoreRecord; till: TillRecord | undefined } | undefined>;
  byIds(storeIds: readonly string[]): Promise<Map<string, StoreRecord>>;
  routes: RouteHandler[];
};

/** Where a merchant sells: stores and their tills. */
export function createStores(desk: Desk): Stores {
  const { db, clock, ids, rows } = desk;

  async function storeOf(merchantId: string, storeId: string): Promise<StoreRecord> {
    const [row] = await db.query("SELECT * FROM merchants.store WHERE id = $1 AND merchant_id = $2", [
      storeId,
      merchantId,
    ]);
    if (row === undefined) throw new Refusal("request.not_found");
    return rows.toStore(row);
  }
  async function tillsOf(storeIds: readonly string[]): Promise<TillRecord[]> {
    const found = await db.query(
      "SELECT * FROM merchants.till WHERE store_id = ANY ($1::text[]) ORDER BY id",
      [storeIds],
    );
    return found.map(rows.toTill);
  }
  async function views(stores: readonly StoreRecord[]): Promise<StoreView[]> {
    const tills = Map.groupBy(await tillsOf(stores.map(({ id }) => id)), ({ storeId }) => storeId);
    return stores.map((store) => storeView(store, tills.get(store.id) ?? []));
  }

  function newTill(
    merchantId: StoreRecord["merchantId"],
    storeId: StoreRecord["id"],
    name: string,
  ): TillRecord {
    return {
      id: ids.next("til"),
      merchantId,
      storeId,
      name,
      status: "active",
      version: 1,
      createdAt: clock.now(),
    };
  }

  return {
    async find(merchantId, { storeId, tillId }) {
      const [row] = await db.query("SELECT * FROM merchants.store WHERE id = $1 AND merchant_id = $2", [
        storeId,
        merchantId,
      ]);
      if (row === undefined) return undefined;
      if (tillId === undefined) return { store: rows.toStore(row), till: undefined };
      const [till] = await db.query("SELECT * FROM merchants.till WHERE id = $1 AND store_id = $2", [
        tillId,
        storeId,
      ]);
      return till && { store: rows.toStore(row), till: rows.toTill(till) };
    },
    async byIds(storeIds) {
      const found = await db.query("SELECT * FROM merchants.store WHERE id = ANY ($1::text[])", [storeIds]);
      return new Map(found.map((row) => [row.id as string, rows.toStore(row)]));
    },
    routes: [
      handle(contract.createStore, ({ merchant: { merchantId }, body, idempotency }) =>
        desk.change(merchantId, idempotency, async (merchant) => {
          requireOpen(merchant);
          const [count] = await db.query<{ n: number }>(
            "SELECT count(*)::int AS n FROM merchants.store WHERE merchant_id = $1",
            [merchantId],
          );
          if ((count?.n ?? 0) >= mostStores) throw new Refusal("merchant.too_many");
          const store: StoreRecord = {
            id: ids.next("sto"),
            merchantId,
            name: body.name,
            address: body.address ?? null,
            phone: body.phone ?? null,
            status: "active",
            version: 1,
            createdAt: clock.now(),
          };
          const tills = (body.tills ?? []).map((name) => newTill(merchantId, store.id, name));
          return {
            rows: [rows.store(store), ...tills.map(rows.till)],
            answer: () => storeView(store, tills),
          };
        }),
      ),
      handle(contract.listStores, async ({ merchant, query }) => {
        const limit = query.limit ?? 50;
        const found = await db.query(
          `SELECT * FROM merchants.store
            WHERE merchant_id = $1 AND ($2::text IS NULL OR id < $2) AND ($3::text IS NULL OR status = $3)
            ORDER BY id DESC LIMIT $4`,
          [merchant.merchantId, query.cursor ?? null, query.status ?? null, limit + 1],
        );
        const page = found.slice(0, limit).map(rows.toStore);
        return {
          items: await views(page),
          nextCursor: found.length > limit ? (page.at(-1)?.id ?? null) : null,
        };
      }),
      handle(contract.getStore, async ({ merchant, params }) => {
        const [view] = await views([await storeOf(merchant.merchantId, params.storeId)]);
        return view as StoreView;
      }),
      handle(contract.updateStore, ({ merchant: { merchantId }, params, body }) =>
        desk.change(merchantId, undefined, async (merchant) => {
          requireOpen(merchant);
          const store = await storeOf(merchantId, params.storeId);
          const changed: StoreRecord = {
            ...store,
            name: body.name ?? store.name,
            address: body.address === undefined ? store.address : body.address,
            phone: body.phone === undefined ? store.phone : body.phone,
            status: body.status ?? store.status,
            version: store.version + 1,
          };
          return {
            rows: [rows.store(changed)],
            answer: async () => (await views([changed]))[0] as StoreView,
          };
        }),
      ),
      handle(contract.createTill, ({ merchant: { merchantId }, params, body, idempotency }) =>
        desk.change(merchantId, idempotency, async (merchant) => {
          requireOpen(merchant);
          const store = await openStore(merchantId, params.storeId);
          if ((await tillsOf([store.id])).length >= mostTills) throw new Refusal("merchant.too_many");
          const till = newTill(merchantId, store.id, body.name);
          return { rows: [rows.till(till)], answer: () => tillView(till) };
        }),
      ),
      handle(contract.updateTill, (context) => updateTill(context)),
    ],
  };

  async function openStore(merchantId: string, storeId: string): Promise<StoreRecord> {
    const store = await storeOf(merchantId, storeId);
    if (store.status === "closed") throw new Refusal("store.closed");
    return store;
  }
  function updateTill({ merchant: { merchantId }, params, body }: Context<typeof contract.updateTill>) {
    return desk.change(merchantId, undefined, async (merchant) => {
      requireOpen(merchant);
      const store = await openStore(merchantId, params.storeId);
      const till = (await tillsOf([store.id])).find(({ id }) => id === params.tillId);
      if (till === undefined) throw new Refusal("request.not_found");
      const changed: TillRecord = {
        ...till,
        name: body.name ?? till.name,
        status: body.status ?? till.status,
        version: till.version + 1,
      };
      return { rows: [rows.till(changed)], answer: () => tillView(changed) };
    });
  }
}

function tillView({ id, storeId, name, status, createdAt, version }: TillRecord): TillView {
  return { object: "till", id, storeId, name, status, version, createdAt: createdAt.toISOString() };
}
function storeView(store: StoreRecord, tills: readonly TillRecord[]): StoreView {
  const { id, name, address, phone, status, version, createdAt } = store;
  return {
    object: "store",
    id,
    name,
    address,
    phone,
    status,
    version,
    createdAt: createdAt.toISOString(),
    tills: tills.map(tillView),
  };
}

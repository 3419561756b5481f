import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery, note } from "../../common.ts";
import { route } from "../../route.ts";
import { PostalAddress } from "./merchants.ts";

export const Till = z
  .object({
    object: z.literal("till"),
    id: idOf("til"),
    storeId: idOf("sto"),
    name: z.string(),
    status: z.enum(["active", "closed"]),
    createdAt: instant,
    version: z.number().int(),
  })
  .meta({ id: "Till" });
export type Till = z.infer<typeof Till>;
export const Store = z
  .object({
    object: z.literal("store"),
    id: idOf("sto"),
    name: LocalText,
    address: PostalAddress.nullable(),
    phone: z.string().nullable(),
    status: z.enum(["active", "closed"]),
    tills: z.array(Till),
    createdAt: instant,
    version: z.number().int(),
  })
  .meta({ id: "Store", description: "A place where a merchant takes payments, with its tills." });
export type Store = z.infer<typeof Store>;

const short = note.min(1, "field.required").max(60, "field.too_long");
const details = {
  name: z.strictObject({ en: short, zh: short }),
  address: PostalAddress.nullable(),
  phone: z
    .string()
    .trim()
    .regex(/^\+?[0-9 ()-]{5,24}$/, "field.phone")
    .nullable(),
};
const params = z.object({ storeId: z.string() });
const base = { tag: "Merchants", audience: "merchant" } as const;
const status = z.enum(["active", "closed"]);

export const createStore = route({
  ...base,
  id: "createStore",
  method: "POST",
  path: "/v1/stores",
  scope: "stores.write",
  summary: "Open a store",
  idempotent: true,
  body: z.strictObject({
    name: details.name,
    address: details.address.optional(),
    phone: details.phone.optional(),
    tills: z.array(short).max(50).optional().describe("Names of its tills."),
  }),
  status: 201,
  response: Store,
  errors: ["merchant.changed_meanwhile", "merchant.closed", "merchant.too_many"],
});
export const listStores = route({
  ...base,
  id: "listStores",
  method: "GET",
  path: "/v1/stores",
  scope: "account.read",
  summary: "Stores with their tills, newest first",
  query: z.object({ ...listQuery, status: status.optional() }),
  status: 200,
  response: listOf(Store),
  errors: [],
});
export const getStore = route({
  ...base,
  id: "getStore",
  method: "GET",
  path: "/v1/stores/{storeId}",
  scope: "account.read",
  summary: "One store with its tills",
  params,
  status: 200,
  response: Store,
  errors: [],
});
export const updateStore = route({
  ...base,
  id: "updateStore",
  method: "PATCH",
  path: "/v1/stores/{storeId}",
  scope: "stores.write",
  summary: "Change a store, close it or open it again; what was sold there stays its own",
  params,
  body: z.strictObject({
    name: details.name.optional(),
    address: details.address.optional(),
    phone: details.phone.optional(),
    status: status.optional(),
  }),
  status: 200,
  response: Store,
  errors: ["merchant.changed_meanwhile", "merchant.closed"],
});
export const createTill = route({
  ...base,
  id: "createTill",
  method: "POST",
  path: "/v1/stores/{storeId}/tills",
  scope: "stores.write",
  summary: "Add a till",
  idempotent: true,
  params,
  body: z.strictObject({ name: short }),
  status: 201,
  response: Till,
  errors: ["merchant.changed_meanwhile", "merchant.closed", "merchant.too_many", "store.closed"],
});
export const updateTill = route({
  ...base,
  id: "updateTill",
  method: "PATCH",
  path: "/v1/stores/{storeId}/tills/{tillId}",
  scope: "stores.write",
  summary: "Rename a till, close it or open it again",
  params: params.extend({ tillId: z.string() }),
  body: z.strictObject({ name: short.optional(), status: status.optional() }),
  status: 200,
  response: Till,
  errors: ["merchant.changed_meanwhile", "merchant.closed", "store.closed"],
});

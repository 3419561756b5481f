import { z } from "zod";
import { idOf, instant, listOf, listQuery, note } from "../../common.ts";
import { route } from "../../route.ts";
import { email } from "../credentials-schemas.ts";

/** Free pairs that a shop keeps beside its objects; none of it may be secret. */
const metadata = z
  .record(z.string().min(1).max(40), z.string().max(500, "field.too_long"))
  .refine((pairs) => Object.keys(pairs).length <= 50, "field.too_long");

/** A shop's own record of somebody who buys there. It is not a wallet, and opens none. */
export const MerchantCustomer = z
  .object({
    object: z.literal("customer"),
    id: idOf("shp"),
    livemode: z.boolean(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    reference: z.string().nullable().describe("The shop's own number of the customer."),
    metadata: z.record(z.string(), z.string()),
    deleted: z
      .boolean()
      .describe("Name, addresses and metadata are gone for good; the id stays on old payments."),
    createdAt: instant,
    version: z.number().int(),
  })
  .meta({ id: "MerchantCustomer" });
export type MerchantCustomer = z.infer<typeof MerchantCustomer>;

const details = {
  name: note.min(1, "field.required").nullable().optional(),
  email: email.nullable().optional(),
  phone: z
    .string()
    .trim()
    .regex(/^\+?[0-9 ()-]{5,24}$/, "field.phone")
    .nullable()
    .optional(),
  reference: z.string().trim().min(1, "field.required").max(100, "field.too_long").nullable().optional(),
  metadata: metadata.optional(),
};
const params = z.object({ customerId: z.string() });
const base = { tag: "Gateway", audience: "merchant" } as const;

export const createMerchantCustomer = route({
  ...base,
  id: "createMerchantCustomer",
  method: "POST",
  path: "/v1/merchant_customers",
  scope: "customers.write",
  summary: "Keep a customer of the shop",
  idempotent: true,
  body: z.strictObject(details),
  status: 201,
  response: MerchantCustomer,
  errors: [],
});
export const listMerchantCustomers = route({
  ...base,
  id: "listMerchantCustomers",
  method: "GET",
  path: "/v1/merchant_customers",
  scope: "customers.read",
  summary: "Customers of the shop, newest first; by exact e-mail or reference",
  query: z.object({
    ...listQuery,
    email: z.string().max(254).optional(),
    reference: z.string().max(100).optional(),
  }),
  status: 200,
  response: listOf(MerchantCustomer),
  errors: [],
});
export const getMerchantCustomer = route({
  ...base,
  id: "getMerchantCustomer",
  method: "GET",
  path: "/v1/merchant_customers/{customerId}",
  scope: "customers.read",
  summary: "One customer of the shop",
  params,
  status: 200,
  response: MerchantCustomer,
  errors: [],
});
export const updateMerchantCustomer = route({
  ...base,
  id: "updateMerchantCustomer",
  method: "POST",
  path: "/v1/merchant_customers/{customerId}",
  scope: "customers.write",
  summary: "Change what is given; the rest stays, and null takes a value away",
  params,
  idempotent: true,
  body: z.strictObject(details),
  status: 200,
  response: MerchantCustomer,
  errors: ["merchant.customer_deleted", "merchant.changed_meanwhile"],
});
export const deleteMerchantCustomer = route({
  ...base,
  id: "deleteMerchantCustomer",
  method: "DELETE",
  path: "/v1/merchant_customers/{customerId}",
  scope: "customers.write",
  summary: "Erase a customer of the shop for good; repeating it changes nothing",
  params,
  status: 200,
  response: MerchantCustomer,
  errors: [],
});

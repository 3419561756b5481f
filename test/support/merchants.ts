import { randomUUID } from "node:crypto";
import { createApiClient, unwrap } from "@jinqiao/contract/client";
import type { Currency, Id } from "@jinqiao/money";
import type { OpenMerchant } from "../../apps/server/src/merchants/index.ts";
import { bankId, type Session, type World } from "./world.ts";

export type Mode = "live" | "test";
type Api = Session["api"];
export type TestMerchant = {
  id: Id<"mer">;
  /** The owner's browser; a customer with a wallet like any other. */
  owner: Session & { id: string; email: string };
  /** What the merchant's portal does: the owner's session, naming the merchant and the mode. */
  api(mode?: Mode): Api;
  /** As `api`, for somebody else of the team. */
  as(person: Session, mode?: Mode): Api;
  /** What the shop's programs do: a client that bears a secret key. */
  withKey(mode?: Mode): Promise<Api & { secret: string }>;
  storeId: Id<"sto">;
  tillId: Id<"til">;
};

/**
 * A merchant that takes payments, with one store and one till, opened without review. Its settlement account is at the
 * sandbox bank where `account` names one.
 */
export async function createMerchant(
  world: World,
  options: {
    tradingName?: { en: string; zh: string };
    owner?: TestMerchant["owner"];
    currency?: Currency;
    country?: string;
    timeZone?: string;
    mcc?: string;
    status?: OpenMerchant["status"];
    /** Account for payouts, taken as verified: IBAN, or sort code and account number. */
    account?: { number: string; holderName: string; bankId?: string };
    terms?: OpenMerchant["terms"];
  } = {},
): Promise<TestMerchant> {
  const owner = options.owner ?? (await world.customer("Ada Shopkeeper"));
  const country = options.country ?? "GB";
  const id = await world.app.shops.openAtOnce({
    key: randomUUID(),
    ownerId: owner.id as Id<"cus">,
    tradingName: options.tradingName ?? { en: "Bridge Corner", zh: "桥角小店" },
    legalName: options.account?.holderName ?? "Ada Shopkeeper",
    country,
    mcc: options.mcc ?? "5812",
    currency: options.currency ?? "GBP",
    timeZone: options.timeZone ?? "Europe/London",
    supportEmail: owner.email,
    address: { line1: "1 Bridge Street", line2: null, city: "Bridgetown", postalCode: null, country },
    stores: [{ name: { en: "First store", zh: "一号店" }, tills: ["Till 1"] }],
    ...(options.status ? { status: options.status } : {}),
    ...(options.account ? { account: { bankId, ...options.account } } : {}),
    ...(options.terms ? { terms: options.terms } : {}),
  });
  const as = (person: Session, mode: Mode = "live"): Api =>
    createApiClient({
      baseUrl: world.url,
      fetch: person.fetch,
      headers: { "Jinqiao-Merchant": id, "Jinqiao-Mode": mode },
    });
  const { items } = await unwrap(as(owner).GET("/v1/stores"));
  const store = items[0];
  const till = store?.tills[0];
  if (store === undefined || till === undefined) throw new Error("a merchant opened at once has a store");
  return {
    id,
    owner,
    as,
    api: (mode) => as(owner, mode),
    async withKey(mode = "live") {
      const made = await unwrap(
        as(owner, mode).POST("/v1/api_keys", {
          body: { name: "for tests" },
        }),
      );
      const secret = made.secret;
      const client = createApiClient({
        baseUrl: world.url,
        fetch,
        headers: { Authorization: `Bearer ${secret}` },
      });
      return Object.assign(client, { secret });
    },
    storeId: store.id as Id<"sto">,
    tillId: till.id as Id<"til">,
  };
}

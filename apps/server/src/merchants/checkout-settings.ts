import { randomBytes } from "node:crypto";
import type { CheckoutSettings } from "@jinqiao/contract";
import type { z } from "zod";
import type { Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { originOf } from "./checkout-addresses.ts";
import { checkoutSecretData, sql } from "./checkout-rows.ts";
import type { MerchantMode, Request } from "./types.ts";

type CheckoutSettingsView = z.input<typeof CheckoutSettings>;

/** Most origins of one merchant in one mode. */
const maxOrigins = 20;
const dayMs = 86_400_000;
const write = (row: Record<string, unknown>) => ({ writer: "merchants.write_checkout", row });

/** Where a merchant's checkouts may send payers back to, and what their results are signed with. */
export function createCheckoutSettings(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Pick<Ledger, "commit">;
  publicUrl: string;
  random?: RandomBytes;
}) {
  const { db, clock, vault, random = randomBytes } = deps;

  async function view({ merchantId, livemode }: MerchantMode): Promise<CheckoutSettingsView> {
    const [origins, secrets] = await Promise.all([
      sql.origins(db, merchantId, livemode),
      sql.secrets(db, merchantId, livemode, clock.now()),
    ]);
    return settingsView(livemode, origins, secrets);
  }

  function settingsView(
    livemode: boolean,
    origins: readonly { origin: string; created_at: Date }[],
    [newest, earlier]: readonly { created_at: Date; ends_at: Date | null }[],
  ): CheckoutSettingsView {
    return {
      object: "checkout_settings",
      livemode,
      returnOrigins: origins.map(({ origin, created_at }) => ({
        object: "return_origin" as const,
        origin,
        createdAt: created_at.toISOString(),
      })),
      signingSecret: newest
        ? {
            createdAt: newest.created_at.toISOString(),
            previousUntil: earlier?.ends_at?.toISOString() ?? null,
          }
        : null,
      paymentMethod: `${deps.publicUrl}/pay-method`,
    };
  }

  /** Stores one change and answers it; the same request is answered as it was the first time. */
  async function store<R>(request: Request, row: Record<string, unknown>, result: R): Promise<R> {
    const outcome = await deps.ledger.commit<R>({ ...request, result, rows: [write(row)] });
    if (outcome.status === "accepted" || outcome.status === "replayed") return outcome.result;
    throw new Refusal(outcome.status === "conflict" ? "idempotency.key_reused" : "server.unexpected");
  }

  return {
    view,
    origins: async ({ merchantId, livemode }: MerchantMode): Promise<string[]> =>
      (await sql.origins(db, merchantId, livemode)).map(({ origin }) => origin),

    /** The secrets that sign now, the newest first; none before the merchant has made one. */
    async secrets({ merchantId, livemode }: MerchantMode): Promise<string[]> {
      const data = personalData(vault, checkoutSecretData);
      const rows = await sql.secrets(db, merchantId, livemode, clock.now());
      return rows.map(({ id, secret_sealed }) => data.open("secret", { id }, secret_sealed, ""));
    },

    async addOrigin(merchant: MerchantMode, request: Request, text: string): Promise<CheckoutSettingsView> {
      const { merchantId, livemode } = merchant;
      const now = clock.now();
      const origin = originOf(text);
      const listed = await sql.origins(db, merchantId, livemode);
      const known = listed.some((one) => one.origin === origin);
      if (!known && listed.length >= maxOrigins) throw new Refusal("checkout.origins_full");
      const secrets = await sql.secrets(db, merchantId, livemode, now);
      const added = known ? listed : [...listed, { origin, created_at: now }];
      return store(
        request,
        { origin: { merchant_id: merchantId, livemode, origin, created_at: now.toISOString() } },
        settingsView(livemode, added, secrets),
      );
    },

    async removeOrigin(
      merchant: MerchantMode,
      request: Request,
      origin: string,
    ): Promise<CheckoutSettingsView> {
      const { merchantId, livemode } = merchant;
      const listed = await sql.origins(db, merchantId, livemode);
      if (!listed.some((one) => one.origin === origin)) throw new Refusal("request.not_found");
      const secrets = await sql.secrets(db, merchantId, livemode, clock.now());
      return store(
        request,
        { removed: { merchant_id: merchantId, livemode, origin } },
        settingsView(
          livemode,
          listed.filter((one) => one.origin !== origin),
          secrets,
        ),
      );
    },

    /** The secret is answered once, and kept nowhere but sealed: not even as the answer to a repeated request. */
    async rollSecret(
      merchant: MerchantMode,
      requestId: string,
    ): Promise<{ secret: string; settings: CheckoutSettingsView }> {
      const { merchantId, livemode } = merchant;
      const now = clock.now();
      const id = deps.ids.next("key");
      const secret = `cksec_${Buffer.from(random(32)).toString("base64url")}`;
      const [origins, [signing]] = await Promise.all([
        sql.origins(db, merchantId, livemode),
        sql.secrets(db, merchantId, livemode, now),
      ]);
      const earlier = signing ? [{ ...signing, ends_at: new Date(now.getTime() + dayMs) }] : [];
      const settings = settingsView(livemode, origins, [{ created_at: now, ends_at: null }, ...earlier]);
      await store(
        { key: `checkout-secret/${requestId}`, hash: id },
        {
          secret: {
            id,
            merchant_id: merchantId,
            livemode,
            secret_sealed: personalData(vault, checkoutSecretData).seal("secret", { id }, secret),
            created_at: now.toISOString(),
          },
        },
        null,
      );
      return { secret, settings };
    },
  };
}

import * as contract from "@jinqiao/contract";
import { type Currency, type Id, isCurrency, parseAmount } from "@jinqiao/money";
import { svgOf } from "@jinqiao/qr/image";
import type { Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { type FileAnswer, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import { pdfFile, svgFile } from "./code-file.ts";
import { createCodeKeys } from "./code-keys.ts";
import { codeLimitOf } from "./code-limits.ts";
import { type CodeShop, signedLink, signedPayload } from "./code-payloads.ts";
import { createCodeReading } from "./code-reading.ts";
import {
  type CodeOwner,
  type CodeRow,
  type CodeView,
  codeView,
  selectCode,
  selectCodes,
} from "./code-rows.ts";
import type { Intents, Request } from "./types.ts";

export type CodesDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Pick<Ledger, "commit">;
  intents: Pick<Intents, "create" | "byId" | "byToken" | "payable" | "linkOf">;
  /** Who takes the money; undefined for a store or till that the merchant does not have, or has closed. */
  shopOf(
    merchantId: string,
    at: { storeId?: string | null | undefined; tillId?: string | null | undefined },
  ): Promise<CodeShop | undefined>;
  publicUrl: string;
};

/** How long a payer may take between typing the amount of a static code and paying, in milliseconds. */
const payWithinMs = 15 * 60_000;
/** So often a code is read anew when somebody else changed it meanwhile. */
const maxTries = 5;

/** Static codes of merchants: made, withdrawn, replaced, printed, read; and the dynamic code of a payment. */
export function createCodes(deps: CodesDeps): { routes: RouteHandler[] } {
  const { db, clock, ids } = deps;
  const keys = createCodeKeys(deps);
  const read = createCodeReading({
    clock,
    publicUrl: deps.publicUrl,
    keys,
    codeById: (id) => selectCode(db, id),
    async payment(token) {
      const intent = await deps.intents.byToken(token);
      if (intent === undefined) return undefined;
      const { payable } = await deps.intents.payable(intent);
      return { link: deps.intents.linkOf(intent), payable };
    },
  });

  async function draft(
    owner: CodeOwner,
    input: {
      storeId?: string | null | undefined;
      tillId?: string | null | undefined;
      currency?: string | undefined;
      label?: string | null | undefined;
    },
  ): Promise<CodeRow> {
    const shop = await deps.shopOf(owner.merchantId, input);
    if (shop === undefined) throw new Refusal("code.store_missing");
    const currency: Currency =
      input.currency !== undefined && isCurrency(input.currency) ? input.currency : shop.currency;
    const id = ids.next("qrc");
    return {
      id,
      merchant_id: owner.merchantId as Id<"mer">,
      livemode: owner.livemode,
      store_id: (input.storeId ?? null) as CodeRow["store_id"],
      till_id: (input.tillId ?? null) as CodeRow["till_id"],
      label: input.label ?? null,
      currency,
      country: shop.country,
      merchant_name: shop.merchantName,
      store_name: shop.store?.name ?? shop.merchantName,
      payload: await signedPayload(keys, shop, { kind: "static", codeId: id }, { currency }),
      link: await signedLink(keys, deps.publicUrl, id),
      status: "active",
      replaced_by: null,
      revoked_at: null,
      version: 1,
      created_at: clock.now(),
    };
  }

  /** @returns undefined when the code changed since it was read */
  async function store(
    request: Request,
    written: readonly CodeRow[],
    result: CodeView,
  ): Promise<CodeView | undefined> {
    const outcome = await deps.ledger.commit<CodeView>({
      ...request,
      result,
      rows: written.map((row) => ({ writer: "merchants.write_codes", row })),
      guards: written
        .filter(({ version }) => version > 1)
        .map(({ id, version }) => ({
          check: "merchants.stale_code",
          arg: { id, version: version - 1 },
          id,
        })),
    });
    if (outcome.status === "stale") return undefined;
    if (outcome.status === "conflict") throw new Refusal("idempotency.key_reused");
    if (outcome.status === "refused") throw new Refusal(outcome.code);
    return outcome.result;
  }

  /** Another merchant's code is as unknown as one that does not exist; so is one of the other mode. */
  async function own(owner: CodeOwner, id: string): Promise<CodeRow> {
    const row = await selectCode(db, id);
    if (row?.merchant_id !== owner.merchantId || row.livemode !== owner.livemode)
      throw new Refusal("request.not_found");
    return row;
  }

  /** Withdraws a code; `next` takes its place, where there is one. */
  async function withdraw(
    owner: CodeOwner,
    request: Request,
    id: string,
    next?: (row: CodeRow) => Promise<CodeRow>,
  ): Promise<CodeView> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const row = await own(owner, id);
      if (row.status === "revoked") throw new Refusal("code.revoked");
      const successor = await next?.(row);
      const revoked: CodeRow = {
        ...row,
        status: "revoked",
        revoked_at: clock.now(),
        replaced_by: successor?.id ?? null,
        version: row.version + 1,
      };
      const stored = await store(
        request,
        successor ? [successor, revoked] : [revoked],
        codeView(successor ?? revoked),
      );
      if (stored) return stored;
    }
    throw new Refusal("payment.changed_meanwhile");
  }

  function fileOf(row: CodeRow, format: "svg" | "pdf"): FileAnswer {
    if (row.status === "revoked") throw new Refusal("code.revoked");
    const asciiName = `${row.id}.${format}`;
    const name = `${row.store_name.zh} ${row.label ?? ""}`.trim().replace(/[/\\:*?"<>|]/g, "");
    return {
      name: `${name} ${asciiName}`,
      asciiName,
      mediaType: format === "svg" ? "image/svg+xml" : "application/pdf",
      content: format === "svg" ? svgFile(row) : pdfFile(row),
    };
  }

  /** The dynamic code of a payment that waits to be paid. */
  async function paymentCode(owner: CodeOwner, intentId: string) {
    const intent = await deps.intents.byId(intentId);
    if (intent?.merchant_id !== owner.merchantId || intent.livemode !== owner.livemode)
      throw new Refusal("request.not_found");
    const shop = await deps.shopOf(intent.merchant_id, { storeId: intent.store_id, tillId: intent.till_id });
    if (shop === undefined) throw new Refusal("request.not_found");
    // A code on a screen is for whoever stands there: it ends by itself, whatever the intent allows.
    const latest = new Date(clock.now().getTime() + payWithinMs);
    const expiresAt = intent.expires_at !== null && intent.expires_at < latest ? intent.expires_at : latest;
    const payload = await signedPayload(
      keys,
      shop,
      { kind: "payment", token: intent.token, expiresAt },
      { currency: intent.currency as Currency, amount: intent.amount },
    );
    return {
      object: "payment_code" as const,
      paymentIntentId: intent.id,
      payload,
      link: deps.intents.linkOf(intent),
      svg: svgOf(payload),
      expiresAt: expiresAt.toISOString(),
    };
  }

  return {
    routes: [
      handle(contract.createCode, async ({ merchant, idempotency, body }) => {
        const row = await draft(merchant, body);
        const stored = await store(idempotency, [row], codeView(row));
        if (stored === undefined) throw new Refusal("payment.changed_meanwhile");
        return stored;
      }),
      handle(contract.listCodes, async ({ merchant, query }) => {
        const limit = query.limit ?? 25;
        const rows = await selectCodes(db, merchant, { ...query, before: query.cursor, limit: limit + 1 });
        const page = rows.slice(0, limit);
        return {
          items: page.map(codeView),
          nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
        };
      }),
      handle(contract.getCode, async ({ merchant, params }) => codeView(await own(merchant, params.codeId))),
      handle(contract.revokeCode, ({ merchant, idempotency, params }) =>
        withdraw(merchant, idempotency, params.codeId),
      ),
      handle(contract.replaceCode, ({ merchant, idempotency, params }) =>
        withdraw(merchant, idempotency, params.codeId, (row) =>
          draft(merchant, {
            storeId: row.store_id,
            tillId: row.till_id,
            currency: row.currency,
            label: row.label,
          }),
        ),
      ),
      handle(contract.getCodeFile, async ({ merchant, params, query }) =>
        fileOf(await own(merchant, params.codeId), query.format),
      ),
      handle(contract.getPaymentIntentCode, ({ merchant, params }) =>
        paymentCode(merchant, params.paymentIntentId),
      ),
      handle(contract.listCodeKeys, async () => ({
        items: (await keys.list()).map(({ id, publicKey, createdAt }) => ({
          id,
          algorithm: "Ed25519" as const,
          publicKey: publicKey.toString("base64url"),
          createdAt: createdAt.toISOString(),
        })),
      })),
      handle(contract.readCode, ({ body }) => read(body.text)),
      handle(contract.payStaticCode, async ({ params, body, idempotency }) => {
        const row = await selectCode(db, params.codeId);
        if (row === undefined) throw new Refusal("request.not_found");
        if (row.status === "revoked") throw new Refusal("code.revoked");
        const money = parseAmount(body.amount);
        if (money.currency !== row.currency) throw new Refusal("code.currency_other");
        const { perPayment } = codeLimitOf("static", row.country, row.currency);
        if (perPayment !== null && money.minor > perPayment) throw new Refusal("code.limit_payment");
        const intent = await deps.intents.create(
          { merchantId: row.merchant_id, livemode: row.livemode },
          // What is kept under the payer's own key would be the shop's view: sent again, this goes the same way again.
          { key: `${idempotency.key}/intent`, hash: idempotency.hash },
          {
            amount: body.amount,
            storeId: row.store_id ?? undefined,
            tillId: row.till_id ?? undefined,
            origin: { kind: "static_code", id: row.id },
            expiresAt: new Date(clock.now().getTime() + payWithinMs),
          },
        );
        return { paymentIntentId: intent.id, token: intent.clientSecret, link: intent.link };
      }),
    ],
  };
}

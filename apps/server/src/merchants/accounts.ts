import * as contract from "@jinqiao/contract";
import { type Currency, type Id, isCurrency } from "@jinqiao/money";
import type { z } from "zod";
import { assert, Refusal } from "../platform/errors.ts";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import { personalData } from "../vault/index.ts";
import { categories, categoryOf } from "./accounts-categories.ts";
import { fitsCountry, normalNumber, numberForms } from "./accounts-registration-numbers.ts";
import { eventRow } from "./events.ts";
import { type FeePlans, firstPlanKey } from "./fee-plans.ts";
import { personOf, requireOwner } from "./members.ts";
import { type CheckFacts, checksOf, missingFields } from "./merchant-checks.ts";
import { documentData, type MemberRecord, type MerchantRecord } from "./shop-data.ts";
import { type Desk, requireOpen } from "./shop-desk.ts";

/** How many merchants one person may have opened and not closed, and papers one merchant may have. */
const mostMerchants = 20;
const mostDocuments = 50;

type MerchantView = z.input<typeof contract.Merchant>;
type DocumentView = z.input<typeof contract.MerchantDocument>;
type Change = z.output<typeof contract.updateMerchant.body>;

/** What the review rests on: once handed in, only we change it. */
const reviewed = ["legalName", "form", "registrationNumber", "country", "mcc", "currency"] as const;
/** Checks whose outcome is ours to know: a merchant is not told whose number is theirs as well. */
const ownChecks: ReadonlySet<string> = new Set(["duplicate"]);

export type Accounts = {
  /** What the checks look at beside the merchant itself. */
  factsOf(merchant: MerchantRecord): Promise<CheckFacts>;
  documentsOf(merchantId: string): Promise<DocumentView[]>;
  routes: RouteHandler[];
};

/** Opening a merchant: a draft that is filled in, handed in and decided on. Test mode works from the draft on. */
export function createAccounts(desk: Desk, plans: Pick<FeePlans, "newestOf">): Accounts {
  const { db, clock, ids, vault, rows, identity } = desk;
  const papers = personalData(vault, documentData);

  async function factsOf(merchant: MerchantRecord): Promise<CheckFacts> {
    const number = merchant.registrationNumber;
    const [[found], owners] = await Promise.all([
      db.query<{ same: number; documents: number; account: string | null }>(
        `SELECT (SELECT count(*)::int FROM merchants.merchant
                  WHERE registration_number_index = $2 AND id <> $1 AND status <> 'closed') AS same,
                (SELECT count(*)::int FROM merchants.document WHERE merchant_id = $1) AS documents,
                (SELECT max(status) FROM merchants.settlement_account
                  WHERE merchant_id = $1 AND status IN ('awaiting_code', 'verified')) AS account`,
        [merchant.id, number === null ? null : rows.registrationIndex(number)],
      ),
      desk.ownersOf(merchant.id),
    ]);
    assert(found, "counts are one row");
    const people = await identity.customersById(owners.length > 0 ? owners : [merchant.openedBy]);
    return {
      ownerNames: [...people.values()].map(({ displayName }) => displayName),
      sameNumber: found.same,
      settlementAccount: (found.account ?? "none") as CheckFacts["settlementAccount"],
      documents: found.documents,
    };
  }

  async function view(
    merchant: MerchantRecord,
    role: contract.MerchantRole | null,
    facts?: CheckFacts,
  ): Promise<MerchantView> {
    const checks = checksOf(merchant, facts ?? (await factsOf(merchant)));
    return {
      object: "merchant",
      id: merchant.id,
      status: merchant.status,
      statusNote: merchant.statusNote,
      version: merchant.version,
      createdAt: merchant.createdAt.toISOString(),
      submittedAt: merchant.submittedAt?.toISOString() ?? null,
      activatedAt: merchant.activatedAt?.toISOString() ?? null,
      profile: profileOf(merchant),
      missing: missingFields(merchant),
      checks: checks.filter(({ id }) => !ownChecks.has(id)),
      payoutsPausedUntil: merchant.payoutsPausedUntil?.toISOString() ?? null,
      role,
    };
  }

  async function documentsOf(merchantId: string): Promise<DocumentView[]> {
    const found = await db.query<{
      id: Id<"evd">;
      kind: DocumentView["kind"];
      title_sealed: string;
      text_sealed: string;
      created_at: Date;
    }>("SELECT * FROM merchants.document WHERE merchant_id = $1 ORDER BY id DESC", [merchantId]);
    return found.map((row) => ({
      object: "merchant_document",
      id: row.id,
      kind: row.kind,
      title: papers.open("title", row, row.title_sealed, ""),
      text: papers.open("text", row, row.text_sealed, ""),
      createdAt: row.created_at.toISOString(),
    }));
  }

  async function create({ customerId, body, idempotency }: Context<typeof contract.createMerchant>) {
    const now = clock.now();
    const [open] = await db.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM merchants.merchant WHERE opened_by = $1 AND status <> 'closed'",
      [customerId],
    );
    if ((open?.n ?? 0) >= mostMerchants) throw new Refusal("merchant.too_many");
    const { tradingName, country, timeZone, currency } = body;
    const blank: MerchantRecord = {
      id: ids.next("mer"),
      status: "draft",
      statusNote: null,
      tradingName,
      legalName: null,
      form: null,
      registrationNumber: null,
      country,
      mcc: null,
      website: null,
      supportEmail: null,
      supportPhone: null,
      address: null,
      timeZone,
      currency: currency as Currency,
      openedBy: customerId,
      payoutsPausedUntil: null,
      version: 1,
      createdAt: now,
      submittedAt: null,
      activatedAt: null,
      closedAt: null,
    };
    const merchant = { ...withChange(blank, body), version: 1 };
    const owner: MemberRecord = {
      id: ids.next("mbr"),
      merchantId: merchant.id,
      customerId,
      status: "active",
      role: "owner",
      email: null,
      locale: "en",
      invitedBy: null,
      expiresAt: null,
      version: 1,
      createdAt: now,
    };
    const plan = await plans.newestOf(firstPlanKey);
    assert(plan, "the schema brings a first plan");
    const stored = await desk.store(
      idempotency,
      {
        rows: [
          rows.merchant(merchant),
          rows.member(owner),
          rows.planOf({ merchantId: merchant.id, planId: plan.id, from: now }),
          desk.recordRow(merchant.id, { what: "created", byId: customerId }),
        ],
      },
      await view(merchant, "owner"),
    );
    assert(stored, "nothing is guarded");
    return stored;
  }

  /** The event that tells the merchant's own programs; of both modes, because the account is of both. */
  const updated = async (merchant: MerchantRecord) => {
    const object = await view(merchant, null);
    return [true, false].map((livemode) =>
      eventRow(
        { ids, vault, now: clock.now() },
        { merchantId: merchant.id, livemode, type: "account.updated", object },
      ),
    );
  };

  return {
    factsOf,
    documentsOf,
    routes: [
      handle(contract.createMerchant, create),
      handle(contract.getMerchant, async ({ merchant }) => {
        const found = await desk.merchantById(merchant.merchantId);
        if (found === undefined) throw new Refusal("request.not_found");
        return view(found, merchant.by.kind === "member" ? merchant.by.role : null);
      }),
      handle(contract.updateMerchant, (context) => {
        const person = personOf(context);
        const { version, ...body } = context.body;
        return desk.change(context.merchant.merchantId, undefined, async (merchant) => {
          requireOpen(merchant);
          if (version !== undefined && version !== merchant.version)
            throw new Refusal("merchant.changed_meanwhile");
          const changed = withChange(merchant, body);
          const isFixed = !["draft", "declined"].includes(merchant.status);
          if (isFixed && reviewed.some((name) => changed[name] !== merchant[name]))
            throw new Refusal("merchant.profile_fixed");
          return {
            merchant: changed,
            rows: await updated({ ...changed, version: merchant.version + 1 }),
            record: { what: "changed", byId: person.customerId, detail: Object.keys(body).join(", ") },
            answer: (after) => view(after, person.role),
          };
        });
      }),
      handle(contract.submitMerchant, (context) => {
        const person = personOf(context);
        return desk.change(context.merchant.merchantId, undefined, async (merchant) => {
          requireOpen(merchant);
          if (!["draft", "declined"].includes(merchant.status)) throw new Refusal("merchant.not_draft");
          const facts = await factsOf(merchant);
          if (merchant.mcc !== null && categoryOf(merchant.mcc)?.policy === "prohibited")
            throw new Refusal("merchant.category_prohibited");
          if (checksOf(merchant, facts).some(({ outcome }) => outcome === "failed"))
            throw new Refusal("merchant.incomplete");
          const change = { status: "under_review", statusNote: null, submittedAt: clock.now() } as const;
          return {
            merchant: change,
            rows: await updated({ ...merchant, ...change, version: merchant.version + 1 }),
            record: { what: "submitted", byId: person.customerId },
            answer: (after) => view(after, person.role, facts),
          };
        });
      }),
      handle(contract.closeMerchant, (context) => {
        const owner = requireOwner(context);
        identity.requireConfirmed(context.session);
        return desk.change(context.merchant.merchantId, undefined, async (merchant) => {
          requireOpen(merchant);
          const change = { status: "closed", closedAt: clock.now() } as const;
          return {
            merchant: change,
            rows: await updated({ ...merchant, ...change, version: merchant.version + 1 }),
            record: { what: "closed", byId: owner.customerId, detail: context.body.reason },
            answer: (after) => view(after, owner.role),
          };
        });
      }),
      handle(contract.addMerchantDocument, (context) => {
        const person = personOf(context);
        const { merchantId } = context.merchant;
        const { kind, title, text } = context.body;
        return desk.change(merchantId, context.idempotency, async (merchant) => {
          requireOpen(merchant);
          const [count] = await db.query<{ n: number }>(
            "SELECT count(*)::int AS n FROM merchants.document WHERE merchant_id = $1",
            [merchantId],
          );
          if ((count?.n ?? 0) >= mostDocuments) throw new Refusal("merchant.too_many");
          const id = ids.next("evd");
          const at = clock.now();
          return {
            rows: [
              rows.document({
                id,
                merchant_id: merchantId,
                kind,
                title_sealed: papers.seal("title", { id }, title),
                text_sealed: papers.seal("text", { id }, text),
                created_at: at,
              }),
            ],
            record: { what: "document_added", byId: person.customerId, detail: title },
            answer: (): DocumentView => ({
              object: "merchant_document",
              id,
              kind,
              title,
              text,
              createdAt: at.toISOString(),
            }),
          };
        });
      }),
      handle(contract.listMerchantDocuments, async ({ merchant }) => ({
        items: await documentsOf(merchant.merchantId),
        nextCursor: null,
      })),
      handle(contract.listMerchantChoices, async () => ({
        categories: categories.map(({ mcc, en, zh, policy }) => ({ mcc, name: { en, zh }, policy })),
        countries: numberForms.map(({ country, name, number, example, soleTraderNeedsNumber }) => ({
          country,
          name,
          number,
          example,
          soleTraderNeedsNumber,
        })),
      })),
    ],
  };
}

/**
 * The merchant with what was written, in the form in which it is kept.
 * @throws Refusal `merchant.category_unknown`, `merchant.registration_number_invalid`
 */
function withChange(merchant: MerchantRecord, change: Omit<Change, "version">): MerchantRecord {
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as Partial<MerchantRecord>;
  const number = given.registrationNumber;
  const changed: MerchantRecord = {
    ...merchant,
    ...given,
    ...(number == null ? {} : { registrationNumber: normalNumber(number) || null }),
  };
  assert(isCurrency(changed.currency), "the contract takes our currencies only");
  if (changed.mcc !== null && categoryOf(changed.mcc) === undefined)
    throw new Refusal("merchant.category_unknown");
  if (changed.registrationNumber !== null && !fitsCountry(changed.country, changed.registrationNumber))
    throw new Refusal("merchant.registration_number_invalid");
  return changed;
}

export function profileOf(merchant: MerchantRecord): MerchantView["profile"] {
  const { legalName, tradingName, form, registrationNumber, country, mcc, website } = merchant;
  const { supportEmail, supportPhone, address, timeZone, currency } = merchant;
  return {
    legalName,
    tradingName,
    form,
    registrationNumber,
    country,
    mcc,
    website,
    supportEmail,
    supportPhone,
    address,
    timeZone,
    currency,
  };
}

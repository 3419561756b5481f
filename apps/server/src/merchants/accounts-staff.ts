import * as contract from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { maskName, namesOfWhoDid } from "../identity/index.ts";
import type { Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { emit } from "../platform/events.ts";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import { personalData } from "../vault/index.ts";
import { type Accounts, profileOf } from "./accounts.ts";
import { normalNumber } from "./accounts-registration-numbers.ts";
import { assignmentView, type FeePlans, noticeMs, planView, split } from "./fee-plans.ts";
import { checksOf } from "./merchant-checks.ts";
import type { SettlementAccounts } from "./settlement-account.ts";
import { type FeePlanRecord, type MerchantRecord, recordData } from "./shop-data.ts";
import type { Desk, Told } from "./shop-desk.ts";

type Action = "open" | "decline" | "suspend" | "resume";
/** From which state an action leads to which. */
const moves: Readonly<
  Record<Action, { from: MerchantRecord["status"]; to: MerchantRecord["status"]; told: Told["what"] }>
> = {
  open: { from: "under_review", to: "active", told: "opened" },
  decline: { from: "under_review", to: "declined", told: "declined" },
  suspend: { from: "active", to: "suspended", told: "suspended" },
  resume: { from: "suspended", to: "active", told: "resumed" },
};
const titles: Readonly<Record<Action, { en: string; zh: string }>> = {
  open: { en: "Open a merchant for real payments", zh: "开通商户收取真实款项" },
  decline: { en: "Decline a merchant", zh: "拒绝商户申请" },
  suspend: { en: "Suspend a merchant: no new payments", zh: "暂停商户：不再接受新的付款" },
  resume: { en: "Let a suspended merchant go on", zh: "恢复已暂停的商户" },
};
const words = {
  merchant: { en: "Merchant", zh: "商户" },
  name: { en: "Name", zh: "名称" },
  attention: { en: "Checks that want a look", zh: "需要留意的检查" },
  told: { en: "What the merchant is told", zh: "告知商户的内容" },
  plan: { en: "Fee plan", zh: "资费方案" },
  from: { en: "From", zh: "生效时间" },
  rates: { en: "Rates", zh: "费率" },
};
const same = (text: string) => ({ en: text, zh: text });

type Decision = {
  merchantId: string;
  /** The state that was seen; what changed since makes the proposal void. */
  version: number;
  action: Action;
  name: { en: string; zh: string };
  attention: string[];
  message: string;
};
type PlanAssignment = {
  merchantId: string;
  version: number;
  name: { en: string; zh: string };
  planId: string;
  plan: { en: string; zh: string };
  from: string | null;
};
type NewPlan = { key: string; name: { en: string; zh: string }; terms: contract.FeeTerms };

/** What staff do about merchants: look, and decide by two people. */
export function merchantDesk(
  desk: Desk,
  parts: {
    accounts: Pick<Accounts, "factsOf" | "documentsOf">;
    plans: FeePlans;
    settlementAccounts: Pick<SettlementAccounts, "newestOf">;
  },
): { routes: RouteHandler[] } {
  const { db, clock, ids, rows, vault, identity } = desk;
  const { approvals } = identity;
  const records = personalData(vault, recordData);

  /** The writer of the committer, in the transaction that marks the proposal as executed. */
  const write = (tx: Tx, written: readonly { row: unknown }[]) =>
    tx.query("SELECT merchants.write_shops($1)", [JSON.stringify(written.map(({ row }) => row))]);

  async function lockAt(tx: Tx, { merchantId, version }: { merchantId: string; version: number }) {
    const [row] = await tx.query("SELECT * FROM merchants.merchant WHERE id = $1 FOR UPDATE", [merchantId]);
    if (row === undefined) throw new Refusal("request.not_found");
    const merchant = rows.toMerchant(row);
    if (merchant.version !== version) throw new Refusal("merchant.changed_meanwhile");
    return merchant;
  }
  const tell = (tx: Tx, what: Exclude<Told["what"], "invited">, merchantId: string) =>
    emit(
      tx,
      desk.subscriptions,
      [],
      [desk.tell({ what, merchantId, at: clock.now().toISOString() } as Told)],
    );

  approvals.register<Decision>({
    kind: "merchant.decide",
    permission: "merchants.decide",
    describe: ({ action, merchantId, name, attention, message }) => ({
      title: titles[action],
      facts: [
        { label: words.name, value: name },
        { label: words.merchant, value: same(merchantId) },
        ...(attention.length > 0 ? [{ label: words.attention, value: same(attention.join(", ")) }] : []),
        ...(message === "" ? [] : [{ label: words.told, value: same(message) }]),
      ],
    }),
    async execute(tx, input, { approvedBy }) {
      const merchant = await lockAt(tx, input);
      const { from, to, told } = moves[input.action];
      if (merchant.status !== from) throw new Refusal("merchant.decision_not_possible");
      const after: MerchantRecord = {
        ...merchant,
        status: to,
        statusNote: input.message === "" ? null : input.message,
        activatedAt: input.action === "open" ? clock.now() : merchant.activatedAt,
        version: merchant.version + 1,
      };
      await write(tx, [
        rows.merchant(after),
        desk.recordRow(merchant.id, { what: told, byId: approvedBy, detail: input.message || null }),
      ]);
      await tell(tx, told as Exclude<Told["what"], "invited">, merchant.id);
      await identity.audit.record(tx, {
        actor: { kind: "staff", id: approvedBy },
        action: `merchant.${told}`,
        subject: merchant.id,
      });
    },
  });

  approvals.register<PlanAssignment>({
    kind: "merchant.plan",
    permission: "merchants.decide",
    describe: ({ merchantId, name, plan, from }) => ({
      title: { en: "Another fee plan for a merchant", zh: "变更商户的资费方案" },
      facts: [
        { label: words.name, value: name },
        { label: words.merchant, value: same(merchantId) },
        { label: words.plan, value: plan },
        {
          label: words.from,
          value: from === null ? { en: "14 days after approval", zh: "批准后第 14 天" } : same(from),
        },
      ],
    }),
    async execute(tx, { merchantId, version, planId, from }, { approvedBy }) {
      const merchant = await lockAt(tx, { merchantId, version });
      const now = clock.now();
      const earliest = earliestOf(merchant, now);
      const wanted = from === null ? earliest : new Date(from);
      // Approved late, it still gives the merchant the whole notice.
      const begins = wanted < earliest ? earliest : wanted;
      await write(tx, [
        rows.merchant({ ...merchant, version: merchant.version + 1 }),
        rows.planOf({ merchantId, planId, from: begins }),
        desk.recordRow(merchantId, {
          what: "plan_changed",
          byId: approvedBy,
          detail: `${planId} ${begins.toISOString()}`,
        }),
      ]);
      await tell(tx, "plan_changed", merchantId);
      await identity.audit.record(tx, {
        actor: { kind: "staff", id: approvedBy },
        action: "merchant.plan_changed",
        subject: merchantId,
        details: { plan: planId },
      });
    },
  });

  approvals.register<NewPlan>({
    kind: "merchant.fee_plan",
    permission: "merchants.decide",
    describe: ({ key, name, terms }) => ({
      title: { en: "A new version of a fee plan", zh: "资费方案新版本" },
      facts: [
        { label: words.plan, value: name },
        { label: { en: "Key", zh: "标识" }, value: same(key) },
        { label: words.rates, value: same(ratesInWords(terms)) },
      ],
    }),
    async execute(tx, { key, name, terms }, { approvedBy }) {
      // One at a time counts the versions up.
      await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`merchants.fee_plan/${key}`]);
      const [newest] = await tx.query<{ version: number }>(
        "SELECT version FROM merchants.fee_plan WHERE key = $1 ORDER BY version DESC LIMIT 1",
        [key],
      );
      const plan: FeePlanRecord = {
        id: ids.next("fpl"),
        key,
        version: (newest?.version ?? 0) + 1,
        name,
        terms,
        createdAt: clock.now(),
      };
      await write(tx, [rows.plan(plan)]);
      await identity.audit.record(tx, {
        actor: { kind: "staff", id: approvedBy },
        action: "fee_plan.added",
        subject: plan.id,
        details: { key, version: String(plan.version) },
      });
    },
  });

  async function propose({ staff, params, body }: Context<typeof contract.proposeMerchantDecision>) {
    const merchant = await desk.merchantById(params.merchantId);
    if (merchant === undefined) throw new Refusal("request.not_found");
    if (merchant.version !== body.version) throw new Refusal("merchant.changed_meanwhile");
    const about = { merchantId: merchant.id, version: merchant.version, name: merchant.tradingName };
    if (body.action === "assign_plan") {
      const plan = await parts.plans.byId(body.planId);
      if (plan === undefined) throw new Refusal("request.not_found");
      if (merchant.status === "closed") throw new Refusal("merchant.decision_not_possible");
      if (body.from !== undefined && new Date(body.from) < earliestOf(merchant, clock.now()))
        throw new Refusal("fee_plan.notice_too_short");
      const input: PlanAssignment = {
        ...about,
        planId: plan.id,
        plan: { en: `${plan.name.en} ${plan.version}`, zh: `${plan.name.zh} ${plan.version}` },
        from: body.from ?? null,
      };
      const matter = `${merchant.id} plan`;
      return db.transaction((tx) =>
        approvals.propose(tx, staff, { kind: "merchant.plan", matter, reason: body.reason, input }),
      );
    }
    if (merchant.status !== moves[body.action].from) throw new Refusal("merchant.decision_not_possible");
    const checks = checksOf(merchant, await parts.accounts.factsOf(merchant));
    if (body.action === "open" && checks.some(({ outcome }) => outcome === "failed"))
      throw new Refusal("merchant.checks_fail");
    const input: Decision = {
      ...about,
      action: body.action,
      attention: checks.flatMap(({ id, outcome }) => (outcome === "passed" ? [] : [id])),
      message: body.message,
    };
    return db.transaction((tx) =>
      approvals.propose(tx, staff, {
        kind: "merchant.decide",
        matter: merchant.id,
        reason: body.reason,
        input,
      }),
    );
  }

  async function recordOf(merchantId: string): Promise<contract.ConsoleMerchant["record"]> {
    const found = await db.query<{
      id: string;
      what: string;
      by_id: string | null;
      detail_sealed: string | null;
      at: Date;
    }>("SELECT * FROM merchants.record WHERE merchant_id = $1 ORDER BY at DESC, id LIMIT 100", [merchantId]);
    const nameOf = await namesOfWhoDid(
      db,
      vault,
      found.map(({ by_id }) => by_id),
    );
    return found.map((row) => ({
      at: row.at.toISOString(),
      what: row.what,
      // Staff by name, the merchant's own people by id: who they are is on the customer's page, for a reason.
      by: row.by_id === null ? null : (nameOf(row.by_id) ?? row.by_id),
      detail: records.open("detail", row, row.detail_sealed, null),
    }));
  }

  async function view(staff: contract.Staff, merchantId: string): Promise<contract.ConsoleMerchant> {
    const merchant = await desk.merchantById(merchantId);
    if (merchant === undefined) throw new Refusal("request.not_found");
    const [facts, assignments, documents, account, owners, counts, record] = await Promise.all([
      parts.accounts.factsOf(merchant),
      parts.plans.assignmentsOf(merchantId),
      parts.accounts.documentsOf(merchantId),
      parts.settlementAccounts.newestOf(merchantId),
      desk.ownersOf(merchantId),
      db.query<{ members: number; stores: number }>(
        `SELECT (SELECT count(*)::int FROM merchants.member WHERE merchant_id = $1 AND status = 'active') AS members,
                (SELECT count(*)::int FROM merchants.store WHERE merchant_id = $1) AS stores`,
        [merchantId],
      ),
      recordOf(merchantId),
    ]);
    const { current, next } = split(assignments, clock.now());
    const [people, opened] = await Promise.all([
      identity.customersById(owners),
      identity.looks.openTo(staff.id, owners),
    ]);
    // A sole trader's names are a person's: they open with the reason that opens the person.
    const isHidden = merchant.form === "sole_trader" && !owners.some((owner) => opened.has(owner));
    const named = (name: string | null) => (name !== null && isHidden ? maskName(name) : name);
    const profile = profileOf(merchant) as contract.ConsoleMerchant["profile"];
    return {
      id: merchant.id,
      status: merchant.status,
      statusNote: merchant.statusNote,
      version: merchant.version,
      profile: { ...profile, legalName: named(profile.legalName) },
      createdAt: merchant.createdAt.toISOString(),
      submittedAt: merchant.submittedAt?.toISOString() ?? null,
      activatedAt: merchant.activatedAt?.toISOString() ?? null,
      checks: checksOf(merchant, facts),
      owners: owners.map((customerId: Id<"cus">) => ({
        customerId,
        nameMasked: maskName(people.get(customerId)?.displayName ?? ""),
      })),
      members: counts[0]?.members ?? 0,
      stores: counts[0]?.stores ?? 0,
      settlementAccount: account
        ? {
            status: account.status,
            maskedNumber: account.maskedNumber,
            holderName: named(account.holderName) ?? "",
            nameCheck: account.nameCheck,
            currency: account.currency,
          }
        : null,
      documents: documents as contract.ConsoleMerchant["documents"],
      plan: planView(current.plan) as contract.FeePlan,
      nextPlan: next && (assignmentView(next) as contract.ConsoleMerchant["nextPlan"]),
      record,
    };
  }

  return {
    routes: [
      handle(contract.listConsoleMerchants, async ({ query }) => {
        const limit = query.limit ?? 50;
        const q = query.q === undefined || query.q === "" ? null : query.q;
        const [found, counts] = await Promise.all([
          db.query<Record<string, unknown> & { created_at: Date; submitted_at: Date | null }>(
            `SELECT id, status, trading_name_en, trading_name_zh, country, mcc, currency, created_at, submitted_at
               FROM merchants.merchant
              WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR id < $2)
                AND ($3::text IS NULL OR id = $3 OR registration_number_index = $4
                     OR position(lower($3) IN lower(trading_name_en || ' ' || trading_name_zh)) > 0)
              ORDER BY id DESC LIMIT $5`,
            [
              query.status ?? null,
              query.cursor ?? null,
              q,
              q === null ? null : rows.registrationIndex(normalNumber(q)),
              limit + 1,
            ],
          ),
          db.query<{ status: string; n: number }>(
            "SELECT status, count(*)::int AS n FROM merchants.merchant GROUP BY status",
          ),
        ]);
        const page = found.slice(0, limit);
        return {
          items: page.map((row) => ({
            id: row.id as string,
            status: row.status as MerchantRecord["status"],
            tradingName: { en: row.trading_name_en as string, zh: row.trading_name_zh as string },
            country: row.country as string,
            mcc: row.mcc as string | null,
            currency: row.currency as string,
            createdAt: row.created_at.toISOString(),
            submittedAt: row.submitted_at?.toISOString() ?? null,
          })),
          nextCursor: found.length > limit ? ((page.at(-1)?.id as string) ?? null) : null,
          counts: Object.fromEntries(counts.map(({ status, n }) => [status, n])),
        };
      }),
      handle(contract.getConsoleMerchant, async ({ staff, params }) => {
        const found = await view(staff, params.merchantId);
        // A look at a merchant names people and an account: it leaves a trace, once in a while and not at every reload.
        await db.transaction((tx) =>
          identity.audit.recordOnce(
            tx,
            { actor: { kind: "staff", id: staff.id }, action: "merchant.seen", subject: params.merchantId },
            30 * 60_000,
          ),
        );
        return found;
      }),
      handle(contract.proposeMerchantDecision, async (context) => ({ proposalId: await propose(context) })),
      handle(contract.proposeFeePlan, async ({ staff, body: { reason, ...input } }) => ({
        proposalId: await db.transaction((tx) =>
          approvals.propose<NewPlan>(tx, staff, {
            kind: "merchant.fee_plan",
            matter: input.key,
            reason,
            input,
          }),
        ),
      })),
    ],
  };
}

/** From when another plan may hold: at once for who takes no real money yet, otherwise after the notice. */
function earliestOf(merchant: MerchantRecord, now: Date): Date {
  const takesMoney = merchant.status === "active" || merchant.status === "suspended";
  return takesMoney ? new Date(now.getTime() + noticeMs) : now;
}

/** The rates in one line, for the second person. */
function ratesInWords({ rates, promotion, reserve }: contract.FeeTerms): string {
  const parts = rates.map(({ method, currency, tiers }) => {
    const where = [method, currency].filter((part) => part !== null).join(" ") || "*";
    const steps = tiers.map(({ from, basisPoints, fixed }) => {
      const percent = `${Math.floor(basisPoints / 100)}.${String(basisPoints % 100).padStart(2, "0")}%`;
      const above = /^0(\.0*)?$/.test(from) ? "" : ` ≥${from}`;
      return `${percent}${/^0(\.0*)?$/.test(fixed) ? "" : ` + ${fixed}`}${above}`;
    });
    return `${where}: ${steps.join(", ")}`;
  });
  if (promotion !== null) parts.push(`0% → ${promotion.until}`);
  if (reserve !== null) parts.push(`reserve ${reserve.basisPoints / 100}% ${reserve.days}d`);
  return parts.join("; ");
}

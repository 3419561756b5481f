import type { Banks } from "../banks/index.ts";
import type { Identity } from "../identity/index.ts";
import type { Instruction, Ledger } from "../ledger/index.ts";
import type { Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { createLookup } from "../platform/lookup.ts";
import type { Vault } from "../vault/index.ts";
import { eventRow, type MerchantEventType } from "./events.ts";
import type { IntentViews } from "./intent-views.ts";
import type { MerchantProfile, Profiles } from "./profiles.ts";
import { type IntentRow, intentGuard, intentRow, type WrittenRow } from "./rows.ts";
import { selectIntents, selectIntentsByToken } from "./sql.ts";
import type { MerchantMode, PayableView, PaymentIntentView, Request } from "./types.ts";

export type IntentDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Ledger;
  identity: Pick<Identity, "customersById" | "stepUps" | "freezes">;
  payments: Payments;
  banks: Pick<Banks, "list" | "custody" | "config">;
  profiles: Profiles;
  views: IntentViews;
};

/** Somebody else changed what was read; read again and decide again. */
export const stale = Symbol("stale");

/** So often a decision is made anew before the caller is told to look again. */
const maxRounds = 8;

/** What reads and stores intents: shared by all that may be done with them. */
export function createIntentCore(deps: IntentDeps) {
  const { db, clock, views, profiles } = deps;
  // One query for all who ask in the same moment.
  const byId = createLookup(
    async (ids) => new Map((await selectIntents(db, ids)).map((row) => [row.id, row])),
  );
  const byToken = createLookup(
    async (tokens) => new Map((await selectIntentsByToken(db, tokens)).map((row) => [row.token, row])),
  );
  const personById = createLookup((ids) => deps.identity.customersById(ids));

  async function peopleOf(intents: readonly IntentRow[]) {
    const ids = [...new Set(intents.flatMap(({ payer_id }) => payer_id ?? []))];
    const found = await Promise.all(ids.map(async (id) => [id as string, await personById(id)] as const));
    return new Map(found.flatMap(([id, person]) => (person ? [[id, person] as const] : [])));
  }
  const modeOf = (intent: IntentRow): MerchantMode => ({
    merchantId: intent.merchant_id,
    livemode: intent.livemode,
  });
  const profileOf = (intent: IntentRow): Promise<MerchantProfile> => profiles.of(modeOf(intent));

  async function viewsOf(intents: readonly IntentRow[]): Promise<PaymentIntentView[]> {
    const now = clock.now();
    const [people, known] = await Promise.all([peopleOf(intents), Promise.all(intents.map(profileOf))]);
    return intents.map((intent, index) => views.intent(intent, { people, profile: known[index], now }));
  }
  const viewOf = async (intent: IntentRow): Promise<PaymentIntentView> =>
    (await viewsOf([intent]))[0] as PaymentIntentView;

  async function payableOf(intent: IntentRow, known?: MerchantProfile): Promise<PayableView> {
    const [profile, stores] = await Promise.all([
      known ?? profileOf(intent),
      profiles.storeNames(intent.store_id === null ? [] : [intent.store_id]),
    ]);
    return views.payable(intent, {
      profile,
      storeName: stores.get(intent.store_id ?? "") ?? null,
      now: clock.now(),
    });
  }

  /** Another merchant's intent, or one of the other mode, is as unknown as one that does not exist. */
  async function own({ merchantId, livemode }: MerchantMode, intentId: string): Promise<IntentRow> {
    const intent = await byId(intentId);
    if (intent?.merchant_id !== merchantId || intent.livemode !== livemode)
      throw new Refusal("request.not_found");
    return intent;
  }

  /** The event of a change, with the object as it is after it. */
  function told(intent: IntentRow, type: MerchantEventType, view: PaymentIntentView): WrittenRow {
    return eventRow(
      { ...deps, now: intent.updated_at },
      { merchantId: intent.merchant_id, livemode: intent.livemode, type, object: view },
    );
  }

  /**
   * Stores a change of an intent, with everything that belongs to it.
   * @param before the intent as it was read; absent: it is new
   * @returns `stale` when somebody was faster
   * @throws Refusal what the books refuse
   */
  async function store<T>(
    request: Request,
    {
      before,
      after,
      result,
      ...more
    }: Partial<Instruction> & {
      before?: IntentRow;
      after: IntentRow;
      result: T;
    },
  ): Promise<T | typeof stale> {
    const outcome = await deps.ledger.commit<T>({
      ...request,
      ...more,
      result,
      rows: [intentRow(after), ...(more.rows ?? [])],
      guards: [...(before ? [intentGuard(before)] : []), ...(more.guards ?? [])],
    });
    if (outcome.status === "accepted" || outcome.status === "replayed") return outcome.result;
    if (outcome.status === "stale") return stale;
    if (outcome.status === "conflict") throw new Refusal("idempotency.key_reused");
    // The one limit of these commits is that of the code's kind for a day.
    throw new Refusal(outcome.code === "ledger.limit_exceeded" ? "code.limit_day" : outcome.code);
  }

  /** Decides until a decision is stored. @throws Refusal `payment.changed_meanwhile` when others are always faster */
  async function untilStored<T>(decide: () => Promise<T | typeof stale>, rounds = maxRounds): Promise<T> {
    for (let round = 0; round < rounds; round += 1) {
      const result = await decide();
      if (result !== stale) return result as T;
    }
    throw new Refusal("payment.changed_meanwhile");
  }

  return {
    ...deps,
    byId,
    byToken,
    personById,
    peopleOf,
    modeOf,
    profileOf,
    viewsOf,
    viewOf,
    payableOf,
    own,
    told,
    store,
    untilStored,
  };
}

export type IntentCore = ReturnType<typeof createIntentCore>;

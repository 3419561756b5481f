import { randomUUID } from "node:crypto";
import type { Id } from "@jinqiao/money";
import type { Banks } from "../banks/index.ts";
import type { Identity } from "../identity/index.ts";
import { hashOf, type Instruction, type Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable } from "../platform/db.ts";
import { assert, isErrorCode, Refusal } from "../platform/errors.ts";
import type { Job, Subscriptions } from "../platform/events.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import { personalData, type Vault } from "../vault/index.ts";
import {
  createShopRows,
  type MemberRecord,
  type MerchantRecord,
  recordData,
  type ShopRows,
} from "./shop-data.ts";

export type ShopDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  random: RandomBytes;
  vault: Vault;
  ledger: Pick<Ledger, "commit">;
  banks: Banks;
  identity: Identity;
  subscriptions: Subscriptions;
  /** Told after each change: what this process remembers of merchants is old. */
  changed(): void;
};

/** What is told to the merchant's own people; its job reads everything anew, so that its payload holds no data. */
export const tellTask = "merchants.tell";
export type Told =
  | { what: "invited"; memberId: string }
  | { what: "opened" | "declined" | "suspended" | "resumed" | "plan_changed"; merchantId: string; at: string }
  | { what: "account_named" | "account_verified"; merchantId: string; at: string };

type Request = { key: string; hash: string };
type Written = Pick<Instruction, "rows" | "guards" | "events" | "jobs">;
/** What a change of a merchant makes of it. Absent parts stay as they are. */
export type MerchantChange<T> = {
  merchant?: Partial<MerchantRecord>;
  rows?: NonNullable<Instruction["rows"]>;
  jobs?: readonly Job[];
  record?: { what: string; byId: string | null; detail?: string | null };
  /** What the caller is answered. It is given the record as it will be. */
  answer: (merchant: MerchantRecord) => T | Promise<T>;
};

/** So many people may change one merchant at once before the last of them is told to look again. */
const maxTries = 6;

export type Desk = ReturnType<typeof createDesk>;

/** Reading and writing what belongs to merchants: rows under the merchant's version, stored by the committer. */
export function createDesk(deps: ShopDeps) {
  const { db, clock, vault } = deps;
  const rows: ShopRows = createShopRows(vault);
  const records = personalData(vault, recordData);

  const recordRow = (
    merchantId: string,
    { what, byId, detail }: NonNullable<MerchantChange<unknown>["record"]>,
  ) => {
    const id = randomUUID();
    return rows.record({
      id,
      merchant_id: merchantId,
      what,
      by_id: byId,
      detail_sealed: records.seal("detail", { id }, detail ?? null),
      at: clock.now(),
    });
  };

  /** @returns undefined when what it rests on has changed */
  async function store<T>(request: Request, written: Written, result: T): Promise<T | undefined> {
    const outcome = await deps.ledger.commit<T>({ ...request, ...written, result });
    deps.changed();
    if (outcome.status === "accepted" || outcome.status === "replayed") return outcome.result;
    if (outcome.status === "stale") return undefined;
    if (outcome.status === "conflict") throw new Refusal("idempotency.key_reused");
    assert(isErrorCode(outcome.code), "the ledger refuses with a code of the catalogue");
    throw new Refusal(outcome.code);
  }

  async function merchantById(id: string, from: Queryable = db): Promise<MerchantRecord | undefined> {
    const [row] = await from.query("SELECT * FROM merchants.merchant WHERE id = $1", [id]);
    return row && rows.toMerchant(row);
  }

  /**
   * Changes a merchant, or what is guarded by its version: reads it, decides, and stores the decision unless somebody
   * was faster; then it decides again.
   * @param request of an idempotent route; absent: the version itself makes the change happen once
   * @throws Refusal `request.not_found`, `merchant.changed_meanwhile`
   */
  async function change<T>(
    merchantId: string,
    request: Request | undefined,
    decide: (merchant: MerchantRecord) => Promise<MerchantChange<T>>,
  ): Promise<T> {
    for (let attempt = 0; attempt < maxTries; attempt += 1) {
      const before = await merchantById(merchantId);
      if (before === undefined) throw new Refusal("request.not_found");
      const decided = await decide(before);
      const after = { ...before, ...decided.merchant, version: before.version + 1 };
      const stored = await store(
        // Nobody repeats a request without a key of their own; of two at once the guard lets one through.
        request ?? { key: `merchants/${randomUUID()}`, hash: hashOf(merchantId) },
        {
          rows: [
            rows.merchant(after),
            ...(decided.rows ?? []),
            ...(decided.record ? [recordRow(merchantId, decided.record)] : []),
          ],
          guards: [
            {
              check: "merchants.stale_merchant",
              id: merchantId,
              arg: { id: merchantId, version: before.version },
            },
          ],
          jobs: decided.jobs ?? [],
        },
        await decided.answer(after),
      );
      if (stored !== undefined) return stored;
    }
    throw new Refusal("merchant.changed_meanwhile");
  }

  async function membersOf(merchantId: string): Promise<MemberRecord[]> {
    const found = await db.query(
      "SELECT * FROM merchants.member WHERE merchant_id = $1 AND status IN ('active', 'invited') ORDER BY id",
      [merchantId],
    );
    return found.map(rows.toMember);
  }

  return {
    ...deps,
    rows,
    recordRow,
    store,
    merchantById,
    change,
    membersOf,
    /** Owners who can act. */
    async ownersOf(merchantId: string): Promise<Id<"cus">[]> {
      const found = await db.query<{ customer_id: Id<"cus"> }>(
        "SELECT customer_id FROM merchants.member WHERE merchant_id = $1 AND status = 'active' AND role = 'owner' ORDER BY id",
        [merchantId],
      );
      return found.map((row) => row.customer_id);
    },
    tell: (told: Told): Job => ({ task: tellTask, payload: told }),
  };
}

/** @throws Refusal `merchant.closed` */
export function requireOpen(merchant: Pick<MerchantRecord, "status">): void {
  if (merchant.status === "closed") throw new Refusal("merchant.closed");
}

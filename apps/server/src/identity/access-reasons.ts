import type { ConsoleCustomer, DataAccess, Staff } from "@jinqiao/contract";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import type { Audit } from "./audit.ts";
import { staffNames } from "./staff.ts";

/** For so long a reason opens a customer's data to whoever gave it, in milliseconds. */
export const holdsMs = 30 * 60_000;

export type AccessReasons = {
  /** Records why; answers until when it holds. */
  give(
    staff: Staff,
    customerId: string,
    reason: { reason: DataAccess["reason"]; text: string; ticket?: string | undefined },
    from: string,
  ): Promise<Date>;
  /** @throws Refusal `staff.reason_needed` without a reason of the last 30 minutes; @returns until when it holds */
  require(staff: Staff, customerId: string): Promise<Date>;
  /** Of these customers those for whom that person has given a reason that still holds. */
  openTo(staffId: string, customerIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** What the customer is told: when, which role, why. Newest first, at most 200. */
  toldTo(customerId: string): Promise<DataAccess[]>;
  /** The same with who and in which words, for colleagues. */
  of(customerId: string): Promise<ConsoleCustomer["looks"]>;
};

type Row = {
  id: string;
  staff_id: string;
  role: string;
  reason: DataAccess["reason"];
  sealed: string;
  at: Date;
};

export function createAccessReasons(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  audit: Audit;
}): AccessReasons {
  const { db, clock, vault } = deps;
  const place = (row: string) => ({ table: "identity.data_access", column: "sealed", row });
  const rowsOf = (customerId: string) =>
    db.query<Row>(
      "SELECT id, staff_id, role, reason, sealed, at FROM identity.data_access WHERE customer_id = $1 ORDER BY at DESC, id DESC LIMIT 200",
      [customerId],
    );
  return {
    async give(staff, customerId, { reason, text, ticket }, from) {
      const id = deps.ids.next("acc");
      const at = clock.now();
      const until = new Date(at.getTime() + holdsMs);
      await db.transaction(async (tx) => {
        await tx.query(
          `INSERT INTO identity.data_access (id, staff_id, role, customer_id, reason, sealed, at, until)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [
            id,
            staff.id,
            staff.role,
            customerId,
            reason,
            vault.seal(place(id), JSON.stringify({ text, ticket: ticket || null })),
            at,
            until,
          ],
        );
        await deps.audit.record(tx, {
          actor: { kind: "staff", id: staff.id },
          action: "customer.access_reason",
          subject: customerId,
          from,
          details: { reason, text, ticket: ticket || null },
        });
      });
      return until;
    },
    async require(staff, customerId) {
      const [row] = await db.query<{ until: Date | null }>(
        "SELECT max(until) AS until FROM identity.data_access WHERE staff_id = $1 AND customer_id = $2 AND until > $3",
        [staff.id, customerId, clock.now()],
      );
      if (!row?.until) throw new Refusal("staff.reason_needed");
      return row.until;
    },
    async openTo(staffId, customerIds) {
      if (customerIds.length === 0) return new Set();
      const rows = await db.query<{ customer_id: string }>(
        `SELECT DISTINCT customer_id FROM identity.data_access
          WHERE staff_id = $1 AND customer_id = ANY ($2) AND until > $3`,
        [staffId, customerIds, clock.now()],
      );
      return new Set(rows.map(({ customer_id }) => customer_id));
    },
    async toldTo(customerId) {
      return (await rowsOf(customerId)).map(({ at, role, reason }) => ({
        at: at.toISOString(),
        role,
        reason,
      }));
    },
    async of(customerId) {
      const rows = await rowsOf(customerId);
      const names = await staffNames(
        db,
        vault,
        rows.map(({ staff_id }) => staff_id),
      );
      return rows.map(({ id, at, role, reason, staff_id, sealed }) => {
        const { text, ticket } = JSON.parse(vault.open(place(id), sealed)) as {
          text: string;
          ticket: string | null;
        };
        return { at: at.toISOString(), role, reason, by: names.get(staff_id) ?? staff_id, text, ticket };
      });
    },
  };
}

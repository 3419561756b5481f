import type { Id } from "@jinqiao/money";
import type { Channel } from "../identity/index.ts";
import type { Queryable } from "../platform/db.ts";

export type DeliveryStatus = "waiting" | "sent" | "refused" | "failed" | "unknown" | "expired" | "no_channel";

export type Planned = {
  channel: Channel;
  /** Id of a push subscription; "" elsewhere. */
  target: string;
  status: "waiting" | "expired" | "no_channel";
  code: string | null;
};

/** @returns false when the message was planned before */
export async function insertDeliveries(
  tx: Queryable,
  message: { id: string; urgent: boolean; queuedAt: Date; now: Date },
  planned: readonly Planned[],
): Promise<boolean> {
  const before = await tx.query("SELECT FROM notifications.delivery WHERE message_id = $1 LIMIT 1", [
    message.id,
  ]);
  if (before.length > 0) return false;
  const rows = await tx.query(
    `INSERT INTO notifications.delivery
       (message_id, channel, target, status, error_code, urgent, queued_at, changed_at, next_at)
     SELECT $1, channel, target, status, code, $2, $3, $4, CASE WHEN status = 'waiting' THEN $4::timestamptz END
       FROM unnest($5::text[], $6::text[], $7::text[], $8::text[]) AS t(channel, target, status, code)
     ON CONFLICT DO NOTHING RETURNING 1`,
    [
      message.id,
      message.urgent,
      message.queuedAt,
      message.now,
      planned.map(({ channel }) => channel),
      planned.map(({ target }) => target),
      planned.map(({ status }) => status),
      planned.map(({ code }) => code),
    ],
  );
  return rows.length > 0;
}

export type Claimed = { message_id: Id<"msg">; channel: Channel; target: string; attempts: number };

/**
 * Takes deliveries whose time has come, codes before notices. Until its outcome is written a try counts as unknown:
 * a process that dies while sending leaves the truth behind, and another takes over when the lease ends.
 */
export function claimDue(
  db: Queryable,
  channel: Channel,
  limits: { now: Date; leaseUntil: Date; count: number },
): Promise<Claimed[]> {
  return db.query<Claimed>(
    `UPDATE notifications.delivery d
        SET attempts = d.attempts + 1, status = 'unknown', error_code = 'interrupted', next_at = $3, changed_at = $2
       FROM (SELECT message_id, channel, target FROM notifications.delivery
              WHERE channel = $1 AND next_at <= $2
              ORDER BY urgent DESC, next_at LIMIT $4 FOR UPDATE SKIP LOCKED) AS due
      WHERE (d.message_id, d.channel, d.target) = (due.message_id, due.channel, due.target)
      RETURNING d.message_id, d.channel, d.target, d.attempts`,
    [channel, limits.now, limits.leaseUntil, limits.count],
  );
}

export async function storeOutcome(
  db: Queryable,
  of: Claimed,
  outcome: { status: DeliveryStatus; code: string | null; nextAt: Date | null; now: Date },
): Promise<void> {
  await db.query(
    `UPDATE notifications.delivery SET status = $4, error_code = $5, next_at = $6, changed_at = $7
      WHERE message_id = $1 AND channel = $2 AND target = $3`,
    [of.message_id, of.channel, of.target, outcome.status, outcome.code, outcome.nextAt, outcome.now],
  );
}

export async function selectNextDue(db: Queryable, channel: Channel): Promise<Date | undefined> {
  const rows = await db.query<{ next_at: Date | null }>(
    "SELECT min(next_at) AS next_at FROM notifications.delivery WHERE channel = $1 AND next_at IS NOT NULL",
    [channel],
  );
  return rows[0]?.next_at ?? undefined;
}

export function countDeliveries(
  db: Queryable,
  since: Date,
): Promise<{ channel: Channel; status: DeliveryStatus; count: bigint; oldest_at: Date }[]> {
  return db.query(
    `SELECT channel, status, count(*) AS count, min(queued_at) AS oldest_at FROM notifications.delivery
      WHERE queued_at >= $1 GROUP BY channel, status ORDER BY channel, status`,
    [since],
  );
}

export function countErrors(
  db: Queryable,
  since: Date,
): Promise<{ channel: Channel; code: string; count: bigint }[]> {
  return db.query(
    `SELECT channel, error_code AS code, count(*) AS count FROM notifications.delivery
      WHERE queued_at >= $1 AND error_code IS NOT NULL GROUP BY channel, error_code
      ORDER BY count(*) DESC, channel, error_code LIMIT 20`,
    [since],
  );
}

export type SettingRow = { payments_email: boolean; payments_push: boolean; phrase: string | null };
export const usualSetting: SettingRow = { payments_email: false, payments_push: true, phrase: null };

export async function selectSetting(db: Queryable, customerId: string): Promise<SettingRow> {
  const rows = await db.query<SettingRow>(
    "SELECT payments_email, payments_push, phrase FROM notifications.setting WHERE customer_id = $1",
    [customerId],
  );
  return rows[0] ?? usualSetting;
}

/** Changes what is given and leaves the rest; `phrase` null takes it away. */
export async function storeSetting(
  tx: Queryable,
  customerId: string,
  change: { email?: boolean | undefined; push?: boolean | undefined; phrase?: string | null | undefined },
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO notifications.setting AS s (customer_id, payments_email, payments_push, phrase, changed_at)
     VALUES ($1, coalesce($2, false), coalesce($3, true), $4, $6)
     ON CONFLICT (customer_id) DO UPDATE SET
       payments_email = coalesce($2, s.payments_email), payments_push = coalesce($3, s.payments_push),
       phrase = CASE WHEN $5 THEN $4 ELSE s.phrase END, changed_at = $6`,
    [
      customerId,
      change.email ?? null,
      change.push ?? null,
      change.phrase ?? null,
      change.phrase !== undefined,
      now,
    ],
  );
}

export type SubscriptionRow = { id: Id<"psb">; sealed: string; created_at: Date };

export function selectSubscriptions(db: Queryable, customerId: string): Promise<SubscriptionRow[]> {
  return db.query<SubscriptionRow>(
    `SELECT id, sealed, created_at FROM notifications.push_subscription WHERE customer_id = $1 ORDER BY id`,
    [customerId],
  );
}

export async function selectSubscription(
  db: Queryable,
  id: string,
): Promise<(SubscriptionRow & { customer_id: Id<"cus"> }) | undefined> {
  const rows = await db.query<SubscriptionRow & { customer_id: Id<"cus"> }>(
    "SELECT id, customer_id, sealed, created_at FROM notifications.push_subscription WHERE id = $1",
    [id],
  );
  return rows[0];
}

/** A browser that subscribed before, for whomever, is replaced. */
export async function replaceSubscription(
  tx: Queryable,
  row: SubscriptionRow & { customerId: string; endpointIndex: Buffer },
): Promise<void> {
  await tx.query("DELETE FROM notifications.push_subscription WHERE endpoint_index = $1", [
    row.endpointIndex,
  ]);
  await tx.query(
    `INSERT INTO notifications.push_subscription (id, customer_id, endpoint_index, sealed, created_at)
     VALUES ($1, $2, $3, $4, $5)`,
    [row.id, row.customerId, row.endpointIndex, row.sealed, row.created_at],
  );
}

export async function selectSubscriptionByEndpoint(
  db: Queryable,
  endpointIndex: Buffer,
): Promise<{ id: Id<"psb">; customer_id: string; created_at: Date } | undefined> {
  const rows = await db.query<{ id: Id<"psb">; customer_id: string; created_at: Date }>(
    "SELECT id, customer_id, created_at FROM notifications.push_subscription WHERE endpoint_index = $1",
    [endpointIndex],
  );
  return rows[0];
}

/** @returns false when the customer has no such subscription; `customerId` null deletes whosever it is */
export async function deleteSubscription(
  db: Queryable,
  id: string,
  customerId: string | null,
): Promise<boolean> {
  const rows = await db.query(
    `DELETE FROM notifications.push_subscription
      WHERE id = $1 AND ($2::text IS NULL OR customer_id = $2) RETURNING 1`,
    [id, customerId],
  );
  return rows.length > 0;
}

/** @returns false when it stands there already */
export async function insertNotice(
  tx: Queryable,
  row: { messageId: string; customerId: string; at: Date },
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO notifications.notice (message_id, customer_id, at) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING RETURNING 1`,
    [row.messageId, row.customerId, row.at],
  );
  return rows.length > 0;
}

export type NoticeRow = { message_id: Id<"msg">; at: Date; read_at: Date | null };

/** Newest first, those before `cursor`. */
export function selectNotices(
  db: Queryable,
  customerId: string,
  { cursor, limit }: { cursor: string | undefined; limit: number },
): Promise<NoticeRow[]> {
  return db.query<NoticeRow>(
    `SELECT message_id, at, read_at FROM notifications.notice
      WHERE customer_id = $1 AND ($2::text IS NULL OR message_id < $2) ORDER BY message_id DESC LIMIT $3`,
    [customerId, cursor ?? null, limit],
  );
}

export async function countUnread(db: Queryable, customerId: string): Promise<number> {
  const rows = await db.query<{ count: bigint }>(
    "SELECT count(*) AS count FROM notifications.notice WHERE customer_id = $1 AND read_at IS NULL",
    [customerId],
  );
  return Number(rows[0]?.count ?? 0n);
}

export async function markRead(db: Queryable, customerId: string, upTo: string, now: Date): Promise<void> {
  await db.query(
    `UPDATE notifications.notice SET read_at = $3
      WHERE customer_id = $1 AND message_id <= $2 AND read_at IS NULL`,
    [customerId, upTo, now],
  );
}

/** Forgets how messages fared, and notices whose messages are forgotten. */
export async function forgetBefore(
  db: Queryable,
  oldest: { deliveries: Date; notices: Date },
): Promise<void> {
  await db.query("DELETE FROM notifications.delivery WHERE queued_at < $1", [oldest.deliveries]);
  await db.query("DELETE FROM notifications.told WHERE at < $1", [oldest.deliveries]);
  await db.query("DELETE FROM notifications.notice WHERE at < $1", [oldest.notices]);
}

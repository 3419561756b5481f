import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { Ids } from "../platform/ids.ts";
import { type Vault, VaultError } from "../vault/index.ts";

/** The task that delivers a message; the module of notifications has its handler. Payload: `{ messageId }`. */
export const deliverTask = "notifications.deliver";

/**
 * What is told to people, with what its text needs. Security notices (`notice.…`) go out on every channel the person
 * has and cannot be switched off; a code goes out on the one channel it was asked for.
 */
export type MessageContent =
  /** A code to type. `amount` (as "165.88 GBP") and `payee` where the code is for one payment only. */
  | {
      kind: "code";
      purpose: "sign_up" | "sign_in" | "payment" | "phone" | "email" | "recovery";
      code: string;
      minutes: number;
      amount?: string;
      payee?: string;
    }
  /** Somebody tried to open a wallet with an address that has one. */
  | { kind: "sign_up_repeated" }
  /** `undo` is the token behind "this was not me". */
  | { kind: "notice.new_device"; device: string; at: string; undo: string }
  | {
      kind: "notice.security_changed";
      what:
        | "passkey_added"
        | "passkey_removed"
        | "password_changed"
        | "totp_added"
        | "totp_removed"
        | "phone_changed"
        | "email_changed"
        | "pin_changed"
        | "recovery_codes_made"
        | "recovery_code_used"
        | "signed_out_everywhere"
        | "phrase_changed";
      at: string;
      undo?: string;
    }
  | { kind: "notice.recovery_started"; at: string; opensAt: string; cancel: string }
  | { kind: "notice.recovery_done"; at: string }
  | { kind: "notice.recovery_cancelled"; at: string }
  | {
      kind: "notice.frozen";
      scope: "payments" | "sign_in" | "card";
      by: "customer" | "staff" | "risk";
      at: string;
      /** The token with which somebody who cannot sign in appeals; of a freeze that the customer did not set. */
      appeal?: string;
    }
  | { kind: "notice.unfrozen"; scope: "payments" | "sign_in" | "card"; at: string }
  /** To owners of a shop: a secret key was made, rolled or ended; `key` as `sk_live_…a1B2`. */
  | {
      kind: "notice.merchant_key";
      change: "created" | "rolled" | "revoked";
      shopEn: string;
      shopZh: string;
      key: string;
      at: string;
    }
  /** To owners of a shop: an address of theirs answered no webhook for three days. */
  | { kind: "notice.webhook_paused"; shopEn: string; shopZh: string; host: string; at: string }
  /** To somebody who is to join the team of a shop; whoever signs in with that address finds the invitation. */
  | { kind: "merchant.invited"; shopEn: string; shopZh: string; role: string; until: string }
  /** To owners of a shop: what was decided about it, or changed where its money goes. */
  | {
      kind: "notice.merchant";
      what:
        | "opened"
        | "declined"
        | "suspended"
        | "resumed"
        | "plan_changed"
        | "account_named"
        | "account_verified";
      shopEn: string;
      shopZh: string;
      /** What staff wrote to the shop; empty where nothing. */
      note: string;
      at: string;
    }
  /** To owners of a shop: a payout did not reach their bank account, and the money is back in the shop's balance. */
  | {
      kind: "notice.payout_failed";
      shopEn: string;
      shopZh: string;
      amount: string;
      reasonEn: string;
      reasonZh: string;
      at: string;
    }
  /** To the payer of a disputed purchase. `until`: the shop may answer, or bring new evidence, until then. */
  | {
      kind: "notice.dispute";
      what: "opened" | "answered" | "decided_for_you" | "paid_back" | "kept" | "reviewed_again" | "refunded";
      shop: string;
      amount: string;
      disputeId: string;
      until?: string;
      at: string;
    }
  /** To owners of a shop: a customer disputes a payment, and what became of it. */
  | {
      kind: "notice.shop_dispute";
      what: "opened" | "reminder" | "expired" | "lost" | "lost_for_good" | "won" | "withdrawn";
      shop: string;
      amount: string;
      disputeId: string;
      until?: string;
      at: string;
    }
  /** To somebody who is to become a member of staff; `token` opens the console once, for registering a passkey. */
  | { kind: "staff.invited"; token: string; role: string }
  | { kind: "payment.sent"; paymentId: string; amount: string; payee: string; at: string }
  | { kind: "payment.received"; paymentId: string; amount: string; payer: string; at: string };

export type Channel = "email" | "sms" | "push";

/** To whom: a person we know by id, or an address whose owner may be nobody we know. */
export type Recipient =
  | { customerId: Id<"cus"> }
  | { staffId: Id<"stf"> }
  | { email: string; locale: "zh" | "en" }
  /** An address that a customer is proving to be theirs. */
  | { customerId: Id<"cus">; email: string }
  | { customerId: Id<"cus">; phone: string };

export type Message = {
  id: Id<"msg">;
  to: Recipient;
  /** The one channel of a code; undefined = every channel that fits the kind. */
  channel: Channel | undefined;
  content: MessageContent;
  queuedAt: Date;
  expiresAt: Date | undefined;
};

export type Messages = {
  /** Queues a message in the caller's transaction; it is delivered after the commit, at least once. */
  queue(
    tx: Tx,
    message: { to: Recipient; channel?: Channel; content: MessageContent; expiresAt?: Date },
  ): Promise<Id<"msg">>;
  /** Undefined where there is none, or where the customer it was for has been erased. */
  byId(id: string): Promise<Message | undefined>;
  /** Forgets messages that ended before a moment (codes), and those queued before another. */
  forget(before: { ended: Date; queued: Date }): Promise<void>;
  /** The newest messages first, delivered or not: for the outbox of development and for tests. */
  recent(limit: number): Promise<Message[]>;
};

type MessageRow = {
  id: Id<"msg">;
  customer_id: Id<"cus"> | null;
  sealed: string;
  queued_at: Date;
  expires_at: Date | null;
};

export function createMessages(deps: { db: Db; clock: Clock; ids: Ids; vault: Vault }): Messages {
  const { db, vault } = deps;
  const place = (row: string, subject: string | null) => ({
    table: "identity.message",
    column: "sealed",
    row,
    ...(subject === null ? {} : { subject }),
  });
  const messageOf = (row: MessageRow): Message[] => {
    try {
      const { to, channel, content } = JSON.parse(
        vault.open(place(row.id, row.customer_id), row.sealed),
      ) as Message;
      const expiresAt = row.expires_at ?? undefined;
      return [{ id: row.id, to, channel, content, queuedAt: row.queued_at, expiresAt }];
    } catch (error) {
      if (error instanceof VaultError && error.shredded) return [];
      throw error;
    }
  };
  async function select(rest: string, values: unknown[]): Promise<Message[]> {
    const rows = await db.query<MessageRow>(
      `SELECT id, customer_id, sealed, queued_at, expires_at FROM identity.message ${rest}`,
      values,
    );
    await vault.ready({ subjects: rows.flatMap(({ customer_id: id }) => (id === null ? [] : [id])) });
    return rows.flatMap(messageOf);
  }
  return {
    async queue(tx, { to, channel, content, expiresAt }) {
      const id = deps.ids.next("msg");
      const customerId = "customerId" in to ? to.customerId : null;
      // Made when the wallet was opened; here it is loaded at most.
      if (customerId !== null) await vault.ready({ subjects: [customerId] });
      await tx.query(
        `INSERT INTO identity.message (id, customer_id, staff_id, kind, sealed, queued_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [
          id,
          customerId,
          "staffId" in to ? to.staffId : null,
          content.kind,
          vault.seal(place(id, customerId), JSON.stringify({ to, channel, content })),
          deps.clock.now(),
          expiresAt ?? null,
        ],
      );
      await tx.query("SELECT platform.enqueue($1)", [
        JSON.stringify([{ task: deliverTask, payload: { messageId: id } }]),
      ]);
      return id;
    },
    byId: async (id) => (await select("WHERE id = $1", [id]))[0],
    recent: (limit) => select("ORDER BY queued_at DESC, id DESC LIMIT $1", [limit]),
    async forget({ ended, queued }) {
      await db.query("DELETE FROM identity.message WHERE expires_at < $1 OR queued_at < $2", [ended, queued]);
    },
  };
}

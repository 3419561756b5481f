import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { RandomBytes } from "../platform/ids.ts";
import type { MessageContent, Messages } from "./messages.ts";
import { hashOfToken, newToken } from "./tokens.ts";

/** How long "this was not me" works, in milliseconds: somebody may be on a journey. */
const undoForMs = 30 * 86_400_000;

export type SecurityChange = (MessageContent & { kind: "notice.security_changed" })["what"];

/** What customers are told of their own wallet's security, with a way to stop it that needs no sign-in. */
export type Notices = {
  changed(tx: Tx, customerId: Id<"cus">, what: SecurityChange): Promise<void>;
  newDevice(tx: Tx, customerId: Id<"cus">, device: string): Promise<void>;
  /** Uses the token of a notice once. @throws Refusal `identity.link_over` */
  useUndo(tx: Queryable, token: string): Promise<Id<"cus">>;
};

export function createNotices(deps: {
  db: Db;
  clock: Clock;
  random: RandomBytes;
  messages: Messages;
}): Notices {
  const { clock, messages } = deps;
  async function undoToken(tx: Tx, customerId: string): Promise<string> {
    const token = newToken(deps.random);
    await tx.query(
      "INSERT INTO identity.undo_token (token_hash, customer_id, expires_at) VALUES ($1, $2, $3)",
      [hashOfToken(token), customerId, new Date(clock.now().getTime() + undoForMs)],
    );
    return token;
  }
  return {
    async changed(tx, customerId, what) {
      const undo = await undoToken(tx, customerId);
      const at = clock.now().toISOString();
      await messages.queue(tx, {
        to: { customerId },
        content: { kind: "notice.security_changed", what, at, undo },
      });
    },
    async newDevice(tx, customerId, device) {
      const undo = await undoToken(tx, customerId);
      const at = clock.now().toISOString();
      await messages.queue(tx, {
        to: { customerId },
        content: { kind: "notice.new_device", device, at, undo },
      });
    },
    async useUndo(tx, token) {
      const [row] = await tx.query<{ customer_id: Id<"cus"> }>(
        `UPDATE identity.undo_token SET used_at = $2
          WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING customer_id`,
        [hashOfToken(token), clock.now()],
      );
      if (row === undefined) throw new Refusal("identity.link_over");
      return row.customer_id;
    },
  };
}

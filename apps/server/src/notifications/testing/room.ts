import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { createTestServer, testUrl } from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { createIdentity, type MessageContent, type Recipient } from "../../identity/index.ts";
import { type Clock, systemClock } from "../../platform/clock.ts";
import { createSubscriptions } from "../../platform/events.ts";
import { createIds } from "../../platform/ids.ts";
import { createVault } from "../../vault/index.ts";
import { createNotifications, type NotificationsDeps } from "../index.ts";

/** The module with a real database, the real identity module and the real HTTP server, jobs at command. */
export async function createRoom(
  options: {
    clock?: Clock;
    demo?: boolean;
    settings?: NotificationsDeps["settings"];
    payments?: NotificationsDeps["payments"];
  } = {},
) {
  const database = await createServerDatabase();
  const { db } = database;
  const clock = options.clock ?? systemClock;
  const ids = createIds(clock);
  const subscriptions = createSubscriptions();
  const vault = createVault({ masterKey: Buffer.alloc(32, 8).toString("base64") });
  const lines: string[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const identity = createIdentity({
    db,
    clock,
    ids,
    subscriptions,
    secret: Buffer.alloc(32, 7),
    vault,
    publicUrl: testUrl,
  });
  const none: NotificationsDeps["payments"] = { byId: async () => undefined, views: async () => [] };
  const notifications = createNotifications({
    db,
    clock,
    ids,
    logger,
    subscriptions,
    vault,
    identity,
    payments: options.payments ?? none,
    settings: options.settings ?? {},
    demo: options.demo ?? false,
    url: testUrl,
  });
  const server = await createTestServer(db, {
    clock,
    handlers: notifications.routes,
    files: notifications.files,
  });
  const job = (task: string, payload: Record<string, unknown>) =>
    notifications.jobs[task]?.(payload) ?? Promise.reject(new Error(`no job ${task}`));
  return {
    db,
    identity,
    notifications,
    server,
    vault,
    /** What was logged. */
    lines,
    queue: (
      to: Recipient,
      content: MessageContent,
      rest: { channel?: "email" | "sms"; expiresAt?: Date } = {},
    ) => db.transaction((tx) => identity.messages.queue(tx, { to, content, ...rest })),
    plan: (messageId: string) => job("notifications.deliver", { messageId }),
    forget: () => job("notifications.forget", {}),
    /** Sends what is due by every channel, as the minute's job does. */
    send: () => job("notifications.send", {}),
    deliveries: async (messageId: string) => {
      const rows = await db.query<{
        channel: string;
        status: string;
        attempts: number;
        error_code: string | null;
      }>(
        `SELECT channel, status, attempts, error_code FROM notifications.delivery
          WHERE message_id = $1 ORDER BY channel, target`,
        [messageId],
      );
      return rows.map(({ channel, status, attempts, error_code }) =>
        [channel, status, attempts, ...(error_code === null ? [] : [error_code])].join(" "),
      );
    },
    person: async (email = `${randomBytes(5).toString("hex")}@example.com`) => ({
      email,
      ...(await server.customer(email)),
    }),
    async close() {
      await server.close();
      await notifications.close();
      await database.drop();
    },
  };
}

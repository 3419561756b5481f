import { deliverTask, type Identity } from "../identity/index.ts";
import type { Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { MessageSettings } from "../platform/config.ts";
import type { Db } from "../platform/db.ts";
import { assert } from "../platform/errors.ts";
import type { Subscriptions } from "../platform/events.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { PlainRoute } from "../platform/http/plain-routes.ts";
import type { Ids } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { Logger } from "../platform/logger.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import type { SealedColumn, Vault } from "../vault/index.ts";
import { createAddresses } from "./addresses.ts";
import { createDelivery, sendTask } from "./delivery.ts";
import { outboxPages } from "./development/pages.ts";
import { createPaymentNotices } from "./follow.ts";
import { createNotices } from "./notices.ts";
import { createPushKeys } from "./push-keys.ts";
import { notificationRoutes } from "./routes.ts";
import { createOutbox } from "./senders/outbox.ts";
import type { Senders } from "./senders/sender.ts";
import { createSmsSender } from "./senders/sms-http.ts";
import { createSmtpSender } from "./senders/smtp.ts";
import { createPushSender } from "./senders/web-push.ts";
import { createSettings } from "./settings.ts";
import { forgetBefore, selectSetting } from "./sql.ts";

export const notificationsMigrations: ModuleMigrations = {
  module: "notifications",
  folder: new URL("./migrations/", import.meta.url),
};

/** Columns that the vault seals here. */
export const notificationsSealed: readonly SealedColumn[] = [
  { table: "notifications.setting", column: "phrase", id: "customer_id", subject: "customer_id" },
  { table: "notifications.push_subscription", column: "sealed", id: "id", subject: "customer_id" },
  { table: "notifications.push_key", column: "sealed", id: "id" },
  { table: "notifications.outbox", column: "sealed", id: "reference" },
];

export type NotificationsDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  subscriptions: Subscriptions;
  vault: Vault;
  identity: Pick<Identity, "messages" | "contactOf" | "requireConfirmed" | "knowPhrases">;
  payments: Pick<Payments, "byId" | "views">;
  /** How messages leave; what is not set goes to the outbox in a demo, and nowhere elsewhere. */
  settings: MessageSettings;
  demo: boolean;
  /** Address people open, without a trailing slash. */
  url: string;
};

export type Notifications = {
  routes: RouteHandler[];
  /** Pages of a demo's outbox; none elsewhere. */
  files: PlainRoute[];
  jobs: JobHandlers;
  cron: CronJob[];
  /** Follows payments until closed; for processes that run jobs. */
  start(): Promise<{ close(): Promise<void> }>;
  /** What `start` does again and again, once. @returns how many notices of payments were queued */
  follow(): Promise<number>;
  close(): Promise<void>;
};

const followTask = "notifications.follow";
const forgetTask = "notifications.forget";
const keptDays = 90;
/** As long as a customer may ask what was told to them. */
const noticesKeptDays = 400;

/** Tells people what concerns them: messages to their channels, the wallet's list of notices, and what they chose. */
export function createNotifications(deps: NotificationsDeps): Notifications {
  const { db, clock, logger, identity, settings: how, demo } = deps;
  const { messages, contactOf } = identity;
  const pushKeys = createPushKeys(deps);
  const outbox = demo ? createOutbox(deps) : undefined;
  const senders: Senders = {
    ...(outbox && {
      email: outbox.sender("email"),
      sms: outbox.sender("sms"),
      push: outbox.sender("push"),
    }),
    ...(how.smtp && { email: createSmtpSender(how.smtp) }),
    ...(how.sms && { sms: createSmsSender(how.sms) }),
    ...(how.push && { push: createPushSender({ ...how.push, keys: pushKeys }) }),
  };
  if (senders.email === undefined)
    logger.warn(
      "messages cannot leave: nobody can open a wallet or sign in with a code. Set JINQIAO_SMTP_URL and JINQIAO_MAIL_FROM.",
    );
  const addresses = createAddresses({ ...deps, contactOf });
  const delivery = createDelivery({ ...deps, messages, addresses, senders });
  const notices = createNotices({ ...deps, messages });
  const settings = createSettings({
    ...deps,
    senders,
    messages,
    contactOf,
    pushHosts: how.push?.hosts ?? [],
  });
  identity.knowPhrases(async (customerId) => (await selectSetting(db, customerId)).phrase !== null);
  const paymentNotices = createPaymentNotices({ ...deps, messages });

  return {
    routes: notificationRoutes({
      db,
      clock,
      senders,
      outbox,
      outboxUrl: `${deps.url}/development/outbox`,
      settings,
      notices,
      pushKeys,
      requireConfirmed: identity.requireConfirmed,
    }),
    files: demo ? outboxPages() : [],
    jobs: {
      [deliverTask]: ({ messageId }) => delivery.plan(String(messageId)),
      [sendTask]: async ({ channel }) => {
        // Without a channel it is the minute's look for what a stopped process left behind.
        const all = (["email", "sms", "push"] as const).filter(
          (one) => channel === undefined || one === channel,
        );
        assert(all.length > 0, "a job sends by a channel");
        await Promise.all(all.map((one) => delivery.send(one)));
      },
      [followTask]: async () => {
        await paymentNotices.follow();
      },
      [forgetTask]: async () => {
        const daysAgo = (days: number) => new Date(clock.now().getTime() - days * 86_400_000);
        await messages.forget({ ended: daysAgo(1), queued: daysAgo(noticesKeptDays) });
        await forgetBefore(db, { deliveries: daysAgo(keptDays), notices: daysAgo(noticesKeptDays) });
        await outbox?.forget();
      },
    },
    cron: [
      { task: sendTask, pattern: "* * * * *" },
      { task: followTask, pattern: "* * * * *" },
      { task: forgetTask, pattern: "23 3 * * *" },
    ],
    start: paymentNotices.start,
    follow: paymentNotices.follow,
    async close() {
      await Promise.all(Object.values(senders).map((sender) => sender.close()));
    },
  };
}

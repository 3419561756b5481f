import * as contract from "@jinqiao/contract";
import type { Channel, Identity } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { createNotices } from "./notices.ts";
import type { Outbox } from "./senders/outbox.ts";
import type { Senders } from "./senders/sender.ts";
import type { PushKeys } from "./senders/web-push.ts";
import type { createSettings } from "./settings.ts";
import * as sql from "./sql.ts";

const dayMs = 86_400_000;
const channels: readonly Channel[] = contract.messageChannels;

export function notificationRoutes(deps: {
  db: Db;
  clock: Clock;
  senders: Senders;
  /** Only where the installation is a demo. */
  outbox: Outbox | undefined;
  outboxUrl: string;
  settings: ReturnType<typeof createSettings>;
  notices: ReturnType<typeof createNotices>;
  pushKeys(): Promise<PushKeys>;
  requireConfirmed: Identity["requireConfirmed"];
}): RouteHandler[] {
  const { db, clock, senders, outbox, settings, notices } = deps;
  return [
    handle(contract.getInstallation, async () => ({
      demo: outbox !== undefined,
      outboxUrl: outbox === undefined ? null : deps.outboxUrl,
      channels: channels.filter((channel) => senders[channel] !== undefined),
    })),
    handle(contract.getNotificationSettings, ({ customerId }) => settings.of(customerId)),
    handle(contract.updateNotificationSettings, ({ customerId, session, body }) => {
      if (body.phrase !== undefined) deps.requireConfirmed(session);
      return settings.change(customerId, body);
    }),
    handle(contract.getPushKey, async () => ({
      publicKey: senders.push === undefined ? null : (await deps.pushKeys()).publicKey,
    })),
    handle(contract.addPushSubscription, ({ customerId, body }) => settings.subscribe(customerId, body)),
    handle(contract.removePushSubscription, ({ customerId, params }) =>
      settings.unsubscribe(customerId, params.subscriptionId),
    ),
    handle(contract.listNotices, ({ customerId, query }) => notices.list(customerId, query)),
    handle(contract.readNotices, ({ customerId, body }) => notices.markRead(customerId, body.upTo)),
    handle(contract.listDevelopmentMessages, async ({ query }) => {
      if (outbox === undefined) throw new Refusal("request.not_found");
      const items = await outbox.list(query);
      return { items: items.map((item) => ({ ...item, at: item.at.toISOString() })) };
    }),
    handle(contract.getMessageDeliveries, async () => {
      const since = new Date(clock.now().getTime() - dayMs);
      const [counts, errors] = await Promise.all([
        sql.countDeliveries(db, since),
        sql.countErrors(db, since),
      ]);
      return {
        senders: channels.map((channel) => ({ channel, sender: senders[channel]?.name ?? null })),
        counts: counts.map(({ oldest_at, count, ...rest }) => ({
          ...rest,
          count: Number(count),
          oldestAt: oldest_at.toISOString(),
        })),
        errors: errors.map(({ count, ...rest }) => ({ ...rest, count: Number(count) })),
      };
    }),
  ];
}

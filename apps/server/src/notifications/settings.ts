import type { NotificationSettings } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { type Channel, type Identity, maskEmail, maskPhone } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import { sealPhrase, sealSubscription } from "./addresses.ts";
import { plain } from "./render.ts";
import type { PushTarget, Senders } from "./senders/sender.ts";
import { isKnownPushService } from "./senders/web-push.ts";
import * as sql from "./sql.ts";

/** Browsers that one customer's notices go to, at most. */
const maxBrowsers = 10;

export type SettingsDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  senders: Senders;
  messages: Identity["messages"];
  contactOf: Identity["contactOf"];
  pushHosts: readonly string[];
};

export type SettingsChange = {
  payments?: { email?: boolean | undefined; push?: boolean | undefined } | undefined;
  phrase?: string | null | undefined;
};

/** What a customer decides about notices. Those of security are no choice: who steals a session must not silence them. */
export function createSettings(deps: SettingsDeps) {
  const { db, clock, vault, senders } = deps;

  async function of(customerId: Id<"cus">): Promise<NotificationSettings> {
    const [setting, contact, subscriptions] = await Promise.all([
      sql.selectSetting(db, customerId),
      deps.contactOf({ customerId }),
      sql.selectSubscriptions(db, customerId),
    ]);
    if (contact === undefined) throw new Refusal("request.not_found");
    const channels = [
      { channel: "email" as const, address: maskEmail(contact.email), reachable: true },
      {
        channel: "sms" as const,
        address: contact.phone && maskPhone(contact.phone),
        reachable: contact.phone !== null,
      },
      { channel: "push" as const, address: null, reachable: true },
    ].map(({ channel, address, reachable }) => ({
      channel,
      address,
      available: senders[channel] !== undefined && reachable,
    }));
    const isOn = (channel: Channel) => channels.some((one) => one.channel === channel && one.available);
    const browsers = subscriptions.length > 0;
    return {
      channels,
      groups: [
        {
          group: "security",
          fixed: true,
          on: (["email", "sms", "push"] as const).filter(
            (channel) => isOn(channel) && (channel !== "push" || browsers),
          ),
          choices: [],
        },
        {
          group: "payments",
          fixed: false,
          on: [
            ...(setting.payments_email ? (["email"] as const) : []),
            ...(setting.payments_push ? (["push"] as const) : []),
          ],
          choices: (["email", "push"] as const).filter(isOn),
        },
      ],
      phraseSet: setting.phrase !== null,
      pushSubscriptions: subscriptions.map(({ id, created_at }) => ({
        id,
        createdAt: created_at.toISOString(),
      })),
    };
  }

  return {
    of,
    async change(customerId: Id<"cus">, { payments, phrase }: SettingsChange) {
      const sealed = phrase == null ? phrase : await sealPhrase(vault, customerId, plain(phrase));
      await db.transaction(async (tx) => {
        await sql.storeSetting(tx, customerId, { ...payments, phrase: sealed }, clock.now());
        if (phrase !== undefined)
          await deps.messages.queue(tx, {
            to: { customerId },
            content: {
              kind: "notice.security_changed",
              what: "phrase_changed",
              at: clock.now().toISOString(),
            },
          });
      });
      return of(customerId);
    },
    /**
     * @throws Refusal `notifications.push_off`, `notifications.push_service_unknown` or
     *   `notifications.too_many_browsers`
     */
    async subscribe(customerId: Id<"cus">, target: PushTarget) {
      if (senders.push === undefined) throw new Refusal("notifications.push_off");
      // What a demo keeps is sent nowhere, whatever the address.
      if (senders.push.name !== "outbox" && !isKnownPushService(target.endpoint, deps.pushHosts))
        throw new Refusal("notifications.push_service_unknown");
      const endpointIndex = vault.blindIndex(
        { table: "notifications.push_subscription", column: "endpoint" },
        target.endpoint,
      );
      const [before, own] = await Promise.all([
        sql.selectSubscriptionByEndpoint(db, endpointIndex),
        sql.selectSubscriptions(db, customerId),
      ]);
      const isOwn = before?.customer_id === customerId;
      if (!isOwn && own.length >= maxBrowsers) throw new Refusal("notifications.too_many_browsers");
      const id = isOwn ? before.id : deps.ids.next("psb");
      const createdAt = isOwn ? before.created_at : clock.now();
      const sealed = await sealSubscription(vault, { id, customerId }, target);
      await db.transaction((tx) =>
        sql.replaceSubscription(tx, { id, customerId, endpointIndex, sealed, created_at: createdAt }),
      );
      return { id, createdAt: createdAt.toISOString() };
    },
    /** @throws Refusal `request.not_found` */
    async unsubscribe(customerId: Id<"cus">, subscriptionId: string): Promise<void> {
      if (!(await sql.deleteSubscription(db, subscriptionId, customerId)))
        throw new Refusal("request.not_found");
    },
  };
}

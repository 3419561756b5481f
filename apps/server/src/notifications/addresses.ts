import type { Channel, Identity, Recipient } from "../identity/index.ts";
import type { Db } from "../platform/db.ts";
import type { Vault } from "../vault/index.ts";
import type { PushTarget } from "./senders/sender.ts";
import * as sql from "./sql.ts";

/** Where a message goes and how it is written. */
export type Address = {
  to: string;
  /** Null: both languages, for staff. */
  locale: "zh" | "en" | null;
  /** The customer's words against forged messages: null = none chosen, undefined = not a customer's message. */
  phrase: string | null | undefined;
  subscription?: PushTarget;
};

export type Addresses = {
  /** Of these channels, those the person left on for notices that can be switched off. */
  chosen(to: Recipient, channels: readonly Channel[]): Promise<readonly Channel[]>;
  /** What to send to by a channel: ids of browsers, "" for the one address there is, nothing where there is none. */
  targetsOf(to: Recipient, channel: Channel): Promise<readonly string[]>;
  addressOf(to: Recipient, channel: Channel, target: string): Promise<Address | undefined>;
};

/** Where a phrase lies. */
const phrasePlace = (customerId: string) => ({
  table: "notifications.setting",
  column: "phrase",
  row: customerId,
  subject: customerId,
});
const subscriptionPlace = (id: string, customerId: string) => ({
  table: "notifications.push_subscription",
  column: "sealed",
  row: id,
  subject: customerId,
});

export type AddressDeps = {
  db: Db;
  vault: Vault;
  contactOf: Identity["contactOf"];
};

/** Finds people's addresses. Nothing of it is kept beside the message: who changes an address gets what still waits. */
export function createAddresses({ db, vault, contactOf }: AddressDeps): Addresses {
  const customerIn = (to: Recipient): string | undefined => ("customerId" in to ? to.customerId : undefined);

  async function phraseOf(to: Recipient): Promise<string | null | undefined> {
    const customerId = customerIn(to);
    if (customerId === undefined) return undefined;
    const { phrase } = await sql.selectSetting(db, customerId);
    return phrase === null ? null : openPhrase(vault, customerId, phrase);
  }

  async function direct(to: Recipient, channel: Channel): Promise<Address | undefined> {
    if (channel === "push") return undefined;
    const named = channel === "email" ? "email" in to && to.email : "phone" in to && to.phone;
    if ("locale" in to) return named ? { to: named, locale: to.locale, phrase: undefined } : undefined;
    const contact = await contactOf(to);
    if (contact === undefined) return undefined;
    const address = named || (channel === "email" ? contact.email : contact.phone);
    // A message to one address of a customer goes to no other of theirs.
    const elsewhere = !named && ("email" in to || "phone" in to);
    if (!address || elsewhere) return undefined;
    return { to: address, locale: contact.locale, phrase: await phraseOf(to) };
  }

  return {
    async chosen(to, channels) {
      const customerId = customerIn(to);
      if (customerId === undefined) return channels;
      const { payments_email, payments_push } = await sql.selectSetting(db, customerId);
      const on = { email: payments_email, push: payments_push, sms: false };
      return channels.filter((channel) => on[channel]);
    },
    async targetsOf(to, channel) {
      if (channel !== "push") return (await direct(to, channel)) ? [""] : [];
      const customerId = customerIn(to);
      if (customerId === undefined) return [];
      return (await sql.selectSubscriptions(db, customerId)).map(({ id }) => id);
    },
    async addressOf(to, channel, target) {
      if (channel !== "push") return direct(to, channel);
      if ("locale" in to) return undefined;
      const [row, contact] = await Promise.all([sql.selectSubscription(db, target), contactOf(to)]);
      // The browser belongs to somebody else by now.
      if (row === undefined || contact === undefined || row.customer_id !== customerIn(to)) return undefined;
      const subscription = await openSubscription(vault, row);
      return { to: contact.email, locale: contact.locale, phrase: await phraseOf(to), subscription };
    },
  };
}

export async function sealPhrase(vault: Vault, customerId: string, phrase: string): Promise<string> {
  await vault.ready({ subjects: [customerId] });
  return vault.seal(phrasePlace(customerId), phrase);
}
async function openPhrase(vault: Vault, customerId: string, sealed: string): Promise<string> {
  await vault.ready({ subjects: [customerId] });
  return vault.open(phrasePlace(customerId), sealed);
}

export async function sealSubscription(
  vault: Vault,
  of: { id: string; customerId: string },
  target: PushTarget,
): Promise<string> {
  await vault.ready({ subjects: [of.customerId] });
  return vault.seal(subscriptionPlace(of.id, of.customerId), JSON.stringify(target));
}
async function openSubscription(
  vault: Vault,
  row: sql.SubscriptionRow & { customer_id: string },
): Promise<PushTarget> {
  await vault.ready({ subjects: [row.customer_id] });
  return JSON.parse(vault.open(subscriptionPlace(row.id, row.customer_id), row.sealed)) as PushTarget;
}

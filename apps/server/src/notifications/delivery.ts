import type { Channel, Identity, Message } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { emit, event, type Job, type Subscriptions } from "../platform/events.ts";
import type { Logger } from "../platform/logger.ts";
import { VaultError } from "../vault/index.ts";
import type { Addresses } from "./addresses.ts";
import { channelsOf, groupOf, render } from "./render.ts";
import type { Outcome, Outgoing, Senders } from "./senders/sender.ts";
import * as sql from "./sql.ts";

/** Sends what waits for one channel. Payload: `{ channel }`. */
export const sendTask = "notifications.send";

/** So many at a time, per channel and process. */
const atOnce = 4;
/** Longer than any sender takes; afterwards another process may try. */
const leaseMs = 60_000;
/** After 5 s, 15 s, 45 s … at most three hours; about seven hours in all. */
const maxAttempts = 10;
const pauseMs = (attempts: number): number => Math.min(5_000 * 3 ** (attempts - 1), 3 * 3_600_000);

export type DeliveryDeps = {
  db: Db;
  clock: Clock;
  logger: Logger;
  subscriptions: Subscriptions;
  messages: Identity["messages"];
  addresses: Addresses;
  senders: Senders;
  /** Address people open, for links. */
  url: string;
};

/** Takes queued messages to their channels: at least once, each channel on its own. */
export function createDelivery(deps: DeliveryDeps) {
  const { db, clock, senders, messages, addresses } = deps;
  const running = new Map<Channel, { again: boolean }>();

  /** Decides once by which channels a message goes; a message that was decided on stays as it was. */
  async function plan(messageId: string): Promise<void> {
    const message = await messages.byId(messageId);
    // Erased since it was queued.
    if (message === undefined) return;
    const planned = await plannedFor(message);
    const now = clock.now();
    await db.transaction(async (tx) => {
      const { id, queuedAt } = message;
      const urgent = message.content.kind === "code";
      await sql.insertDeliveries(tx, { id, urgent, queuedAt, now }, planned);
      const channels = new Set(
        planned.flatMap(({ channel, status }) => (status === "waiting" ? [channel] : [])),
      );
      const added = isNotice(message) && (await sql.insertNotice(tx, noticeOf(message)));
      await emit(
        tx,
        deps.subscriptions,
        added ? [event("notice.added", { customerId: noticeOf(message).customerId, noticeId: id })] : [],
        [...channels].map((channel) => sendJob(channel)),
      );
    });
  }

  async function plannedFor(message: Message): Promise<sql.Planned[]> {
    const { content } = message;
    const isOver = message.expiresAt !== undefined && message.expiresAt <= clock.now();
    const wanted = message.channel ? [message.channel] : channelsOf(content.kind);
    const allowed =
      groupOf(content.kind) === "security" ? wanted : await addresses.chosen(message.to, wanted);
    const planned: sql.Planned[] = [];
    for (const channel of allowed) {
      const targets = await addresses.targetsOf(message.to, channel);
      for (const target of targets)
        planned.push({
          channel,
          target,
          status: isOver ? "expired" : senders[channel] ? "waiting" : "no_channel",
          code: isOver || senders[channel] ? null : "no_sender",
        });
    }
    if (planned.length > 0) return planned;
    const [channel] = wanted;
    // Nobody was told: that stands in the record rather than nowhere.
    return channel === undefined ? [] : [{ channel, target: "", status: "no_channel", code: "no_address" }];
  }

  /**
   * Sends what is due by one channel, a few at a time, until nothing is. Asked again while it runs, it looks once more
   * and takes no second worker: a channel that hangs keeps one job waiting, and no other channel.
   */
  async function send(channel: Channel): Promise<void> {
    if (senders[channel] === undefined) return;
    const already = running.get(channel);
    if (already !== undefined) {
      already.again = true;
      return;
    }
    const state = { again: false };
    running.set(channel, state);
    try {
      do {
        state.again = false;
        while (await sendSome(channel));
      } while (state.again);
    } finally {
      running.delete(channel);
    }
    const next = await sql.selectNextDue(db, channel);
    if (next) await db.transaction((tx) => emit(tx, deps.subscriptions, [], [sendJob(channel, next)]));
  }

  async function sendSome(channel: Channel): Promise<boolean> {
    const now = clock.now();
    const leaseUntil = new Date(now.getTime() + leaseMs);
    const claimed = await sql.claimDue(db, channel, { now, leaseUntil, count: atOnce });
    await Promise.all(claimed.map(sendOne));
    return claimed.length > 0;
  }

  async function sendOne(claimed: sql.Claimed): Promise<void> {
    const message = await messages.byId(claimed.message_id);
    const store = (status: sql.DeliveryStatus, code: string | null, nextAt: Date | null = null) =>
      sql.storeOutcome(db, claimed, { status, code, nextAt, now: clock.now() });
    if (message === undefined) return store("no_channel", "erased");
    if (message.expiresAt !== undefined && message.expiresAt <= clock.now()) return store("expired", null);
    let outcome: Outcome;
    try {
      const outgoing = await outgoingOf(message, claimed);
      if (outgoing === undefined) return await store("no_channel", "no_address");
      outcome = await sendBy(senders, outgoing);
    } catch (error) {
      // The person was erased while the message was made.
      if (error instanceof VaultError && error.shredded) return store("no_channel", "erased");
      // A fault of ours. The error is not logged as it is: it may quote what it was given.
      deps.logger.error(
        { channel: claimed.channel, kind: message.content.kind, error: (error as Error).name },
        "a message could not be made",
      );
      outcome = { outcome: "failed", code: "internal" };
    }
    if (outcome.outcome === "accepted") return store("sent", null);
    if (outcome.outcome === "refused") {
      if (outcome.gone && claimed.target !== "") await sql.deleteSubscription(db, claimed.target, null);
      return store("refused", outcome.code);
    }
    const isLast = claimed.attempts >= maxAttempts;
    if (isLast)
      deps.logger.warn(
        { channel: claimed.channel, kind: message.content.kind, code: outcome.code },
        "a message could not leave and is given up",
      );
    const asked = outcome.outcome === "failed" ? (outcome.retryAfterMs ?? 0) : 0;
    const nextAt = new Date(clock.now().getTime() + Math.max(pauseMs(claimed.attempts), asked));
    return store(outcome.outcome, outcome.code, isLast ? null : nextAt);
  }

  /** The message as this channel carries it now: address, language and phrase are read for each try. */
  async function outgoingOf(message: Message, claimed: sql.Claimed): Promise<Outgoing | undefined> {
    const { channel, target } = claimed;
    const address = await addresses.addressOf(message.to, channel, target);
    if (address === undefined) return undefined;
    const rendered = render(message.content, { ...address, url: deps.url });
    const common = {
      reference: [message.id, channel, ...(target === "" ? [] : [target])].join("."),
      kind: message.content.kind,
      locale: address.locale,
      expiresAt: message.expiresAt,
      code: rendered.code,
      to: address.to,
    };
    if (channel === "email") return { ...common, channel, link: rendered.link, ...rendered.email };
    if (channel === "sms") return { ...common, channel, link: null, ...rendered.sms };
    if (address.subscription === undefined) return undefined;
    return { ...common, channel, link: null, ...rendered.push, subscription: address.subscription };
  }

  return { plan, send };
}

/** Queued at once, or for when the next try is due; each replaces its like while it waits. */
function sendJob(channel: Channel, runAt?: Date): Job {
  const key = `${sendTask}:${channel}:${runAt ? "later" : "now"}`;
  return { task: sendTask, payload: { channel }, key, ...(runAt ? { runAt } : {}) };
}

/** What a signed-in customer finds in the wallet as well. Codes are typed where they were asked for. */
function isNotice({ to, content }: Message): boolean {
  const told = content.kind.startsWith("notice.") || content.kind.startsWith("payment.");
  return told && "customerId" in to && !("email" in to) && !("phone" in to);
}

function noticeOf({ id, to, queuedAt }: Message) {
  if (!("customerId" in to)) throw new Error("a notice has a customer");
  return { messageId: id, customerId: to.customerId, at: queuedAt };
}

async function sendBy(senders: Senders, outgoing: Outgoing): Promise<Outcome> {
  const missing: Outcome = { outcome: "refused", code: "no_sender" };
  if (outgoing.channel === "email") return (await senders.email?.send(outgoing)) ?? missing;
  if (outgoing.channel === "sms") return (await senders.sms?.send(outgoing)) ?? missing;
  return (await senders.push?.send(outgoing)) ?? missing;
}

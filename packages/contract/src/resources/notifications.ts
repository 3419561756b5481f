import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery, locale } from "../common.ts";
import { route } from "../route.ts";

export const messageChannels = ["email", "sms", "push"] as const;
const Channel = z.enum(messageChannels);

/** What a message is about; it decides where it may go. */
export const NoticeGroup = z.enum(["security", "payments"]);

const ChannelState = z.object({
  channel: Channel,
  available: z.boolean().describe("False where this installation cannot send by it, or no address is known."),
  address: z.string().nullable().describe("Masked; null for push and where none is known."),
});

export const NotificationSettings = z
  .object({
    channels: z.array(ChannelState),
    groups: z.array(
      z.object({
        group: NoticeGroup,
        fixed: z.boolean().describe("True: it goes out on every channel and cannot be switched off."),
        on: z.array(Channel),
        choices: z.array(Channel).describe("Channels that can be switched."),
      }),
    ),
    phraseSet: z.boolean().describe("The phrase itself is shown in messages only, never by the API."),
    pushSubscriptions: z.array(z.object({ id: idOf("psb"), createdAt: instant })),
  })
  .meta({ id: "NotificationSettings" });
export type NotificationSettings = z.infer<typeof NotificationSettings>;

/** Words that a person chose: shown in each of our messages, so that a forged one is noticed. */
const phrase = z
  .string()
  .trim()
  .min(3, "field.required")
  .max(40, "field.too_long")
  // No control or direction characters, and nothing that a mail program makes a link of.
  .regex(/^(?!.*(?:\/\/|www\.|@))[^\p{Cc}\p{Cf}]*$/iu, "field.invalid");

const PushSubscription = z
  .object({ id: idOf("psb"), createdAt: instant })
  .meta({ id: "PushSubscription", description: "A browser that receives notices. Source: W3C Push API." });

export const Notice = z
  .object({
    id: idOf("msg"),
    group: NoticeGroup,
    kind: z.string(),
    title: LocalText,
    text: LocalText,
    at: instant,
    read: z.boolean(),
    action: z
      .discriminatedUnion("kind", [
        z.object({ kind: z.literal("payment"), paymentId: idOf("pay") }),
        z.object({ kind: z.literal("security") }),
      ])
      .describe("What to open. Links of messages that undo something are never part of it."),
  })
  .meta({ id: "Notice" });
export type Notice = z.infer<typeof Notice>;

export const DevelopmentMessage = z
  .object({
    id: z.string(),
    at: instant,
    channel: Channel,
    to: z.string(),
    locale: locale.nullable().describe("Null: both languages in one message, for staff."),
    kind: z.string(),
    subject: z.string(),
    text: z.string(),
    code: z.string().nullable(),
    link: z.string().nullable(),
  })
  .meta({ id: "DevelopmentMessage" });
export type DevelopmentMessage = z.infer<typeof DevelopmentMessage>;

export const deliveryStatuses = [
  "waiting",
  "sent",
  "refused",
  "failed",
  "unknown",
  "expired",
  "no_channel",
] as const;
const DeliveryStatus = z.enum(deliveryStatuses);

const customerRoute = { tag: "Notices", audience: "customer" } as const;

export const getInstallation = route({
  id: "getInstallation",
  method: "GET",
  path: "/v1/installation",
  tag: "Notices",
  audience: "public",
  summary: "Whether this is a demo, and by which channels messages leave",
  status: 200,
  response: z
    .object({
      demo: z.boolean(),
      outboxUrl: z.string().nullable().describe("Page on which a demo shows its messages."),
      channels: z.array(Channel),
    })
    .meta({ id: "Installation" }),
  errors: [],
});
export const getNotificationSettings = route({
  ...customerRoute,
  id: "getNotificationSettings",
  method: "GET",
  path: "/v1/me/notification-settings",
  summary: "Which notices go out by which channel",
  status: 200,
  response: NotificationSettings,
  errors: [],
});
export const updateNotificationSettings = route({
  ...customerRoute,
  id: "updateNotificationSettings",
  method: "PATCH",
  path: "/v1/me/notification-settings",
  summary: "Switch notices of payments; set the phrase, which needs recent strong authentication",
  body: z.strictObject({
    payments: z.strictObject({ email: z.boolean().optional(), push: z.boolean().optional() }).optional(),
    phrase: phrase.nullable().optional(),
  }),
  status: 200,
  response: NotificationSettings,
  errors: ["identity.reauthentication_needed"],
});
export const getPushKey = route({
  id: "getPushKey",
  method: "GET",
  path: "/v1/push-key",
  tag: "Notices",
  audience: "public",
  summary: "The server's public key for Web Push (RFC 8292)",
  status: 200,
  response: z.object({
    publicKey: z.string().nullable().describe("Uncompressed P-256 point, base64url; null: no push here."),
  }),
  errors: [],
});
export const addPushSubscription = route({
  ...customerRoute,
  id: "addPushSubscription",
  method: "POST",
  path: "/v1/me/push-subscriptions",
  summary: "Let this browser receive notices; the same one again is kept once",
  body: z.strictObject({
    endpoint: z.url({ protocol: /^https?$/ }).max(1_000, "field.too_long"),
    keys: z.strictObject({
      p256dh: z.string().regex(/^[\w-]{80,100}={0,2}$/, "field.invalid"),
      auth: z.string().regex(/^[\w-]{20,30}={0,2}$/, "field.invalid"),
    }),
  }),
  status: 201,
  response: PushSubscription,
  errors: ["notifications.push_off", "notifications.push_service_unknown", "notifications.too_many_browsers"],
});
export const removePushSubscription = route({
  ...customerRoute,
  id: "removePushSubscription",
  method: "DELETE",
  path: "/v1/me/push-subscriptions/{subscriptionId}",
  summary: "Send this browser no more notices",
  params: z.object({ subscriptionId: z.string() }),
  status: 204,
  errors: [],
});
export const listNotices = route({
  ...customerRoute,
  id: "listNotices",
  method: "GET",
  path: "/v1/me/notices",
  summary: "Notices, newest first",
  query: z.object(listQuery),
  status: 200,
  response: listOf(Notice).extend({ unread: z.number().int() }),
  errors: [],
});
export const readNotices = route({
  ...customerRoute,
  id: "readNotices",
  method: "POST",
  path: "/v1/me/notices/read",
  summary: "Mark notices as read, up to one of them",
  body: z.strictObject({ upTo: idOf("msg") }),
  status: 204,
  errors: [],
});
export const listDevelopmentMessages = route({
  id: "listDevelopmentMessages",
  method: "GET",
  path: "/v1/development/messages",
  tag: "Development",
  audience: "public",
  summary: "Messages that a demo installation keeps instead of sending; newest first. Elsewhere: not found",
  query: z.object({
    to: z.string().max(254).optional().describe("Address or number, exactly."),
    limit: z.coerce.number().int().min(1).max(100).optional(),
  }),
  status: 200,
  response: z.object({ items: z.array(DevelopmentMessage) }),
  errors: [],
});
export const getMessageDeliveries = route({
  id: "getMessageDeliveries",
  method: "GET",
  path: "/v1/console/message-deliveries",
  tag: "Console",
  audience: "staff",
  permission: "messages.read",
  summary: "How many messages of the last day left, wait or could not leave, by channel",
  status: 200,
  response: z.object({
    senders: z.array(z.object({ channel: Channel, sender: z.string().nullable() })),
    counts: z.array(
      z.object({
        channel: Channel,
        status: DeliveryStatus,
        count: z.number().int(),
        oldestAt: instant.describe("When the oldest of them was queued."),
      }),
    ),
    errors: z.array(z.object({ channel: Channel, code: z.string(), count: z.number().int() })),
  }),
  errors: [],
});

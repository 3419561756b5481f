import type { Logger } from "pino";
import { z } from "zod";
import type { NoticeSubject } from "../../connector.ts";
import type { Obie } from "./obie.ts";
import type { UkOpenBankingConfig } from "./settings.ts";
import type { Signing } from "./signing.ts";

/** `OBEventSubscriptionsResponse1` and the answer to a new one, as far as we read them. */
const subscriptions = z.looseObject({
  Data: z.looseObject({
    EventSubscription: z
      .array(z.looseObject({ EventSubscriptionId: z.string(), CallbackUrl: z.string().optional() }))
      .optional(),
  }),
});

/** Security event token of the Event Notification API: what happened to which resource. */
const eventToken = z.looseObject({
  events: z.record(
    z.string(),
    z.looseObject({
      subject: z.looseObject({
        "http://openbanking.org.uk/rid": z.string().min(1).max(128),
        "http://openbanking.org.uk/rty": z.string().max(80),
      }),
    }),
  ),
});

/** Being told by the bank of payments and consents that changed (Event Notification API 4.0). */
export type Events = {
  /** Makes sure, beside the caller's work, that the bank knows where to tell us; tried again until it does. */
  subscribeSoon(noticeUrl: string): void;
  /** What a notice is about; null when the bank did not sign it for us. */
  read(body: Record<string, unknown>): Promise<NoticeSubject | null>;
};

export function createEvents(deps: {
  config: UkOpenBankingConfig;
  obie: Obie;
  signing: Signing;
  logger: Logger;
}): Events {
  let subscribed: Promise<void> | undefined;

  async function subscribe(noticeUrl: string): Promise<void> {
    const path = "event-subscriptions";
    const { data } = await deps.obie.exchange(subscriptions, {
      operation: "eventSubscriptions",
      path,
      signed: true,
    });
    const known = data.Data.EventSubscription ?? [];
    if (known.some(({ CallbackUrl: url }) => url === noticeUrl)) return;
    // Banks keep one subscription of a company: one that leads elsewhere is an earlier address of ours.
    for (const { EventSubscriptionId: id } of known)
      await deps.obie.send({
        operation: "endEventSubscription",
        method: "DELETE",
        path: `${path}/${encodeURIComponent(id)}`,
      });
    await deps.obie.send({
      operation: "subscribeToEvents",
      method: "POST",
      path,
      signed: true,
      body: { Data: { CallbackUrl: noticeUrl, Version: "4.0" } },
    });
  }

  return {
    subscribeSoon(noticeUrl) {
      if (subscribed !== undefined) return;
      subscribed = subscribe(noticeUrl).catch((error: unknown) => {
        // Without notices everything is found by asking; the next link tries again.
        deps.logger.warn({ bankId: deps.config.id, err: error }, "no subscription to the bank's events");
        subscribed = undefined;
      });
    },
    async read(body) {
      if (typeof body.token !== "string") return null;
      const parsed = eventToken.safeParse(await deps.signing.claimsOf(body.token));
      if (!parsed.success) return null;
      const [event] = Object.values(parsed.data.events);
      if (event === undefined) return null;
      const id = event.subject["http://openbanking.org.uk/rid"];
      const type = event.subject["http://openbanking.org.uk/rty"];
      if (type === "account-access-consent") return { bankPaymentId: null, bankConsentId: id };
      return { bankPaymentId: `${type}s/${id}`, bankConsentId: null };
    },
  };
}

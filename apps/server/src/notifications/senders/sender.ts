import type { Channel } from "../../identity/index.ts";

type Common = {
  /** The same for every try of one delivery, so that who receives it twice can tell. */
  reference: string;
  kind: string;
  locale: "zh" | "en" | null;
  expiresAt: Date | undefined;
  /** For the eyes of a demo's outbox: the code and the link of the text. */
  code: string | null;
  link: string | null;
};

/** A message ready to leave, with its one addressee. */
export type Outgoing = Common &
  (
    | { channel: "email"; to: string; subject: string; text: string; html: string }
    | { channel: "sms"; to: string; text: string }
    | {
        channel: "push";
        /** E-mail address of whose browser it is: for the demo's outbox only, it never leaves. */
        to: string;
        subscription: PushTarget;
        title: string;
        text: string;
        /** Path inside the wallet that a tap opens. */
        path: string;
      }
  );

/** A browser's push subscription (W3C Push API). */
export type PushTarget = { endpoint: string; keys: { p256dh: string; auth: string } };

/**
 * What became of one try. Codes are short names without addresses, because they are stored and counted.
 * - `accepted`: the next hop has taken it over.
 * - `refused`: it never will; `gone` means that the address itself is no more.
 * - `failed`: certainly not taken over; another try may help.
 * - `unknown`: it may or may not have been taken over.
 */
export type Outcome =
  | { outcome: "accepted" }
  | { outcome: "refused"; code: string; gone?: boolean }
  | { outcome: "failed"; code: string; retryAfterMs?: number }
  | { outcome: "unknown"; code: string };

/** Takes messages of one channel out of the house, or keeps them where people in development read them. */
export type MessageSender<C extends Channel = Channel> = {
  channel: C;
  /** For people: `smtp`, `outbox`, … */
  name: string;
  /** Never throws for what the other side does or does not do, and ends within half a minute. */
  send(message: Extract<Outgoing, { channel: C }>): Promise<Outcome>;
  close(): Promise<void>;
};

export type Senders = { [C in Channel]?: MessageSender<C> };

/** Faults of a connection that arise before anything was sent. */
const beforeSending: Record<string, string> = {
  ECONNREFUSED: "connection_refused",
  ENOTFOUND: "name_not_found",
  EAI_AGAIN: "name_not_found",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  EDNS: "name_not_found",
};

/** Of an error of `fetch`: whether the request can have left, and a code for the record. */
export function connectionOutcome(error: unknown): Outcome {
  const cause = (error as { cause?: { code?: string } }).cause;
  const code = beforeSending[cause?.code ?? ""];
  if (code !== undefined) return { outcome: "failed", code };
  const timedOut = (error as Error).name === "TimeoutError";
  return { outcome: "unknown", code: timedOut ? "timeout" : "connection_lost" };
}

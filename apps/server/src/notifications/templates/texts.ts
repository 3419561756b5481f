import type { MessageContent } from "../../identity/index.ts";

export type Kind = MessageContent["kind"];
export type ContentOf<K extends Kind> = Extract<MessageContent, { kind: K }>;

/** What one message says, before it is laid out for a channel. */
export type Words = {
  subject: string;
  /** Paragraphs: what happened, what it means for the person's money, what to do now. */
  text: string[];
  /** The same in a sentence or two, for push and SMS; no links, because we ask people not to follow them there. */
  short: string;
  /** What the wallet's own list says below the subject, where the frame's usual sentence is not enough. */
  inWallet?: string;
  /** Where an e-mail offers to undo something. */
  action?: { label: string; url: string };
};

export type Tools = {
  /** Day and time in words, with the zone. */
  at(instant: string): string;
  /** Address of a page of the wallet. */
  page(path: `/${string}`): string;
};

/** A text for every kind of message: a kind without one does not compile. */
export type Texts = { [K in Kind]: (content: ContentOf<K>, tools: Tools) => Words };

/** What stands around every message. */
export type Frame = {
  /** Below every e-mail. */
  footer: string;
  phrase(phrase: string): string;
  noPhrase: string;
  /** In the wallet's own list, below a notice of security: the day stands beside it, and the buttons are at hand. */
  inWallet: string;
  /** Date and time as this language writes them, in this zone, and how the zone is called. */
  dates: { tag: string; timeZone: string; zone: string };
};

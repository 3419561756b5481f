import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { Subscriptions } from "../platform/events.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import type { Audit } from "./audit.ts";
import type { Codes } from "./codes.ts";
import type { Devices } from "./devices.ts";
import type { Factors } from "./factors.ts";
import type { Freezes } from "./freezes.ts";
import type { Messages } from "./messages.ts";
import type { Notices } from "./notices.ts";
import type { Passkeys } from "./passkeys.ts";
import type { Sessions } from "./sessions.ts";
import type { Throttle } from "./throttle.ts";

/** What the use cases of this module share. */
export type Core = {
  db: Db;
  clock: Clock;
  ids: Ids;
  random: RandomBytes;
  subscriptions: Subscriptions;
  secret: Buffer;
  vault: Vault;
  /** Address that people open. */
  publicUrl: string;
  staffSignIn: "passkey" | "password";
  messages: Messages;
  audit: Audit;
  freezes: Freezes;
  sessions: Sessions;
  codes: Codes;
  passkeys: Passkeys;
  devices: Devices;
  factors: Factors;
  throttle: Throttle;
  notices: Notices;
};

import { randomBytes } from "node:crypto";
import { type Id, type IdPrefix, makeId } from "@jinqiao/money";
import type { Clock } from "./clock.ts";

/** Random bytes, injectable so that a simulation can be replayed from its seed. */
export type RandomBytes = (length: number) => Uint8Array;

export type Ids = { next<P extends IdPrefix>(prefix: P): Id<P> };

export function createIds(clock: Clock, random: RandomBytes = randomBytes): Ids {
  return { next: (prefix) => makeId(prefix, clock.now().getTime(), random(10)) };
}

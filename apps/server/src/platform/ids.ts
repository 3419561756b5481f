import { randomBytes } from "node:crypto";
import { type Id, type IdPrefix, makeId } from "@jinqiao/money";
import type { Clock } from "./clock.ts";

/** Random bytes, injectable so that a simulation can be replayed from its seed. */
export type RandomBytes = (length: number) => Uint8Array;

export type Ids = { next<P extends IdPrefix>(prefix: P): Id<P> };

/** Asking the system for every few bytes costs more than the id itself. No byte is given out twice. */
function pooledRandom(): RandomBytes {
  let pool = randomBytes(4096);
  let used = 0;
  return (length) => {
    if (used + length > pool.length) {
      pool = randomBytes(Math.max(4096, length));
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
}

export function createIds(clock: Clock, random: RandomBytes = pooledRandom()): Ids {
  return { next: (prefix) => makeId(prefix, clock.now().getTime(), random(10)) };
}

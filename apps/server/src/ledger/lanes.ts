import { randomBytes } from "node:crypto";

/** A batch in flight. */
export type Lane = {
  readonly slot: 0 | 1;
  readonly names: readonly string[];
  /** Advisory locks it holds to COMMIT, in the order they are taken. */
  readonly gates: readonly bigint[];
  /** The end of the batch it builds on. Should it have to start anew, it waits for that. */
  readonly after: Promise<void>;
  /** It is decided under lock: how it leaves what it touches is not known before it is through. */
  locks: boolean;
  done: Promise<void>;
};

/**
 * The two batches that may be in flight at once: while PostgreSQL writes one, the next is decided and sent. Each holds
 * the gate of its lane until COMMIT. One that builds on the other passes both gates, so that it finds the other's work
 * done, whichever of the two connections is quicker.
 */
export class Lanes {
  readonly #lanes: (Lane | undefined)[] = [undefined, undefined];
  // A number of its own for each process; another use of the same one would only make somebody wait.
  readonly #gate = (randomBytes(8).readBigUInt64LE() >> 2n) << 1n;

  get running(): number {
    return this.#lanes.filter(Boolean).length;
  }
  get free(): boolean {
    return this.running < 2;
  }
  /** What batches in flight touch. */
  readonly touched = {
    has: (name: string): boolean => this.#names.some((names) => names?.has(name)),
  };
  /** What nobody can build on yet. */
  readonly locked = {
    has: (name: string): boolean =>
      this.#names.some((names, slot) => this.#lanes[slot]?.locks && names?.has(name)),
  };
  #names: (Set<string> | undefined)[] = [];

  open(names: readonly string[], afterOther: boolean): Lane {
    const slot = this.#lanes[0] === undefined ? 0 : 1;
    const own = this.#gate + BigInt(slot);
    const lane: Lane = {
      slot,
      names,
      gates: afterOther ? [this.#gate, this.#gate + 1n] : [own],
      after: (afterOther ? this.#lanes[1 - slot]?.done : undefined) ?? Promise.resolve(),
      locks: false,
      done: Promise.resolve(),
    };
    this.#lanes[slot] = lane;
    this.#noteNames();
    return lane;
  }
  close(lane: Lane): void {
    this.#lanes[lane.slot] = undefined;
    this.#noteNames();
  }
  async idle(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane?.done));
  }
  #noteNames(): void {
    this.#names = this.#lanes.map((lane) => lane && new Set(lane.names));
  }
}

/** A batch in flight. */
export type Lane = {
  readonly names: ReadonlySet<string>;
  /** The batch sent before it, where this one builds on it. Decided under lock, it waits for that. */
  readonly after: Lane | undefined;
  /** It is decided under lock: how it leaves what it touches is not known before it is through. */
  locks: boolean;
  done: Promise<void>;
};

/**
 * The two batches that may be in flight at once: while PostgreSQL writes one, the next is decided and sent, also where it
 * builds on the first. Both go over one connection, so that they come in their order and never meet at a lock.
 */
export class Lanes {
  #lanes: Lane[] = [];

  get running(): number {
    return this.#lanes.length;
  }
  get free(): boolean {
    return this.running < 2;
  }
  /** What nobody can build on yet. */
  readonly locked = {
    has: (name: string): boolean => this.#lanes.some((lane) => lane.locks && lane.names.has(name)),
  };

  open(names: readonly string[]): Lane {
    const before = this.#lanes.at(-1);
    const lane: Lane = {
      names: new Set(names),
      after: names.some((name) => before?.names.has(name)) ? before : undefined,
      locks: false,
      done: Promise.resolve(),
    };
    this.#lanes.push(lane);
    return lane;
  }
  close(lane: Lane): void {
    this.#lanes = this.#lanes.filter((other) => other !== lane);
  }
  async idle(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.done));
  }
}

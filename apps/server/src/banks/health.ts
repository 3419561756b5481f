import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import { Postponed } from "../platform/jobs.ts";
import { afterCall, type Circuit, stateOf, unknownCircuit } from "./circuit.ts";
import { AccessError, type BankConnector, tokenRefused } from "./connector.ts";
import { closedUntil } from "./maintenance.ts";
import type { SharedHealth } from "./shared-health.ts";
import type { CommonBankConfig } from "./types.ts";

/** How a bank is, as customers are told: it works, it does not answer, or it has closed for a while. */
export type Availability = {
  state: "available" | "unavailable" | "maintenance";
  /** When it is asked again, or opens again; null while it is available. */
  until: Date | null;
};

/** The same for staff, with what it is judged by. */
export type HealthFigures = Availability & {
  circuit: "closed" | "open" | "half_open";
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  /** Of the last calls of this process, at most 100. */
  calls: number;
  failures: number;
  /** Median of the answered ones among them; null before the first. */
  medianMs: number | null;
};

export type BankHealth = {
  availability(): Availability;
  figures(): HealthFigures;
  /** When a call may be worth another try, in seconds. */
  retryAfterSeconds(): number;
  /**
   * Runs a call when the bank may be called now.
   * @param failed whether the answer shows that the bank did not do its part
   * @param closed what the caller is answered when it may not; nothing has been sent then
   */
  call<T>(call: () => Promise<T>, failed: (answer: T) => boolean, closed: (why: string) => T): Promise<T>;
  /**
   * Runs a job that calls the bank. Jobs of one bank may not fill all workers, however slow it is, and none runs
   * while the bank is closed or does not answer.
   * @throws Postponed when it is not its turn
   */
  job<T>(work: () => Promise<T>): Promise<T>;
};

/** How often at most the others are told that a bank that was well still is. */
const retellMs = 60_000;
const remembered = 100;
/** Jobs of one bank at a time. The worker has this many for each bank and some that no bank can take (`workersFor`). */
export const jobsPerBank = 2;
const sharedWorkers = 2;
/** Calls wait this long for the bank's own rate before they are refused. */
const patienceMs = 2_000;
/** A postponed job looks again after this time at the latest: a window may have been shortened meanwhile. */
const longestPostponementMs = 15 * 60_000;

const probedElsewhere = "another call is finding out whether the bank is back";

/** Workers that suffice for all banks to be slow at once and everything else to go on. */
export function workersFor(banks: number): number {
  return Math.max(4, banks * jobsPerBank + sharedWorkers);
}

/** Watches one bank: circuit breaker, maintenance, the bank's own rate, and jobs at a time. */
export function createBankHealth(deps: {
  config: Pick<CommonBankConfig, "timeZone" | "maintenance" | "limits">;
  clock: Clock;
  /** Tells other processes and hears from them; without it this process knows only its own calls. */
  shared?: SharedHealth;
}): BankHealth {
  const { config, clock, shared } = deps;
  let known: Circuit = unknownCircuit;
  /** Ends of calls that are not in what all know yet: until they are, what this process knows is newer. */
  let untold = 0;
  let toldWellAtMs = Number.NEGATIVE_INFINITY;
  let probing = false;
  let jobs = 0;
  let turnedAway = 0;
  const last: { failed: boolean; durationMs: number }[] = [];
  const bucket = createBucket(config.limits, clock);
  shared?.onNews((circuit) => {
    if (untold === 0) known = circuit;
  });

  function availability(): Availability {
    const now = clock.now();
    const closed = closedUntil(config.maintenance ?? [], config.timeZone, now);
    if (closed) return { state: "maintenance", until: closed };
    if (stateOf(known, now) === "open") return { state: "unavailable", until: known.openUntil };
    return { state: "available", until: null };
  }

  const circuit = () => stateOf(known, clock.now());

  function note(failed: boolean, durationMs: number): void {
    last.push({ failed, durationMs });
    if (last.length > remembered) last.shift();
    const at = clock.now();
    const wasWell = known.failuresInARow === 0 && known.openUntil === null;
    known = afterCall(known, failed, at);
    if (shared === undefined) return;
    // A bank that works is told of once a minute: payments that go well cost no query.
    if (!failed && wasWell && at.getTime() - toldWellAtMs < retellMs) return;
    toldWellAtMs = failed ? Number.NEGATIVE_INFINITY : at.getTime();
    untold += 1;
    void shared.tell(failed, at).then((circuit) => {
      untold -= 1;
      if (untold === 0 && circuit !== undefined) known = circuit;
    });
  }

  /** Why the bank may not be called at this moment. */
  function obstacle(): string | undefined {
    const { state, until } = availability();
    if (state === "maintenance") return `the bank is closed for maintenance until ${until?.toISOString()}`;
    if (state === "unavailable") return "the bank did not answer lately and is left alone for a moment";
    // After the pause one call at a time shows whether the bank is back.
    if (circuit() === "half_open" && probing) return probedElsewhere;
    return undefined;
  }

  return {
    availability,
    figures() {
      const answered = last.filter(({ failed }) => !failed).map(({ durationMs }) => durationMs);
      answered.sort((a, b) => a - b);
      return {
        ...availability(),
        circuit: circuit(),
        lastSuccessAt: known.lastSuccessAt,
        lastFailureAt: known.lastFailureAt,
        calls: last.length,
        failures: last.filter(({ failed }) => failed).length,
        medianMs: answered[Math.floor(answered.length / 2)] ?? null,
      };
    },
    retryAfterSeconds() {
      const { until } = availability();
      return until === null ? 2 : Math.max(1, Math.ceil((until.getTime() - clock.now().getTime()) / 1_000));
    },
    async call(call, failed, closed) {
      const why = obstacle();
      if (why !== undefined) return closed(why);
      const waitMs = bucket.take();
      if (waitMs === null) return closed("the bank's own limit of calls is used up");
      const probe = circuit() === "half_open";
      if (probe) probing = true;
      try {
        if (probe && shared && !(await shared.claimProbe(clock.now()))) return closed(probedElsewhere);
        if (waitMs > 0) await sleep(waitMs);
        const startedMs = performance.now();
        const elapsedMs = () => Math.round(performance.now() - startedMs);
        try {
          const answer = await call();
          note(failed(answer), elapsedMs());
          return answer;
        } catch (error) {
          note(isFailure(error), elapsedMs());
          throw error;
        }
      } finally {
        if (probe) probing = false;
      }
    },
    async job(work) {
      const { until } = availability();
      if (until !== null) {
        const waitMs = Math.min(until.getTime() - clock.now().getTime(), longestPostponementMs);
        throw new Postponed(Math.max(waitMs, 1_000));
      }
      if (jobs >= jobsPerBank) {
        // Spread over a second, so that those turned away do not all come back at one moment.
        turnedAway = (turnedAway + 1) % 8;
        throw new Postponed(500 + turnedAway * 125);
      }
      jobs += 1;
      try {
        return await work();
      } finally {
        jobs -= 1;
      }
    },
  };
}

/** An answer that refuses the access is an answer; silence is not. */
function isFailure(error: unknown): boolean {
  if (error instanceof AccessError) return false;
  return !(error instanceof Refusal) || error.code === "bank.unavailable";
}

/** Token bucket: as many calls a second as the bank allows, with a short burst. */
function createBucket(
  limits: CommonBankConfig["limits"],
  clock: Clock,
): {
  /** @returns milliseconds until the call may be made, or null when that is too long to wait */
  take(): number | null;
} {
  if (limits === undefined) return { take: () => 0 };
  const { callsPerSecond, burst = callsPerSecond } = limits;
  let tokens = burst;
  let filledAtMs = clock.now().getTime();
  return {
    take() {
      const nowMs = clock.now().getTime();
      tokens = Math.min(burst, tokens + (Math.max(0, nowMs - filledAtMs) * callsPerSecond) / 1_000);
      filledAtMs = nowMs;
      const waitMs = tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1_000) / callsPerSecond);
      if (waitMs > patienceMs) return null;
      tokens -= 1;
      return waitMs;
    },
  };
}

/** What a call answers when it was not made. All others throw `bank.unavailable`. */
const notCalled: Partial<Record<keyof BankConnector, (why: string) => unknown>> = {
  initiatePayment: (why) => ({ outcome: "not_sent", why }),
  paymentStatus: (why) => ({ outcome: "unknown", why }),
  cancelPayment: () => "unknown",
  completePayment: (why) => ({ answer: { outcome: "unknown", why } }),
  findPayment: (why) => ({ found: "unknown", why }),
  recallPayment: (why) => ({ outcome: "not_sent", why }),
};

/** Members that call no bank. */
const local: ReadonlySet<string> = new Set([
  "capabilities",
  "close",
  "consentData",
  "paymentReturn",
  "readCustodyStatement",
  "readNotice",
]);

/** A connector whose every call passes the bank's health, so that no dialect needs to care. */
export function withHealth(connector: BankConnector, health: BankHealth): BankConnector {
  return guarded(connector, health);
}

function guarded<T extends object>(part: T, health: BankHealth): T {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof name === "symbol" || local.has(name)) return member;
      // Members may be groups of calls, such as `bind`.
      if (typeof member === "object" && member !== null && !Array.isArray(member))
        return guarded(member, health);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) =>
        health.call<unknown>(
          async () => member.apply(target, args),
          saysNothing,
          (why) => {
            const answer = notCalled[name as keyof BankConnector];
            if (answer) return answer(why);
            throw new Refusal("bank.unavailable", {
              retryAfterSeconds: health.retryAfterSeconds(),
              cause: new Error(why),
            });
          },
        );
    },
  });
}

/** True for an answer of a connector that stands for the bank's silence. */
function saysNothing(answer: unknown): boolean {
  if (answer === "unknown") return true;
  if (typeof answer !== "object" || answer === null) return false;
  const { outcome, found, why, answered } = answer as Partial<
    Record<"outcome" | "found" | "why" | "answered", unknown>
  >;
  // One payment about which a bank contradicts itself, asked for again and again, must not close the bank for all.
  if (answered === true) return false;
  return outcome === "unknown" || found === "unknown" || (outcome === "not_sent" && why !== tokenRefused);
}

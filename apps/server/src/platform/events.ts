import type { DomainEvent, EventName, EventPayload } from "@jinqiao/contract";
import type { Tx } from "./db.ts";

export type Job = {
  task: string;
  payload: Record<string, unknown>;
  /** Jobs of one key replace each other while they wait. */
  key?: string;
  runAt?: Date;
  maxAttempts?: number;
};

/**
 * Which tasks follow an event. Modules above subscribe to events of modules below; the jobs are queued in the very
 * commit that writes the event, so none is lost and each is delivered at least once.
 */
export type Subscriptions = {
  subscribe(event: EventName, task: string): void;
  jobsFor(events: readonly DomainEvent[]): Job[];
};

export function createSubscriptions(): Subscriptions {
  const tasks = new Map<EventName, string[]>();
  return {
    subscribe(event, task) {
      tasks.set(event, [...(tasks.get(event) ?? []), task]);
    },
    jobsFor: (events) =>
      events.flatMap((event) =>
        (tasks.get(event.name) ?? []).map((task) => ({ task, payload: event.payload })),
      ),
  };
}

export function event<N extends EventName>(name: N, payload: EventPayload<N>): DomainEvent {
  return { name, payload } as DomainEvent;
}

/** Writes events, and the jobs that follow them, in the caller's transaction. */
export async function emit(
  tx: Tx,
  subscriptions: Subscriptions,
  events: readonly DomainEvent[],
  jobs: readonly Job[] = [],
): Promise<void> {
  const all = [...jobs, ...subscriptions.jobsFor(events)];
  if (events.length > 0) await tx.query("SELECT platform.emit($1)", [JSON.stringify(events)]);
  if (all.length > 0) await tx.query("SELECT platform.enqueue($1)", [JSON.stringify(all)]);
}

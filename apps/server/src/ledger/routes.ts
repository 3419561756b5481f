import * as contract from "@jinqiao/contract";
import type { z } from "zod";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import { type Alarm, figureOf, unitOf, type Watch } from "./watch/index.ts";

/** What staff see of the watch, and how they clear an alarm. */
export function alarmRoutes({ watch }: { watch: Watch }): RouteHandler[] {
  return [
    handle(contract.listAlarms, async ({ query }) => {
      const limit = query.limit ?? 30;
      const found = await watch.alarms({
        open: query.status === undefined ? undefined : query.status === "open",
        cursor: query.cursor,
        limit: limit + 1,
      });
      return {
        items: found.slice(0, limit).map(viewOf),
        nextCursor: found.length > limit ? (found[limit - 1]?.id ?? null) : null,
      };
    }),
    handle(contract.getAlarm, async ({ params }) => {
      const alarm = await watch.alarm(params.alarmId);
      if (alarm === undefined) throw new Refusal("request.not_found");
      return viewOf(alarm);
    }),
    handle(contract.clearAlarm, async ({ staff, idempotency, params, body }) => {
      return watch.clear(idempotency, staff, params.alarmId, body.note, viewOf);
    }),
  ];
}

function viewOf(alarm: Alarm): z.input<typeof contract.Alarm> {
  return {
    id: alarm.id,
    status: alarm.cleared ? "cleared" : "open",
    invariant: alarm.invariant,
    currency: alarm.currency,
    subject: alarm.subject,
    unit: unitOf(alarm),
    expected: figureOf(alarm, alarm.expected),
    found: figureOf(alarm, alarm.found),
    foundAt: alarm.foundAt.toISOString(),
    clearance: alarm.cleared && {
      note: alarm.cleared.note,
      by: alarm.cleared.by,
      at: alarm.cleared.at.toISOString(),
    },
  };
}

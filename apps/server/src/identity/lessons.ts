import { LessonId, listLessons, seeLesson } from "@jinqiao/contract";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";

/** Lessons on safety: the wallet knows their words, the server which of them a customer has read. */
export function lessonRoutes({ db, clock }: { db: Db; clock: Clock }): RouteHandler[] {
  return [
    handle(listLessons, async ({ customerId }) => {
      const rows = await db.query<{ lesson: string; seen_at: Date }>(
        "SELECT lesson, seen_at FROM identity.lesson_seen WHERE customer_id = $1",
        [customerId],
      );
      const seen = new Map(rows.map(({ lesson, seen_at }) => [lesson, seen_at.toISOString()]));
      return { items: LessonId.options.map((id) => ({ id, seenAt: seen.get(id) ?? null })) };
    }),
    handle(seeLesson, async ({ customerId, params }) => {
      // The first time counts: what was read stays read when the button is pressed again on another device.
      const [row] = await db.query<{ seen_at: Date }>(
        `INSERT INTO identity.lesson_seen (customer_id, lesson, seen_at) VALUES ($1, $2, $3)
           ON CONFLICT (customer_id, lesson) DO UPDATE SET seen_at = identity.lesson_seen.seen_at
         RETURNING seen_at`,
        [customerId, params.lessonId, clock.now()],
      );
      return { id: params.lessonId, seenAt: (row?.seen_at ?? clock.now()).toISOString() };
    }),
  ];
}

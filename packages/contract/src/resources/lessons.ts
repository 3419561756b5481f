import { z } from "zod";
import { instant } from "../common.ts";
import { route } from "../route.ts";

/** What each lesson is about; its words stand in the wallet, in both languages. */
export const LessonId = z
  .enum(["new_payee", "bank_call", "public_wifi", "reused_password"])
  .describe(
    "`new_payee`: before the first payment to somebody; `bank_call`: somebody who says they call from the bank; `public_wifi`: signing in from a new place; `reused_password`: a password used elsewhere too.",
  );
export type LessonId = z.infer<typeof LessonId>;

export const Lesson = z
  .object({ id: LessonId, seenAt: instant.nullable().describe("When the customer said they had read it.") })
  .meta({ id: "Lesson", description: "A short lesson on safety." });
export type Lesson = z.infer<typeof Lesson>;

export const listLessons = route({
  id: "listLessons",
  method: "GET",
  path: "/v1/me/lessons",
  tag: "Safety",
  audience: "customer",
  summary: "Lessons on safety, and which have been read",
  status: 200,
  response: z.object({ items: z.array(Lesson) }),
  errors: [],
});
export const seeLesson = route({
  id: "seeLesson",
  method: "POST",
  path: "/v1/me/lessons/{lessonId}/seen",
  tag: "Safety",
  audience: "customer",
  summary: "Remember that a lesson has been read; safe to repeat",
  params: z.object({ lessonId: LessonId }),
  status: 200,
  response: Lesson,
  errors: [],
});

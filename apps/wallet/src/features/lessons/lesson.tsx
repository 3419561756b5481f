import { loadPageTexts } from "@jinqiao/ui";
import { lazy, type ReactNode, Suspense } from "react";
import { lessonsCatalogues } from "../../locales/catalogues.ts";
import type { LessonId } from "./queries.ts";

/** The card and its texts come when they are needed, so that no page waits for them. */
const LessonCard = lazy(async () => {
  const [card] = await Promise.all([import("./lesson-card.tsx"), loadPageTexts(lessonsCatalogues)]);
  return { default: card.LessonCard };
});

/**
 * One lesson on safety at the moment it matters; once the person has read it, `children` or nothing. Place it above
 * what they are about to do. Works before signing in as well, where what was read is kept in this browser.
 */
export function Lesson({ id, children }: { id: LessonId; children?: ReactNode }) {
  return (
    <Suspense fallback={null}>
      <LessonCard id={id}>{children}</LessonCard>
    </Suspense>
  );
}

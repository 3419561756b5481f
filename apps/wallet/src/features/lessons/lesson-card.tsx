import { Button } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { type LucideIcon, PhoneOff, RectangleEllipsis, UserRoundCheck, Wifi } from "lucide-react";
import type { ReactNode } from "react";
import { type LessonId, useLesson } from "./queries.ts";
import { useT } from "./text.ts";

export const lessonIcons = {
  new_payee: UserRoundCheck,
  bank_call: PhoneOff,
  public_wifi: Wifi,
  reused_password: RectangleEllipsis,
} as const satisfies Record<LessonId, LucideIcon>;

/** A short lesson with "Got it" and the way to the whole of it; `children` in its place once it was read. */
export function LessonCard({ id, children }: { id: LessonId; children?: ReactNode }) {
  const t = useT();
  const { due, see } = useLesson(id);
  if (!due) return children;
  const Icon = lessonIcons[id];
  return (
    <aside
      aria-label={t("lessons.label")}
      data-testid={`lesson-${id}`}
      className="rounded-card border border-line bg-jade-soft p-4"
    >
      <p className="flex items-start gap-3 font-semibold">
        <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-jade" />
        {t(`lessons.${id}.title`)}
      </p>
      <p className="mt-2 text-sm">{t(`lessons.${id}.text`)}</p>
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button variant="secondary" size="small" data-testid={`lesson-${id}-seen`} onClick={see}>
          {t("lessons.seen")}
        </Button>
        <Link to="/safety" hash={id} className="text-sm font-semibold text-jade underline">
          {t("lessons.more")}
        </Link>
      </div>
    </aside>
  );
}

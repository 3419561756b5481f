import { buttonClasses, Card, Page } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { Ban, Snowflake } from "lucide-react";
import { meQuery, queryClient } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { PublicFrame } from "../welcome/public-frame.tsx";
import { lessonIcons } from "./lesson-card.tsx";
import type { LessonId } from "./queries.ts";
import { useT } from "./text.ts";

/** Everything on safety on one page, for everybody: who is being pressed may not be signed in. */
export function SafetyPage() {
  const t = useT();
  const signedIn = queryClient.getQueryData(meQuery.queryKey) !== undefined;
  return (
    <PublicFrame>
      <Page
        title={t("lessons.page.title")}
        {...(signedIn ? { leading: <BackLink to="/security" /> } : {})}
        narrow
      >
        <p className="mb-4 text-ink-muted">{t("lessons.page.lead")}</p>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <Card>
            <h2 className="flex items-center gap-3 text-lg font-bold">
              <Snowflake aria-hidden className="size-5 shrink-0 text-jade" />
              {t("lessons.page.happened")}
            </h2>
            <p className="mt-2">{t("lessons.page.happened_text")}</p>
            <Link
              to="/security/freeze"
              className={`${buttonClasses("danger")} mt-4 w-full`}
              data-testid="safety-freeze"
            >
              {t(signedIn ? "lessons.page.freeze" : "lessons.page.sign_in")}
            </Link>
          </Card>
          {lessonIds.map((id) => {
            const Icon = lessonIcons[id];
            return (
              <Card key={id} id={id} className="scroll-mt-4">
                <h2 className="flex items-start gap-3 text-lg font-bold">
                  <Icon aria-hidden className="mt-1 size-5 shrink-0 text-jade" />
                  {t(`lessons.${id}.title`)}
                </h2>
                <p className="mt-2">{t(`lessons.${id}.text`)}</p>
                <ul className="mt-3 grid list-disc gap-2 pl-5 text-sm">
                  <li>{t(`lessons.${id}.do_first`)}</li>
                  <li>{t(`lessons.${id}.do_second`)}</li>
                  <li>{t(`lessons.${id}.do_third`)}</li>
                </ul>
              </Card>
            );
          })}
          <Card>
            <h2 className="flex items-center gap-3 text-lg font-bold">
              <Ban aria-hidden className="size-5 shrink-0 text-jade" />
              {t("lessons.page.never")}
            </h2>
            <ul className="mt-3 grid list-disc gap-2 pl-5">
              <li>{t("lessons.page.never_code")}</li>
              <li>{t("lessons.page.never_move")}</li>
              <li>{t("lessons.page.never_remote")}</li>
            </ul>
          </Card>
        </div>
      </Page>
    </PublicFrame>
  );
}

/** In the order of the page. */
const lessonIds = Object.keys(lessonIcons) as LessonId[];

import { buttonClasses, EmptyState, Page, Problem, SkeletonList } from "@jinqiao/ui";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useT } from "../text.ts";

/** Stands in while a page's code or the session is on its way. */
export function Waiting() {
  return (
    <main className="mx-auto w-full max-w-5xl p-5">
      <SkeletonList rows={5} />
    </main>
  );
}

/** A page that could not be shown, with the way to try again. */
export function Failed({ error, reset }: ErrorComponentProps) {
  const t = useT();
  const router = useRouter();
  return (
    <main className="mx-auto w-full max-w-xl p-5">
      <Page title={t("page.failed")}>
        <Problem
          error={error}
          onRetry={async () => {
            reset();
            await router.invalidate();
          }}
        />
      </Page>
    </main>
  );
}

export function Missing() {
  const t = useT();
  return (
    <main className="mx-auto w-full max-w-xl p-5">
      <Page title={t("page.missing.title")}>
        <EmptyState
          icon={Compass}
          title={t("page.missing.text")}
          action={
            <Link to="/" className={buttonClasses("primary")}>
              {t("nav.home")}
            </Link>
          }
        />
      </Page>
    </main>
  );
}

import { buttonClasses, EmptyState, Page } from "@jinqiao/ui";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Unlink } from "lucide-react";
import type { LinkMessageId } from "../../locales/link/en.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/link/failed");

/** Codes of the error catalogue with words of their own; any other gets the general words. */
const reasons: Record<string, LinkMessageId> = {
  "bank.unavailable": "link.failed.unavailable",
  "identity.not_signed_in": "link.failed.session",
};

export function LinkFailedPage() {
  const t = useT();
  const { reason = "" } = route.useSearch();
  return (
    <Page title={t("link.failed.title")} narrow>
      <EmptyState
        icon={Unlink}
        title={t("link.failed.headline")}
        action={
          <span className="flex flex-wrap justify-center gap-3">
            <Link to="/link" data-testid="action-link" className={buttonClasses("primary")}>
              {t("link.failed.again")}
            </Link>
            <Link to="/" className={buttonClasses("secondary")}>
              {t("nav.home")}
            </Link>
          </span>
        }
      >
        <p role="status">{t(reasons[reason] ?? "link.failed.other")}</p>
      </EmptyState>
    </Page>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bell } from "lucide-react";
import { unreadQuery } from "./queries.ts";
import { useT } from "./text.ts";

/** The way to the notices, with a mark while some are unread. */
export function NoticesBell() {
  const t = useT();
  const unread = useQuery(unreadQuery).data ?? 0;
  return (
    <Link
      to="/notices"
      aria-label={unread > 0 ? t("notices.bell.unread", { count: unread }) : t("notices.title")}
      data-testid="bell"
      data-unread={unread}
      className="relative inline-flex size-11 items-center justify-center rounded-full border border-line bg-surface hover:bg-jade-soft"
    >
      <Bell aria-hidden className="size-5" />
      {unread > 0 && (
        <span
          aria-hidden
          className="absolute -top-1 -right-1 min-w-5 rounded-full bg-jade-solid px-1 text-center text-xs font-bold text-on-jade"
        >
          {unread > 99 ? "99+" : unread}
        </span>
      )}
    </Link>
  );
}

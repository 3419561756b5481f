import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  classNames,
  DateText,
  EmptyState,
  Page,
  Problem,
  SkeletonList,
  useLocalText,
} from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bell, ChevronRight, ShieldCheck, WalletCards } from "lucide-react";
import { useEffect } from "react";
import { api, queryClient } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { NoticeSettings } from "./notice-settings.tsx";
import { type Notice, noticesQuery, unreadQuery } from "./queries.ts";
import { useT } from "./text.ts";

/** What was told to the customer, and how they want to be told. */
export function NoticesPage() {
  const t = useT();
  return (
    <Page title={t("notices.title")} leading={<BackLink to="/me" />}>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)]">
        <Latest />
        <NoticeSettings />
      </div>
    </Page>
  );
}

function Latest() {
  const t = useT();
  const notices = useInfiniteQuery(noticesQuery);
  const items = notices.data?.pages.flatMap((page) => page.items) ?? [];
  useMarkRead(items[0]);
  return (
    <section aria-labelledby="latest" className="grid min-w-0 gap-3">
      <h2 id="latest" className="text-lg font-bold">
        {t("notices.latest")}
      </h2>
      <Problem error={notices.error} onRetry={() => notices.refetch()} />
      {notices.isPending && <SkeletonList rows={3} />}
      {notices.data && items.length === 0 && (
        <Card>
          <EmptyState icon={Bell} title={t("notices.none")}>
            {t("notices.none.text")}
          </EmptyState>
        </Card>
      )}
      {items.length > 0 && (
        <Card aria-labelledby="latest" className="p-0! md:p-0!">
          <ul className="divide-y divide-line">
            {items.map((notice) => (
              <OneNotice key={notice.id} notice={notice} />
            ))}
          </ul>
        </Card>
      )}
      {notices.hasNextPage && (
        <Button
          variant="secondary"
          pending={notices.isFetchingNextPage}
          onClick={() => void notices.fetchNextPage()}
        >
          {t("notices.more")}
        </Button>
      )}
    </section>
  );
}

/** What stands on the screen has been read; the marks of this visit stay until the next one. */
function useMarkRead(newest: Notice | undefined): void {
  const upTo = newest?.read === false ? newest.id : undefined;
  useEffect(() => {
    if (upTo === undefined) return;
    void unwrap(api.POST("/v1/me/notices/read", { body: { upTo } }))
      .then(() => queryClient.invalidateQueries({ queryKey: unreadQuery.queryKey }))
      // The next visit marks them.
      .catch(() => undefined);
  }, [upTo]);
}

function OneNotice({ notice }: { notice: Notice }) {
  const t = useT();
  const local = useLocalText();
  const Icon = notice.group === "payments" ? WalletCards : ShieldCheck;
  const content = (
    <>
      <span className="mt-0.5 inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-jade-soft text-jade">
        <Icon aria-hidden className="size-5" />
      </span>
      <span className="grid min-w-0 flex-1 gap-0.5">
        <span data-foreign className={classNames(!notice.read && "font-semibold")}>
          {local(notice.title)}
          {!notice.read && (
            <span className="ml-2 inline-block rounded-full bg-jade-soft px-2 text-xs font-semibold text-jade">
              {t("notices.new")}
            </span>
          )}
        </span>
        <span data-foreign className="text-sm text-ink-muted">
          {local(notice.text)}
        </span>
        <span className="text-sm text-ink-muted">
          <DateText value={notice.at} style="date-time" />
        </span>
      </span>
      <ChevronRight aria-hidden className="mt-2 size-5 shrink-0 text-ink-muted" />
    </>
  );
  const look = "flex items-start gap-3 px-5 py-4 hover:bg-sunken";
  return (
    <li data-testid="notice" data-kind={notice.kind} data-read={notice.read}>
      {notice.action.kind === "payment" ? (
        <Link to="/activity/$paymentId" params={{ paymentId: notice.action.paymentId }} className={look}>
          {content}
        </Link>
      ) : (
        <Link to="/security" className={look}>
          {content}
        </Link>
      )}
    </li>
  );
}

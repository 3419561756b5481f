import {
  Badge,
  Button,
  Card,
  DateText,
  EmptyState,
  MoneyText,
  Page,
  Problem,
  SkeletonList,
  useLocalText,
} from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import { BackLink } from "../../app/back-link.tsx";
import { standingOf, standingTone } from "./dispute-words.ts";
import { disputesQuery } from "./queries.ts";
import { useT } from "./text.ts";

/** One's own disputes, newest first. */
export function DisputesPage() {
  const t = useT();
  const local = useLocalText();
  const disputes = useInfiniteQuery(disputesQuery);
  const items = disputes.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title={t("disputes.title")} leading={<BackLink to="/activity" />} narrow>
      <Problem error={disputes.error} onRetry={() => disputes.refetch()} />
      <Card>
        {disputes.isPending && <SkeletonList rows={3} />}
        {disputes.data && items.length === 0 && (
          <EmptyState icon={Scale} title={t("disputes.none")}>
            {t("disputes.none.text")}
          </EmptyState>
        )}
        <ul className="divide-y divide-line">
          {items.map((dispute) => {
            const standing = standingOf(dispute);
            return (
              <li key={dispute.id}>
                <Link
                  to="/disputes/$disputeId"
                  params={{ disputeId: dispute.id }}
                  className="-mx-2 flex min-h-14 items-center justify-between gap-3 rounded-2xl px-2 py-3 hover:bg-sunken"
                >
                  <span className="min-w-0">
                    <span className="block truncate font-semibold">{local(dispute.merchantName)}</span>
                    <span className="block text-sm text-ink-muted">
                      <DateText value={dispute.createdAt} style="date" />
                    </span>
                  </span>
                  <span className="flex flex-col items-end gap-1">
                    <MoneyText money={dispute.amount} className="font-bold" />
                    <Badge tone={standingTone[standing]}>{t(`disputes.standing.${standing}`)}</Badge>
                  </span>
                </Link>
              </li>
            );
          })}
        </ul>
        {disputes.hasNextPage && (
          <Button
            variant="secondary"
            className="mt-3 w-full"
            pending={disputes.isFetchingNextPage}
            onClick={() => void disputes.fetchNextPage()}
          >
            {t("disputes.more")}
          </Button>
        )}
      </Card>
    </Page>
  );
}

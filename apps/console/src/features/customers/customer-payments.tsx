import { unwrap } from "@jinqiao/contract/client";
import { MoneyText, Problem, SkeletonList, StatusBadge } from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../api.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { LoadMore } from "../../components/load-more.tsx";
import { Section } from "../../components/page.tsx";
import { useDeskT } from "../../i18n.ts";

/** What the customer paid and was paid, newest first; each leads to its page. */
export function CustomerPayments({ customerId }: { customerId: string }) {
  const t = useDeskT();
  const query = useInfiniteQuery({
    queryKey: ["payments", "of", customerId],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/console/payments", {
          params: { query: { customerId, limit: 20, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    retry: false,
  });
  const items = query.data?.pages.flatMap((page) => page.items);
  return (
    <Section title={t("customer.payments")}>
      {query.isPending && <SkeletonList rows={3} />}
      <Problem error={query.error} onRetry={() => query.refetch()} />
      {items?.length === 0 && <p className="text-sm text-ink-muted">{t("customer.payments_none")}</p>}
      <ul className="divide-y divide-line text-sm">
        {items?.map(({ payment }) => (
          <li
            key={payment.id}
            data-testid="customer-payment"
            className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-2"
          >
            <span>
              <Link
                to="/payments/$paymentId"
                params={{ paymentId: payment.id }}
                className="font-semibold text-jade underline"
              >
                {t(`kind.${payment.kind}`)}
              </Link>{" "}
              <span className="text-ink-muted">
                <InstantText value={payment.createdAt} />
              </span>
            </span>
            <span className="flex items-center gap-3">
              <MoneyText money={payment.amount} /> {payment.amount.currency}
              <StatusBadge status={payment.status} />
            </span>
          </li>
        ))}
      </ul>
      <LoadMore query={query} />
    </Section>
  );
}

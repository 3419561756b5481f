import {
  Button,
  buttonClasses,
  Card,
  EmptyState,
  Page,
  Problem,
  SelectField,
  SkeletonList,
} from "@jinqiao/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { FileText, ReceiptText } from "lucide-react";
import { balancesQuery, type Payment, paymentsQuery } from "../../api.ts";
import type { ActivitySearch } from "../../router.tsx";
import { useT } from "../../text.ts";
import { PaymentsByDay } from "./payment-row.tsx";

const route = getRouteApi("/signed-in/activity");

/** Payouts are of shops, and stand in nobody's wallet. */
const kinds: Exclude<Payment["kind"], "payout">[] = [
  "purchase",
  "transfer",
  "top_up",
  "withdrawal",
  "refund",
  "return",
];
/** Statuses that a customer meets; what is only a moment's state of ours is left out of the choice. */
const statuses: Payment["status"][] = [
  "settled",
  "action_required",
  "authorised",
  "submitted",
  "unknown",
  "rejected",
  "cancelled",
  "expired",
  "returned",
];

export function ActivityPage() {
  const t = useT();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const payments = useInfiniteQuery(paymentsQuery(filter));
  const balances = useQuery(balancesQuery);
  const filtered = Object.keys(filter).length > 0;
  const items = payments.data?.pages.flatMap((page) => page.items) ?? [];
  const choose = (name: keyof ActivitySearch, value: string): void => {
    const { [name]: _old, ...others } = filter;
    void navigate({ search: value === "" ? others : { ...others, [name]: value }, replace: true });
  };

  return (
    <Page
      title={t("activity.title")}
      actions={
        <Link to="/statements" className={buttonClasses("secondary", "small")}>
          <FileText aria-hidden className="size-4" />
          {t("statements.title")}
        </Link>
      }
    >
      <search className="mb-4 grid grid-cols-[repeat(2,minmax(0,1fr))] gap-3 md:grid-cols-[repeat(3,minmax(0,1fr))]">
        <SelectField
          name="kind"
          label={t("activity.filter.kind")}
          value={filter.kind ?? ""}
          onChange={(event) => choose("kind", event.target.value)}
        >
          <option value="">{t("activity.filter.all")}</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {t(`payment.kind.${kind}`)}
            </option>
          ))}
        </SelectField>
        <SelectField
          name="status"
          label={t("activity.filter.status")}
          value={filter.status ?? ""}
          onChange={(event) => choose("status", event.target.value)}
        >
          <option value="">{t("activity.filter.all")}</option>
          {statuses.map((status) => (
            <option key={status} value={status}>
              {t(`status.${status}`)}
            </option>
          ))}
        </SelectField>
        {(balances.data?.length ?? 0) > 1 && (
          <SelectField
            name="currency"
            label={t("activity.filter.currency")}
            value={filter.currency ?? ""}
            onChange={(event) => choose("currency", event.target.value)}
          >
            <option value="">{t("activity.filter.all")}</option>
            {balances.data?.map(({ currency }) => (
              <option key={currency} value={currency}>
                {currency}
              </option>
            ))}
          </SelectField>
        )}
      </search>

      <Card aria-label={t("activity.title")} aria-busy={payments.isFetching}>
        <Problem error={payments.error} onRetry={() => payments.refetch()} />
        {payments.isPending && <SkeletonList rows={6} />}
        {payments.isSuccess && items.length === 0 && (
          <EmptyState
            icon={ReceiptText}
            title={filtered ? t("activity.none_filtered") : t("activity.none")}
            action={
              filtered ? (
                <Link to="/activity" className={buttonClasses("secondary")}>
                  {t("activity.filter.clear")}
                </Link>
              ) : (
                <Link to="/top-up" className={buttonClasses("primary")}>
                  {t("action.top_up")}
                </Link>
              )
            }
          >
            {!filtered && t("activity.none.text")}
          </EmptyState>
        )}
        <PaymentsByDay payments={items} headingLevel="h2" />
        {payments.hasNextPage && (
          <div className="mt-4 flex justify-center">
            <Button variant="secondary" onClick={() => payments.fetchNextPage()}>
              {t("list.more")}
            </Button>
          </div>
        )}
      </Card>
    </Page>
  );
}

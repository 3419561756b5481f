import type { Payout, PayoutSchedule } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  checkAmount,
  DateText,
  EmptyState,
  Field,
  MoneyText,
  Notice,
  Problem,
  SkeletonList,
  type Tone,
} from "@jinqiao/ui";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { BanknoteArrowDown } from "lucide-react";
import { useState } from "react";
import { LoadMore } from "../../components/load-more.tsx";
import { Section } from "../../components/page.tsx";
import { Cell, type Column, Row, Table } from "../../components/table.tsx";
import { api, scopedKey, type WireMoney } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { usePortalNavigate } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { PortalRowLink } from "../components/portal-row.tsx";
import { balanceQuery, payoutScheduleQuery, payoutsQuery, profileQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { DailyStatement } from "./daily-statement.tsx";

export const payoutTones: Record<Payout["status"], Tone> = {
  pending: "neutral",
  in_transit: "warning",
  paid: "positive",
  failed: "danger",
  canceled: "neutral",
  returned: "aside",
};

/** When the next payout is and how much, paying out now, and what was paid out. */
export function PayoutsPage() {
  const t = useT();
  const schedule = useQuery(payoutScheduleQuery());
  const may = useMay("payouts.write");
  const profile = useQuery(profileQuery()).data?.profile;
  return (
    <>
      <PortalHeader title={t("portal.nav.payouts")} lead={t("payouts.lead")} />
      <div className="grid gap-4">
        <Section title={t("payouts.next")}>
          {schedule.isPending ? (
            <SkeletonList rows={1} />
          ) : schedule.isError ? (
            <Problem error={schedule.error} onRetry={() => schedule.refetch()} />
          ) : (
            <NextPayouts schedule={schedule.data} />
          )}
        </Section>
        {may && <PayOutNow />}
        <PayoutList />
        {profile && <DailyStatement timeZone={profile.timeZone} currency={profile.currency} />}
      </div>
    </>
  );
}

function NextPayouts({ schedule }: { schedule: PayoutSchedule }) {
  const t = useT();
  return (
    <>
      <p className="mb-2 text-sm text-ink-muted">
        {t(schedule.delayDays === 0 ? "payouts.rhythm.same_day" : "payouts.rhythm.next_day", {
          hour: `${String(schedule.cutOffHour).padStart(2, "0")}:00`,
          timeZone: schedule.timeZone,
        })}
      </p>
      {schedule.items.length === 0 && <p className="text-sm">{t("payouts.next.none")}</p>}
      <ul className="grid gap-3">
        {schedule.items.map((item) => (
          <li key={item.currency} data-testid="next-payout">
            <p className="flex flex-wrap items-baseline gap-x-3">
              <MoneyText money={item.amount} className="text-2xl font-bold" />
              <span className="text-sm text-ink-muted">
                {t("payouts.next.at")} <DateText value={item.nextAt} />
              </span>
            </p>
            {item.withheld && (
              <Notice tone="warning" className="mt-2">
                {t(`withheld.${item.withheld}`)}
              </Notice>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function PayOutNow() {
  const t = useT();
  const balance = useQuery(balanceQuery());
  const items = (balance.data?.items ?? []).filter((item) => !/^-|^[0.]*$/.test(item.available.amount));
  if (items.length === 0) return null;
  return (
    <Section title={t("payouts.now")} lead={t("payouts.now.lead")}>
      <div className="grid gap-4">
        {items.map((item) => (
          <PayOutForm key={item.currency} available={item.available} />
        ))}
      </div>
    </Section>
  );
}

function PayOutForm({ available }: { available: WireMoney }) {
  const t = useT();
  const queryClient = useQueryClient();
  const navigate = usePortalNavigate();
  const { currency } = available;
  const [text, setText] = useState(available.amount);
  const [tried, setTried] = useState(false);
  const check = checkAmount(text, currency, { limit: available });
  const { run, pending, error } = useAttempt(async (header, amount: string) => {
    const payout = await unwrap(
      api.POST("/v1/payouts", { params: { header }, body: { amount: { amount, currency } } }),
    );
    await queryClient.invalidateQueries({ queryKey: scopedKey("payouts") });
    await queryClient.invalidateQueries({ queryKey: scopedKey("balance") });
    await navigate(`/payouts/${payout.id}`);
  });
  return (
    <form
      noValidate
      className="grid max-w-md gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (check.ok) void run(check.money.amount);
      }}
    >
      <Field
        name={`payout-${currency}`}
        label={t("payouts.amount", { currency })}
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={tried && !check.ok ? t(check.id, { max: available.amount }) : null}
      />
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" data-testid="pay-out" pending={pending}>
          {t("payouts.now")}
        </Button>
      </div>
    </form>
  );
}

function PayoutList() {
  const t = useT();
  const query = useInfiniteQuery({ ...payoutsQuery({}), refetchInterval: 15_000 });
  if (query.isPending) return <SkeletonList rows={4} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0)
    return (
      <EmptyState icon={BanknoteArrowDown} title={t("payouts.none")}>
        {t("payouts.none_hint")}
      </EmptyState>
    );
  const columns: Column[] = [
    { id: "date", head: t("payouts.column.date") },
    { id: "account", head: t("payouts.column.account"), from: "sm" },
    { id: "status", head: t("payments.portal.status_column") },
    { id: "amount", head: t("payments.portal.amount_column"), align: "right" },
  ];
  return (
    <div className="rounded-2xl border border-line bg-surface px-2">
      <Table caption={t("portal.nav.payouts")} columns={columns}>
        {items.map((item) => (
          <Row key={item.id} testId="payout-row">
            <Cell column={columns[0]}>
              <PortalRowLink to={`/payouts/${item.id}`}>
                <DateText value={item.createdAt} />
              </PortalRowLink>
              {!item.automatic && <div className="text-xs text-ink-muted">{t("payouts.asked")}</div>}
            </Cell>
            <Cell column={columns[1]} className="font-mono text-xs">
              {item.settlementAccount?.maskedNumber ?? t("payouts.test_account")}
            </Cell>
            <Cell column={columns[2]}>
              <Badge tone={payoutTones[item.status]} data-testid="payout-status" data-status={item.status}>
                {t(`payout.${item.status}`)}
              </Badge>
            </Cell>
            <Cell column={columns[3]} className="whitespace-nowrap font-semibold">
              <MoneyText money={item.amount} />
              <span className="block text-xs font-normal text-ink-muted">{item.amount.currency}</span>
            </Cell>
          </Row>
        ))}
      </Table>
      <LoadMore query={query} />
    </div>
  );
}

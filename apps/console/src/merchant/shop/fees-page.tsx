import type { FeePlan } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  checkAmount,
  DateText,
  Field,
  MoneyText,
  Notice,
  Problem,
  SelectField,
  SkeletonList,
  useAction,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Section } from "../../components/page.tsx";
import { Cell, type Column, Table } from "../../components/table.tsx";
import { api } from "../app/api.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { percentOf } from "../payments/fee-arithmetic.tsx";
import { feePlanQuery, profileQuery } from "../queries.ts";
import { useT } from "../text.ts";

/** What the merchant pays, from when on, and what that makes of an amount. */
export function FeesPage() {
  const t = useT();
  const say = useLocalText();
  const query = useQuery(feePlanQuery());
  if (query.isPending) return <SkeletonList rows={5} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const { current, next } = query.data;
  return (
    <>
      <PortalHeader title={t("portal.nav.fees")} lead={t("fees.lead")} />
      <div className="grid gap-4">
        {next && (
          <Notice tone="info">
            {t("fees.next", { name: say(next.plan.name) })} <DateText value={next.from} style="date" />
          </Notice>
        )}
        <Section title={say(current.plan.name)}>
          <Terms plan={current.plan} />
        </Section>
        <Section title={t("fees.calculator")} lead={t("fees.calculator.lead")}>
          <Calculator />
        </Section>
      </div>
    </>
  );
}

function Terms({ plan }: { plan: FeePlan }) {
  const t = useT();
  const { rates, promotion, refundFee, settlement, reserve } = plan.terms;
  const columns: Column[] = [
    { id: "method", head: t("payment.method") },
    { id: "from", head: t("fees.volume_from"), align: "right" },
    { id: "fee", head: t("portal.nav.fees"), align: "right" },
  ];
  return (
    <div className="grid gap-3">
      {promotion && (
        <Notice tone="positive">
          {t("fees.promotion")} <DateText value={promotion.until} />
        </Notice>
      )}
      <Table caption={t("portal.nav.fees")} columns={columns}>
        {rates.flatMap((rate) =>
          rate.tiers.map((tier) => (
            <tr
              key={`${rate.method} ${rate.currency} ${tier.from}`}
              className="border-b border-line last:border-0"
            >
              <Cell column={columns[0]}>
                {rate.method === null
                  ? t(rates.length === 1 ? "fees.every_method" : "fees.any_method")
                  : t(`method.${rate.method}`)}
                {rate.currency !== null && <span className="text-ink-muted"> · {rate.currency}</span>}
              </Cell>
              <Cell column={columns[1]} className="tabular">
                {tier.from}
              </Cell>
              <Cell column={columns[2]} className="tabular font-semibold">
                {percentOf(tier.basisPoints)} %
                {!/^[0.]*$/.test(tier.fixed) && ` + ${tier.fixed} ${rate.currency ?? ""}`}
              </Cell>
            </tr>
          )),
        )}
      </Table>
      <ul className="grid gap-1 text-sm text-ink-muted">
        <li>{t(`fees.refund.${refundFee}`)}</li>
        <li>
          {t(settlement.delayDays === 0 ? "fees.settlement.same_day" : "fees.settlement.next_day", {
            hour: `${String(settlement.cutOffHour).padStart(2, "0")}:00`,
          })}
        </li>
        <li>
          {reserve === null
            ? t("fees.reserve.none")
            : t("fees.reserve", { percent: percentOf(reserve.basisPoints), days: reserve.days })}
        </li>
      </ul>
    </div>
  );
}

const methods = ["wallet_balance", "linked_bank", "pay_code"] as const;

function Calculator() {
  const t = useT();
  const currency = useQuery(profileQuery()).data?.profile.currency ?? "CNY";
  const [text, setText] = useState("100");
  const [method, setMethod] = useState<(typeof methods)[number]>("wallet_balance");
  const [tried, setTried] = useState(false);
  const [result, setResult] = useState<Awaited<ReturnType<typeof preview>> | null>(null);
  const check = checkAmount(text, currency);
  const { run, pending, error } = useAction(async (amount: string) => {
    setResult(await preview({ amount, currency }, method));
  });
  return (
    <form
      noValidate
      className="grid max-w-md gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (check.ok) void run(check.money.amount);
      }}
    >
      <Field
        name="calculator-amount"
        label={t("fees.amount", { currency })}
        inputMode="decimal"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={tried && !check.ok ? t(check.id) : null}
      />
      <SelectField
        name="calculator-method"
        label={t("payment.method")}
        value={method}
        onChange={(event) => setMethod(methods.find((one) => one === event.target.value) ?? method)}
      >
        {methods.map((one) => (
          <option key={one} value={one}>
            {t(`method.${one}`)}
          </option>
        ))}
      </SelectField>
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" variant="secondary" data-testid="calculate" pending={pending}>
          {t("fees.calculate")}
        </Button>
      </div>
      {result && (
        <p role="status" className="text-sm" data-testid="calculated">
          {t("fees.result")} <MoneyText money={result.fee} className="font-semibold" />
          {" · "}
          {t("fees.result.net")} <MoneyText money={result.net} className="font-semibold" />
          {result.promotional && ` · ${t("fees.result.promotional")}`}
        </p>
      )}
    </form>
  );
}

const preview = (amount: { amount: string; currency: string }, method: (typeof methods)[number]) =>
  unwrap(api.POST("/v1/fee_previews", { body: { amount, method, plan: "current" } }));

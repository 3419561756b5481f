import type { Payout, SettlementStatement } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  CopyText,
  DateText,
  MoneyText,
  Notice,
  Problem,
  SkeletonList,
  useLanguage,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { Cell, type Column, Table } from "../../components/table.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { PortalLink, usePortalParam } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { FileButton } from "../components/save-file.tsx";
import { payoutQuery, payoutStatementQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { payoutTones } from "./payouts-page.tsx";

/** One payout: where it is, how its amount comes about, and every line that is part of it. */
export function PayoutPage() {
  const t = useT();
  const language = useLanguage();
  const id = usePortalParam("payoutId");
  const query = useQuery({
    ...payoutQuery(id),
    refetchInterval: ({ state }) =>
      state.data && ["pending", "in_transit"].includes(state.data.status) ? 3_000 : false,
  });
  if (query.isPending) return <SkeletonList rows={6} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const payout = query.data;
  const file = (format: "csv" | "pdf") => ({
    fileName: `payout-${payout.id}.${format}`,
    get: () =>
      api.GET("/v1/payouts/{payoutId}/statement", {
        params: { path: { payoutId: payout.id }, query: { format, language } },
        parseAs: "blob",
      }),
  });
  return (
    <>
      <PortalHeader
        title={t("payout.title")}
        back={{ to: "/payouts", place: t("portal.nav.payouts") }}
        lead={<CopyText text={payout.id} />}
        actions={
          <>
            <FileButton {...file("pdf")} data-testid="payout-pdf">
              PDF
            </FileButton>
            <FileButton {...file("csv")} data-testid="payout-csv">
              CSV
            </FileButton>
          </>
        }
      />
      <div className="grid gap-4">
        <div className="grid gap-4 lg:grid-cols-[repeat(2,minmax(0,1fr))] lg:items-start">
          <PayoutFacts payout={payout} />
          <Section title={t("payout.arithmetic")} lead={t("payout.arithmetic.lead")}>
            <Arithmetic payout={payout} />
          </Section>
        </div>
        <Lines payoutId={payout.id} />
      </div>
    </>
  );
}

function PayoutFacts({ payout }: { payout: Payout }) {
  const t = useT();
  const say = useLocalText();
  const may = useMay("payouts.write");
  return (
    <Section
      title={t("payout.where")}
      aside={
        <Badge tone={payoutTones[payout.status]} data-testid="payout-status" data-status={payout.status}>
          {t(`payout.${payout.status}`)}
        </Badge>
      }
    >
      <MoneyText money={payout.amount} display data-testid="payout-amount" />
      <p className="mb-3 text-sm text-ink-muted">
        {t(payout.livemode ? `payout.${payout.status}.means` : "payout.test.means")}
      </p>
      {payout.failure && (
        <Notice tone="danger" className="mb-3">
          {say(payout.failure.text)}
        </Notice>
      )}
      {payout.waiting && (
        <Notice tone="warning" className="mb-3">
          {say(payout.waiting.text)}
        </Notice>
      )}
      <Facts>
        <Fact name={t("payouts.column.account")}>
          {payout.settlementAccount ? (
            <span className="font-mono">{payout.settlementAccount.maskedNumber}</span>
          ) : (
            t("payouts.test_account")
          )}
        </Fact>
        <Fact name={t("payout.reference")}>
          {payout.reference === null ? "—" : <span className="font-mono">{payout.reference}</span>}
        </Fact>
        <Fact name={t("payments.portal.created_column")}>
          <DateText value={payout.createdAt} />
        </Fact>
        {payout.expectedAt && (
          <Fact name={t("payout.expected")}>
            <DateText value={payout.expectedAt} />
          </Fact>
        )}
        {payout.returned && (
          <Fact name={t("payout.came_back")}>
            <MoneyText money={payout.returned} />
          </Fact>
        )}
      </Facts>
      {payout.status === "pending" && may && <CancelPayout payoutId={payout.id} />}
    </Section>
  );
}

function CancelPayout({ payoutId }: { payoutId: string }) {
  const t = useT();
  const queryClient = useQueryClient();
  const { run, pending, error } = useAttempt(async () => {
    await unwrap(api.POST("/v1/payouts/{payoutId}/cancel", { params: { path: { payoutId } } }));
    await queryClient.invalidateQueries({ queryKey: scopedKey("payouts") });
  });
  return (
    <div className="mt-4 grid gap-2">
      <Problem error={error} />
      <div>
        <Button
          variant="secondary"
          size="small"
          data-testid="cancel-payout"
          pending={pending}
          onClick={() => run()}
        >
          {t("payout.cancel")}
        </Button>
      </div>
    </div>
  );
}

/** In the order in which a person adds up: what was there, what came, what went, what is kept. */
const componentOrder = [
  "carriedOver",
  "payments",
  "fees",
  "refunds",
  "disputes",
  "returnedPayouts",
  "adjustments",
  "reserved",
  "released",
] as const;

function Arithmetic({ payout }: { payout: Payout }) {
  const t = useT();
  const { components } = payout;
  if (components === null) return <SkeletonList rows={4} />;
  return (
    <dl className="grid gap-1.5 text-sm" data-testid="payout-arithmetic">
      {componentOrder
        .filter((name) => name === "payments" || !/^-?[0.]*$/.test(components[name].amount))
        .map((name) => (
          <Line key={name} name={t(`component.${name}`)}>
            <MoneyText money={components[name]} data-testid={`component-${name}`} />
          </Line>
        ))}
      {!/^-?[0.]*$/.test(components.carriedForward.amount) && (
        <Line name={t("component.carriedForward")}>
          <MoneyText
            money={{ ...components.carriedForward, amount: negate(components.carriedForward.amount) }}
          />
        </Line>
      )}
      <Line total name={<strong>{t("component.payout")}</strong>}>
        <MoneyText money={payout.amount} className="text-base font-bold" />
      </Line>
    </dl>
  );
}

/** What is carried forward is left out of the payout: on this side of the sum it is taken away. */
const negate = (amount: string): string => (amount.startsWith("-") ? amount.slice(1) : `-${amount}`);

/** One line of a sum; `total` is the one below the rule. */
function Line({ name, total = false, children }: { name: ReactNode; total?: boolean; children: ReactNode }) {
  return (
    <div
      className={`flex flex-wrap justify-between gap-x-4 ${total ? "mt-1 border-t border-line-strong pt-2" : ""}`}
    >
      <dt className="text-ink-muted">{name}</dt>
      <dd className="tabular">{children}</dd>
    </div>
  );
}

function Lines({ payoutId }: { payoutId: string }) {
  const t = useT();
  const language = useLanguage();
  const statement = useQuery(payoutStatementQuery(payoutId, language));
  return (
    <Section title={t("payout.lines")} lead={t("payout.lines.lead")}>
      {statement.isPending ? (
        <SkeletonList rows={4} />
      ) : statement.isError ? (
        <Problem error={statement.error} onRetry={() => statement.refetch()} />
      ) : (
        <LineTable statement={statement.data} />
      )}
    </Section>
  );
}

function LineTable({ statement }: { statement: SettlementStatement }) {
  const t = useT();
  const columns: Column[] = [
    { id: "at", head: t("transactions.column.at") },
    { id: "what", head: t("transactions.column.type"), from: "sm" },
    { id: "amount", head: t("transactions.column.amount"), align: "right", from: "sm" },
    { id: "fee", head: t("transactions.column.fee"), align: "right", from: "sm" },
    { id: "net", head: t("transactions.column.net"), align: "right" },
  ];
  return (
    <Table caption={t("payout.lines")} columns={columns}>
      {statement.lines.map((line) => (
        <tr
          key={line.balanceTransaction}
          data-testid="payout-line"
          className="border-b border-line last:border-0"
        >
          <Cell column={columns[0]}>
            <DateText value={line.at} />
            <div className="text-xs text-ink-muted sm:hidden">{t(`transaction.${line.type}`)}</div>
          </Cell>
          <Cell column={columns[1]}>
            {line.source.startsWith("pi_") ? (
              <PortalLink to={`/payments/${line.source}`} className="text-jade underline">
                {t(`transaction.${line.type}`)}
              </PortalLink>
            ) : (
              t(`transaction.${line.type}`)
            )}
            {line.reference && (
              <span translate="no" className="block text-xs text-ink-muted">
                {line.reference}
              </span>
            )}
          </Cell>
          <Cell column={columns[2]}>
            <MoneyText money={line.amount} />
          </Cell>
          <Cell column={columns[3]}>
            <MoneyText money={line.fee} />
          </Cell>
          <Cell column={columns[4]} className="font-semibold">
            <MoneyText money={line.net} />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

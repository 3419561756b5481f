import type { Break } from "@jinqiao/contract";
import { CopyText, DateText, MoneyText, Notice, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { breakQuery } from "../../api.ts";
import { useMayAct } from "../../app/session.ts";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { useBreaksT, useLocalText } from "../../i18n.ts";
import { BreakAge, BreakBadge } from "./break-table.tsx";
import { ResolveBreak } from "./resolve-break.tsx";
import { Suggestions } from "./suggestions.tsx";

const route = getRouteApi("/staff/breaks/$breakId");

/** One difference: the bank's side and ours next to each other, why it was opened, and what may close it. */
export function BreakPage() {
  const t = useBreaksT();
  const localText = useLocalText();
  const mayAct = useMayAct();
  const { breakId } = route.useParams();
  const query = useQuery(breakQuery(breakId));
  if (query.isPending) return <SkeletonList rows={6} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const item = query.data;
  return (
    <>
      <PageHeader
        above={
          <Link to="/breaks" search={{ status: "open" }} className="text-sm text-jade">
            {t("breaks.title")}
          </Link>
        }
        title={t(`break_kind.${item.kind}`)}
        lead={localText(item.why)}
        actions={<BreakBadge status={item.status} />}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Sides item={item} />
        <Section title={t("break.belongs")}>
          <BreakFacts item={item} />
        </Section>
        {item.resolution !== null && <Resolution resolution={item.resolution} />}
        {item.matches.length > 0 && <Matches item={item} />}
        {item.status === "open" && <Suggestions item={item} />}
        {item.status === "open" &&
          (mayAct ? <ResolveBreak item={item} /> : <Notice tone="neutral">{t("break.viewer")}</Notice>)}
      </div>
    </>
  );
}

function Sides({ item }: { item: Break }) {
  const t = useBreaksT();
  const meaning = (direction: "credit" | "debit") =>
    t(item.kind === "closing_differs" ? "break.closing_balance" : `direction.${direction}`);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 md:grid-cols-3">
      <Section title={t("break.bank_side")}>
        {item.bankSide === null ? (
          <p className="text-sm text-ink-muted">{t("break.bank_side_none")}</p>
        ) : (
          <Side
            amount={item.bankSide.amount}
            means={meaning(item.bankSide.direction)}
            reference={item.bankSide.reference}
            name={item.bankSide.counterpartyName}
          />
        )}
      </Section>
      <Section title={t("break.our_side")}>
        {item.ledgerSide === null ? (
          <p className="text-sm text-ink-muted">{t("break.our_side_none")}</p>
        ) : (
          <Side
            amount={item.ledgerSide.amount}
            means={meaning(item.ledgerSide.direction)}
            reference={item.ledgerSide.reference}
            name={null}
          />
        )}
      </Section>
      <Section title={t("break.difference")}>
        <p data-testid="break-difference" className="text-2xl font-bold text-danger">
          <MoneyText money={item.difference} />
        </p>
        <p className="mt-1 text-sm text-ink-muted">{t("break.difference_hint")}</p>
      </Section>
    </div>
  );
}

function Side(props: {
  amount: { amount: string; currency: string };
  means: string;
  reference: string | null;
  name: string | null;
}) {
  return (
    <>
      <p className="text-2xl font-bold">
        <MoneyText money={props.amount} />
      </p>
      <p className="mt-1 text-sm text-ink-muted">{props.means}</p>
      {props.name !== null && <p className="mt-1 text-sm break-words">{props.name}</p>}
      {props.reference !== null && <CopyText text={props.reference} className="text-ink-muted" />}
    </>
  );
}

function BreakFacts({ item }: { item: Break }) {
  const t = useBreaksT();
  return (
    <Facts>
      <Fact name={t("break.id")}>
        <CopyText text={item.id} className="text-ink-muted" />
      </Fact>
      <Fact name={t("break.opened")}>
        <DateText value={item.openedAt} />
      </Fact>
      {item.age !== null && (
        <Fact name={t("breaks.column.age")}>
          <BreakAge age={item.age} />
        </Fact>
      )}
      <Fact name={t("break.bank_and_day")}>
        <code className="font-mono text-xs">{item.bankId}</code> · {item.currency} ·{" "}
        <DateText value={item.date} style="date" />
      </Fact>
      {item.statementId !== null && (
        <Fact name={t("break.statement")}>
          <Link
            to="/reconciliation/$statementId"
            params={{ statementId: item.statementId }}
            className="font-mono text-xs break-all text-jade"
          >
            {item.statementId}
          </Link>
        </Fact>
      )}
      {item.paymentId !== null && (
        <Fact name={t("break.payment")}>
          <Link
            to="/payments/$paymentId"
            params={{ paymentId: item.paymentId }}
            className="font-mono text-xs break-all text-jade"
          >
            {item.paymentId}
          </Link>
        </Fact>
      )}
    </Facts>
  );
}

/** The payments that the line was found to be. */
function Matches({ item }: { item: Break }) {
  const t = useBreaksT();
  return (
    <Section title={t("break.matches")} lead={t("break.matches_lead")}>
      <ul className="grid gap-2">
        {item.matches.map((share) => (
          <li key={share.paymentId} className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
            <Link
              to="/payments/$paymentId"
              params={{ paymentId: share.paymentId }}
              className="font-mono text-xs break-all text-jade"
            >
              {share.paymentId}
            </Link>
            <span>
              <span className="font-semibold">
                <MoneyText money={share.amount} />
              </span>{" "}
              · {t(`break_match.${share.outcome ?? "under_way"}`)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Resolution({ resolution }: { resolution: NonNullable<Break["resolution"]> }) {
  const t = useBreaksT();
  return (
    <section data-testid="break-resolution" aria-label={t("break.closed_title")}>
      <Notice tone="positive" icon={CircleCheck}>
        <p className="text-base font-semibold">{t("break.closed_title")}</p>
        <p className="mt-1">
          {t(`break_action.${resolution.action}`)} · {resolution.by} · <DateText value={resolution.at} />
        </p>
        <blockquote translate="no" className="mt-1 break-words">
          “{resolution.note}”
        </blockquote>
        <p className="mt-1 flex flex-wrap items-center gap-x-2">
          {t("break.closed_posting")} <CopyText text={resolution.transferId} />
        </p>
      </Notice>
    </section>
  );
}

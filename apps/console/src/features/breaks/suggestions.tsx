import type { Break, MatchSuggestion } from "@jinqiao/contract";
import { ApiError, idempotencyKey, unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  CopyText,
  DateText,
  Dialog,
  MoneyText,
  Problem,
  Skeleton,
  StatusBadge,
  useAction,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { api, breakQuery, suggestionsQuery } from "../../api.ts";
import { useMayAct } from "../../app/session.ts";
import { Section } from "../../components/page.tsx";
import { useBreaksT, useLocalText } from "../../i18n.ts";

/** What the line or the payment of this break may belong to, as cards that say why; an exact one can be accepted. */
export function Suggestions({ item }: { item: Break }) {
  const t = useBreaksT();
  const query = useQuery(suggestionsQuery(item.id));
  const [asked, setAsked] = useState<MatchSuggestion | undefined>();
  if (item.kind === "closing_differs") return null;
  return (
    <Section title={t("suggestions.title")} lead={t("suggestions.lead")}>
      {query.isPending && <Skeleton className="h-32" />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && query.data.items.length === 0 && (
        <p data-testid="no-suggestion" className="text-sm text-ink-muted">
          {t("suggestions.none")}
        </p>
      )}
      <ol className="grid grid-cols-[minmax(0,1fr)] gap-3">
        {query.data?.items.map((suggestion) => (
          <li
            key={[
              ...suggestion.lines.map((line) => line.breakId),
              ...suggestion.payments.map((one) => one.paymentId),
            ].join()}
          >
            <SuggestionCard suggestion={suggestion} onAccept={() => setAsked(suggestion)} />
          </li>
        ))}
      </ol>
      {asked !== undefined && <Accept item={item} suggestion={asked} onClose={() => setAsked(undefined)} />}
    </Section>
  );
}

function SuggestionCard({ suggestion, onAccept }: { suggestion: MatchSuggestion; onAccept: () => void }) {
  const t = useBreaksT();
  const localText = useLocalText();
  const mayAct = useMayAct();
  const { lines, payments } = suggestion;
  return (
    <article
      data-testid="suggestion"
      data-exact={suggestion.exact}
      className="rounded-xl border border-line p-3"
    >
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <p className="max-w-[60ch] min-w-0 text-sm font-semibold">{localText(suggestion.why)}</p>
        <Badge tone={!suggestion.exact ? "warning" : suggestion.score >= 60 ? "positive" : "neutral"}>
          {t(
            !suggestion.exact
              ? "suggestions.not_exact"
              : suggestion.score >= 60
                ? "suggestions.likely"
                : "suggestions.possible",
          )}
        </Badge>
      </div>
      <div className="mt-3 grid grid-cols-[minmax(0,1fr)] gap-3 @2xl:grid-cols-[repeat(2,minmax(0,1fr))]">
        <div>
          <h3 className="mb-1 text-xs text-ink-muted">
            {t("suggestions.bank_shows", { count: lines.length })}
          </h3>
          <ul className="grid gap-2">
            {lines.map((line) => (
              <li key={line.breakId} className="rounded-lg bg-sunken p-2 text-sm">
                <p className="flex flex-wrap justify-between gap-x-3">
                  <span className="font-semibold">
                    <MoneyText money={line.amount} />
                  </span>
                  <DateText value={line.bookingDate} style="date" />
                </p>
                {line.counterpartyName !== null && (
                  <p translate="no" className="break-words">
                    {line.counterpartyName}
                  </p>
                )}
                {line.remittance !== null && (
                  <p translate="no" className="text-xs break-words text-ink-muted">
                    {line.remittance}
                  </p>
                )}
                {line.reference !== null && <CopyText text={line.reference} className="text-ink-muted" />}
              </li>
            ))}
          </ul>
        </div>
        <div>
          <h3 className="mb-1 text-xs text-ink-muted">
            {t("suggestions.we_wait_for", { count: payments.length })}
          </h3>
          <ul className="grid gap-2">
            {payments.map((payment) => (
              <li key={payment.paymentId} className="rounded-lg bg-sunken p-2 text-sm">
                <p className="flex flex-wrap justify-between gap-x-3">
                  <span className="font-semibold">
                    <MoneyText money={payment.amount} />
                  </span>
                  <DateText value={payment.sentOn} style="date" />
                </p>
                {payment.names.length > 0 && (
                  <p translate="no" className="break-words">
                    {payment.names.join(" · ")}
                  </p>
                )}
                <p className="my-1">
                  <StatusBadge status={payment.status} />
                </p>
                <Link
                  to="/payments/$paymentId"
                  params={{ paymentId: payment.paymentId }}
                  className="font-mono text-xs break-all text-jade"
                >
                  {payment.reference}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      </div>
      {suggestion.exact ? (
        mayAct && (
          <Button className="mt-3" variant="secondary" data-testid="suggestion-accept" onClick={onAccept}>
            {t("suggestions.accept")}
          </Button>
        )
      ) : (
        <p className="mt-3 text-sm text-ink-muted">
          {t("suggestions.differs")} <MoneyText money={suggestion.difference} />
        </p>
      )}
    </article>
  );
}

/** The confirmation: what will happen to the money, and then it happens once. */
function Accept({
  item,
  suggestion,
  onClose,
}: {
  item: Break;
  suggestion: MatchSuggestion;
  onClose: () => void;
}) {
  const t = useBreaksT();
  const localText = useLocalText();
  const queryClient = useQueryClient();
  const key = useRef(idempotencyKey());
  const { run, pending, error } = useAction(async () => {
    try {
      const closed = await unwrap(
        api.POST("/v1/console/breaks/{breakId}/match", {
          params: { path: { breakId: item.id }, header: { "Idempotency-Key": key.current } },
          body: {
            breakIds: suggestion.lines.map((line) => line.breakId),
            paymentIds: suggestion.payments.map((payment) => payment.paymentId),
            note: localText(suggestion.why).slice(0, 140),
          },
        }),
      );
      queryClient.setQueryData(breakQuery(item.id).queryKey, closed);
      onClose();
      await Promise.all(
        ["breaks", "statements", "trial-balance", "payments", "cases"].map((kind) =>
          queryClient.invalidateQueries({ queryKey: [kind] }),
        ),
      );
    } catch (refusal) {
      // A refusal is a final answer to this key, and what is shown is out of date.
      if (refusal instanceof ApiError && refusal.problem.status < 500) {
        key.current = idempotencyKey();
        void queryClient.invalidateQueries({ queryKey: ["breaks"] });
      }
      throw refusal;
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("suggestions.confirm_title")}
      description={t("suggestions.confirm_text", {
        payments: suggestion.payments.length,
        lines: suggestion.lines.length,
      })}
    >
      <p className="mb-4 text-sm">{localText(suggestion.why)}</p>
      <ul className="mb-4 grid gap-1 text-sm">
        {suggestion.payments.map((payment) => (
          <li key={payment.paymentId} className="flex flex-wrap justify-between gap-x-3">
            <span translate="no">{payment.names[0] ?? payment.reference}</span>
            <span className="font-semibold">
              <MoneyText money={payment.amount} />
            </span>
          </li>
        ))}
      </ul>
      <Problem error={error} />
      <div className="mt-4 flex flex-wrap gap-3">
        <Button data-testid="suggestion-confirm" pending={pending} onClick={() => void run()}>
          {t("suggestions.confirm")}
        </Button>
        <Button variant="secondary" onClick={onClose}>
          {t("suggestions.back")}
        </Button>
      </div>
    </Dialog>
  );
}

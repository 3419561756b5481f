import {
  buttonClasses,
  DetailList,
  MoneyText,
  Notice,
  Problem,
  SkeletonList,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { FlaskConical, LogIn, WifiOff } from "lucide-react";
import { type ReactNode, useState } from "react";
import { PayForm } from "./pay-form.tsx";
import { NoPayment, PayOutcome } from "./pay-outcome.tsx";
import { isMissing, isOver, type Payable, payableQuery, whoQuery } from "./queries.ts";
import { TestOutcome } from "./test-outcome.tsx";
import { useT } from "./text.ts";

/**
 * Paying what a shop asks for, from the token of its link alone: used by checkouts, links, scanned codes and tags. It
 * shows what is asked, lets the payer sign in and come back, choose where the money comes from and confirm, and stays
 * in step with what becomes of it.
 */
export function PaySheet({
  token,
  summary = true,
  linksOut = true,
}: {
  token: string;
  /** False where the page around it already tells shop, amount and order. */
  summary?: boolean;
  /** False where the page around it leads on once it is paid. */
  linksOut?: boolean;
}) {
  const t = useT();
  const payable = useQuery(payableQuery(token));
  const [paymentId, setPaymentId] = useState<string>();
  if (payable.data === undefined) {
    if (isMissing(payable.error)) return <NoPayment />;
    return payable.error ? (
      <Problem error={payable.error} onRetry={() => payable.refetch()} />
    ) : (
      <SkeletonList rows={4} />
    );
  }
  const asked = payable.data;
  const over = isOver(asked) || (!asked.payable && asked.status !== "processing");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4" data-testid="pay-sheet" data-status={asked.status}>
      {summary && <Summary payable={asked} />}
      {payable.isError && <Offline />}
      {over ? (
        <PayOutcome payable={asked} paymentId={paymentId} linksOut={linksOut} />
      ) : !asked.livemode ? (
        <>
          <LastError payable={asked} />
          <TestOutcome payable={asked} />
        </>
      ) : (
        <SignedIn>
          {(name) => (
            <>
              {asked.status !== "processing" && <LastError payable={asked} />}
              <p className="text-sm text-ink-muted">{t("pay.signed_in", { name })}</p>
              <PayForm payable={asked} onPaid={setPaymentId} />
            </>
          )}
        </SignedIn>
      )}
    </div>
  );
}

/** Who is paid how much for what. */
function Summary({ payable }: { payable: Payable }) {
  const t = useT();
  return (
    <div>
      {!payable.livemode && (
        <Notice tone="warning" icon={FlaskConical} className="mb-4">
          {t("checkout.test")}
        </Notice>
      )}
      <p className="text-center text-sm text-ink-muted">{t("pay.amount")}</p>
      <p className="pb-3 text-center">
        <MoneyText display money={payable.amount} alwaysShown data-testid="pay-amount" />
      </p>
      <DetailList
        rows={[
          { label: t("pay.to"), value: <span data-testid="pay-shop">{payable.merchant.name}</span> },
          ...(payable.store ? [{ label: t("checkout.store"), value: payable.store.name }] : []),
          ...(payable.description ? [{ label: t("pay.for"), value: payable.description }] : []),
          ...(payable.reference ? [{ label: t("checkout.reference"), value: payable.reference }] : []),
        ]}
      />
    </div>
  );
}

/** Asks who is not signed in to do so, with the way back here; a wallet can be opened on the way. */
function SignedIn({ children }: { children: (name: string) => ReactNode }) {
  const t = useT();
  const next = useLocation({ select: ({ href }) => href });
  const who = useQuery(whoQuery);
  if (who.data) return <>{children(who.data.displayName)}</>;
  if (who.error) return <Problem error={who.error} onRetry={() => who.refetch()} />;
  if (who.isPending) return <SkeletonList rows={2} />;
  return (
    <div className="grid gap-3">
      <p className="text-center text-ink-muted">{t("pay.sign_in.text")}</p>
      <Link to="/sign-in" search={{ next }} className={buttonClasses("primary")} data-testid="pay-sign-in">
        <LogIn aria-hidden className="size-5" />
        {t("pay.sign_in")}
      </Link>
      <Link to="/sign-up" search={{ next }} className={buttonClasses("secondary")} data-testid="pay-sign-up">
        {t("pay.sign_up")}
      </Link>
    </div>
  );
}

function LastError({ payable }: { payable: Payable }) {
  const t = useT();
  const local = useLocalText();
  if (payable.lastError === null) return null;
  return (
    <Notice tone="danger" role="status">
      <p data-testid="last-error" data-code={payable.lastError.code}>
        {t("pay.last_error")} {local(payable.lastError.text)}
      </p>
    </Notice>
  );
}

/** The page stays as it was last known and goes on by itself. */
export function Offline() {
  const t = useT();
  return (
    <Notice tone="warning" icon={WifiOff} role="status">
      <span data-testid="pay-offline">{t("checkout.offline")}</span>
    </Notice>
  );
}

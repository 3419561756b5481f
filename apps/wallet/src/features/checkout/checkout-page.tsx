import {
  buttonClasses,
  Card,
  DateText,
  languageSetting,
  Notice,
  Page,
  Problem,
  SkeletonList,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useEffect, useState } from "react";
import { CheckoutFrame } from "./checkout-frame.tsx";
import { goToShop } from "./go-to-shop.ts";
import { OrderLines } from "./order-lines.tsx";
import { NoPayment } from "./pay-outcome.tsx";
import { Offline, PaySheet } from "./pay-sheet.tsx";
import { tellShopPage } from "./payment-handler.ts";
import { PhoneCode } from "./phone-code.tsx";
import { type Checkout, checkoutQuery, isMissing } from "./queries.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/checkout/$token");

/** The page a shop sends its payer to: what is bought, how to pay it, and the way back to the shop. */
export function CheckoutPage() {
  const t = useT();
  const { token } = route.useParams();
  const checkout = useQuery(checkoutQuery(token));
  const found = checkout.data;
  useShopLanguage(found?.locale);
  return (
    <CheckoutFrame>
      <Page
        title={found ? t("checkout.title", { shop: found.merchant.name }) : t("checkout.loading")}
        narrow={found === undefined}
      >
        {found ? (
          <Open checkout={found} token={token} offline={checkout.isError} />
        ) : (
          <Card aria-label={t("checkout.loading")}>
            {isMissing(checkout.error) ? (
              <NoPayment />
            ) : checkout.error ? (
              <Problem error={checkout.error} onRetry={() => checkout.refetch()} />
            ) : (
              <SkeletonList rows={5} />
            )}
          </Card>
        )}
      </Page>
    </CheckoutFrame>
  );
}

function Open({ checkout, token, offline }: { checkout: Checkout; token: string; offline: boolean }) {
  const t = useT();
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 md:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {!checkout.livemode && (
          <Notice tone="warning" icon={FlaskConical}>
            <span data-testid="test-mode">{t("checkout.test")}</span>
          </Notice>
        )}
        <Card aria-labelledby="order">
          <h2 id="order" className="mb-1 font-bold">
            {t("checkout.order")}
          </h2>
          <OrderLines checkout={checkout} />
          <div className="mt-4 grid gap-1 text-sm text-ink-muted">
            {checkout.storeName && <p>{t("checkout.store.line", { store: checkout.storeName })}</p>}
            {checkout.reference && <p>{t("checkout.reference.line", { reference: checkout.reference })}</p>}
            {checkout.status === "open" && (
              <p>
                <Until at={checkout.expiresAt} />
              </p>
            )}
          </div>
        </Card>
        {checkout.status === "open" && checkout.paymentStatus === "unpaid" && (
          <PhoneCode link={checkout.payLink} />
        )}
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {offline && <Offline />}
        <Card aria-label={t("checkout.loading")}>
          <PaySheet token={token} summary={false} linksOut={false} />
          <BackToShop checkout={checkout} />
        </Card>
      </div>
    </div>
  );
}

function Until({ at }: { at: string }) {
  const t = useT();
  const [before, after] = t("checkout.expires", { time: "\u0000" }).split("\u0000");
  return (
    <>
      {before}
      <DateText value={at} />
      {after}
    </>
  );
}

/** How long a person reads that it is paid before the page goes on by itself. */
const readSeconds = 5;

/** The way back: by itself once it is paid, by a link before and after. */
function BackToShop({ checkout }: { checkout: Checkout }) {
  const t = useT();
  const { status, returnUrl, cancelUrl, shopHost: host } = checkout;
  const [seconds, setSeconds] = useState(readSeconds);
  const onwards = status === "complete" ? returnUrl : null;
  useEffect(() => {
    if (onwards === null) return;
    // A shop that called the wallet over its own page is told there; this window then closes.
    if (tellShopPage(checkout.checkoutSessionId, "complete")) return;
    const timer = setInterval(() => setSeconds((left) => left - 1), 1_000);
    return () => clearInterval(timer);
  }, [onwards, checkout.checkoutSessionId]);
  useEffect(() => {
    if (onwards !== null && seconds <= 0) goToShop(onwards);
  }, [onwards, seconds]);
  const address = onwards ?? cancelUrl;
  return (
    <div className="mt-4 grid justify-items-center gap-2 border-t border-line pt-4 text-center">
      {onwards && (
        <p className="text-sm text-ink-muted" data-testid="forward">
          {t("checkout.forward", { host, seconds: Math.max(seconds, 0) })}
        </p>
      )}
      <a
        href={address}
        data-testid={onwards ? "back-to-shop" : "cancel-checkout"}
        className={buttonClasses(onwards ? "primary" : "ghost")}
        onClick={(event) => {
          event.preventDefault();
          if (status !== "complete" && tellShopPage(checkout.checkoutSessionId, "cancelled")) return;
          goToShop(address);
        }}
      >
        {status === "open" ? t("checkout.cancel", { host }) : t("checkout.back", { host })}
      </a>
      {!onwards && <p className="text-sm text-ink-muted">{t("checkout.leave", { host })}</p>}
    </div>
  );
}

/** The shop's language counts for whoever has not chosen one here. */
function useShopLanguage(locale: Checkout["locale"] | undefined): void {
  useEffect(() => {
    if (locale === undefined || locale === "auto" || languageSetting.chosen()) return;
    languageSetting.set(locale);
  }, [locale]);
}

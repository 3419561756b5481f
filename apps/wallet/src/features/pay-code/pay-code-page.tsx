import { payCodeQr } from "@jinqiao/qr";
import {
  Button,
  buttonClasses,
  Notice,
  Problem,
  SkeletonList,
  useDocumentTitle,
  useFormatMoney,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, EyeOff, LogIn, ScanLine, ShieldQuestion, WifiOff, X } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { encode } from "uqr";
import { balancesQuery } from "../../api.ts";
import { whoQuery } from "../checkout/queries.ts";
import { useT } from "../scan/text.ts";
import { type PayKey, payKeyFor, storedPayKey } from "./pay-key.ts";
import { type Charge, useCharges } from "./use-charges.ts";
import { type ShownCode, usePayCode } from "./use-pay-code.ts";

/**
 * The payer's code for a till. It stands outside of the wallet's frame and needs no session to be shown, because it
 * has to work where there is no network. Always black on white: a till's scanner reads it off the screen.
 */
export function PayCodePage() {
  const t = useT();
  useDocumentTitle(t("paycode.title"));
  useAwakeScreen();
  useGround("#0b5750");
  const online = useOnline();
  const who = useQuery({ ...whoQuery, enabled: online });
  const customerId = who.data?.id;
  const payKey = useQuery({
    queryKey: ["pay-key", customerId ?? null, online],
    // Without a network, or before it has answered, the key that lies here is as good.
    queryFn: async () =>
      (customerId !== undefined && online ? await payKeyFor(customerId) : await storedPayKey()) ?? null,
    enabled: !online || who.isFetched,
    networkMode: "always",
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const { charge, dismiss } = useCharges(online && customerId !== undefined);
  const signedOut = online && who.data === null;
  const usable = !signedOut ? (payKey.data ?? undefined) : undefined;
  const { code, hidden, renew } = usePayCode(usable, charge === null);

  return (
    <div className="min-h-dvh bg-[#0b5750] px-4 pb-[env(safe-area-inset-bottom)] text-white">
      <div className="mx-auto flex min-h-dvh w-full max-w-md flex-col">
        <header className="flex items-center justify-between gap-3 py-4">
          <h1 className="text-xl font-bold" tabIndex={-1}>
            {t("paycode.title")}
          </h1>
          <Link
            to="/"
            aria-label={t("paycode.close")}
            className="inline-flex size-11 items-center justify-center rounded-full bg-white/15 hover:bg-white/25 focus-visible:outline-white"
            data-testid="paycode-close"
          >
            <X aria-hidden className="size-6" />
          </Link>
        </header>
        <main className="rounded-card bg-white p-5 text-[#0b1a1c]" data-testid="pay-code-card">
          {charge ? (
            <Charged
              charge={charge}
              onAgain={() => {
                dismiss();
                renew();
              }}
            />
          ) : signedOut || (payKey.isSuccess && payKey.data === null) ? (
            <SignInFirst />
          ) : payKey.isError ? (
            <KeyProblem error={payKey.error} onRetry={() => payKey.refetch()} />
          ) : hidden ? (
            <Hidden onShow={renew} />
          ) : code && usable ? (
            <Shown code={code} payKey={usable} online={online} />
          ) : (
            <SkeletonList rows={4} />
          )}
        </main>
        <Link
          to="/scan"
          className="mx-auto my-6 inline-flex min-h-12 items-center gap-2 rounded-full bg-white/15 px-6 font-semibold hover:bg-white/25 focus-visible:outline-white"
        >
          <ScanLine aria-hidden className="size-5" />
          {t("paycode.scan")}
        </Link>
      </div>
    </div>
  );
}

function Shown({ code, payKey, online }: { code: ShownCode; payKey: PayKey; online: boolean }) {
  const t = useT();
  const format = useFormatMoney();
  const [digits, setDigits] = useState(false);
  const balances = useQuery({ ...balancesQuery, enabled: online });
  const currency = balances.data?.[0]?.currency;
  const small = payKey.small.find((one) => one.currency === currency);
  const { size, path } = useMemo(() => pathOf(payCodeQr(code.digits)), [code.digits]);
  return (
    <div className="grid justify-items-center gap-3 text-center">
      <p className="font-medium">{t("paycode.hint")}</p>
      <svg
        role="img"
        aria-label={t("paycode.label")}
        viewBox={`0 0 ${size} ${size}`}
        shapeRendering="crispEdges"
        className="w-full max-w-80"
        data-testid="pay-code"
        data-digits={code.digits}
      >
        <rect width={size} height={size} fill="#ffffff" />
        <path d={path} fill="#000000" />
      </svg>
      <div className="h-1.5 w-full max-w-80 overflow-hidden rounded-full bg-[#dde6e6]" aria-hidden>
        <div
          className="h-full rounded-full bg-[#0b665f] transition-[width] duration-1000 ease-linear"
          style={{ width: `${(code.secondsLeft / 60) * 100}%` }}
        />
      </div>
      <p className="tabular text-sm text-[#4a5a5d]" data-testid="pay-code-left">
        {t("paycode.next", { seconds: code.secondsLeft })}
      </p>
      {digits && (
        <>
          <p className="tabular font-mono text-base" translate="no" data-testid="pay-code-digits">
            {code.digits.replace(/(.{4})(?=.)/g, "$1 ")}
          </p>
          <p className="text-sm text-[#4a5a5d]">{t("paycode.digits.warn")}</p>
        </>
      )}
      <button
        type="button"
        className="min-h-11 rounded-full px-4 font-semibold text-[#0b665f] hover:bg-[#e6f2f0] focus-visible:outline-[#0b665f]"
        aria-expanded={digits}
        data-testid="pay-code-show-digits"
        onClick={() => setDigits(!digits)}
      >
        {t(digits ? "paycode.digits.hide" : "paycode.digits.show")}
      </button>
      {small && <p className="text-sm text-[#4a5a5d]">{t("paycode.small", { amount: format(small) })}</p>}
      {!online && (
        <p
          role="status"
          className="flex gap-3 rounded-2xl bg-[#fdf3dc] px-4 py-3 text-left text-sm text-[#5f4300]"
          data-testid="pay-code-offline"
        >
          <WifiOff aria-hidden className="mt-0.5 size-5 shrink-0" />
          {t("paycode.offline")}
        </p>
      )}
    </div>
  );
}

/** What the till did: paid, or asked for more than passes by itself. */
function Charged({ charge, onAgain }: { charge: Charge; onAgain: () => void }) {
  const t = useT();
  const local = useLocalText();
  const format = useFormatMoney();
  const values = { amount: format(charge.amount), shop: local(charge.merchantName) };
  const paid = charge.outcome === "paid";
  const Icon = paid ? CircleCheck : ShieldQuestion;
  return (
    <div
      role="status"
      className="grid justify-items-center gap-3 py-6 text-center"
      data-testid="pay-code-charged"
      data-outcome={charge.outcome}
    >
      <Icon aria-hidden className={`size-16 ${paid ? "text-[#0b665f]" : "text-[#8a5a00]"}`} />
      <p className="text-2xl font-bold">{t(paid ? "paycode.paid" : "paycode.confirm")}</p>
      <p className="text-lg">{t(paid ? "paycode.paid.text" : "paycode.confirm.text", values)}</p>
      {!paid && (
        <OnWhite>
          <Link
            to="/pay/$token"
            params={{ token: charge.token }}
            className="inline-flex min-h-12 w-full items-center justify-center rounded-full bg-[#0b665f] px-6 font-semibold text-white"
            data-testid="pay-code-confirm"
          >
            {t("paycode.confirm.action")}
          </Link>
        </OnWhite>
      )}
      {paid && charge.paymentId && (
        <OnWhite>
          <Link
            to="/activity/$paymentId"
            params={{ paymentId: charge.paymentId }}
            className="inline-flex min-h-12 w-full items-center justify-center rounded-full border border-[#c5d3d3] px-6 font-semibold"
          >
            {t("paycode.details")}
          </Link>
        </OnWhite>
      )}
      <button
        type="button"
        className="min-h-11 rounded-full px-4 font-semibold text-[#0b665f] hover:bg-[#e6f2f0] focus-visible:outline-[#0b665f]"
        onClick={onAgain}
        data-testid="pay-code-again"
      >
        {t("paycode.again")}
      </button>
    </div>
  );
}

const OnWhite = ({ children }: { children: ReactNode }) => <div className="mt-3 w-full">{children}</div>;

function Hidden({ onShow }: { onShow: () => void }) {
  const t = useT();
  return (
    <div className="grid justify-items-center gap-3 py-10 text-center" data-testid="pay-code-hidden">
      <EyeOff aria-hidden className="size-12 text-[#4a5a5d]" />
      <p className="text-lg font-bold">{t("paycode.paused")}</p>
      <p className="text-[#4a5a5d]">{t("paycode.paused.text")}</p>
      <Button onClick={onShow}>{t("paycode.paused.show")}</Button>
    </div>
  );
}

function SignInFirst() {
  const t = useT();
  return (
    <div className="grid justify-items-center gap-4 py-8 text-center" data-testid="pay-code-sign-in">
      <p>{t("paycode.sign_in")}</p>
      <Link to="/sign-in" search={{ next: "/pay-code" }} className={buttonClasses("primary")}>
        <LogIn aria-hidden className="size-5" />
        {t("paycode.sign_in.action")}
      </Link>
    </div>
  );
}

function KeyProblem({ error, onRetry }: { error: unknown; onRetry: () => unknown }) {
  const t = useT();
  if (error instanceof DOMException || error instanceof TypeError)
    return <Notice tone="warning">{t("paycode.no_store")}</Notice>;
  return <Problem error={error} onRetry={onRetry} />;
}

function pathOf(text: string): { size: number; path: string } {
  const { size, data } = encode(text, { ecc: "M", border: 2 });
  const cells = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size, path: cells.join("") };
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener("online", listener);
      window.addEventListener("offline", listener);
      return () => {
        window.removeEventListener("online", listener);
        window.removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
  );
}

/** The window's own ground, which shows beside the page where room is kept for a scroll bar. */
function useGround(colour: string): void {
  useEffect(() => {
    const { style } = document.documentElement;
    const before = style.backgroundColor;
    style.backgroundColor = colour;
    return () => {
      style.backgroundColor = before;
    };
  }, [colour]);
}

/** The screen must not go dark while somebody waits at the till (W3C Screen Wake Lock); where it cannot, nothing happens. */
function useAwakeScreen(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let ended = false;
    const hold = async (): Promise<void> => {
      if (document.visibilityState !== "visible") return;
      try {
        lock = await navigator.wakeLock?.request("screen");
        if (ended) await lock?.release();
      } catch {
        // Refused, for example to save the battery.
      }
    };
    void hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      ended = true;
      document.removeEventListener("visibilitychange", hold);
      void lock?.release();
    };
  }, []);
}

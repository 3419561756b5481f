import { formatMoney, type WireMoney } from "@jinqiao/money";
import { Eye, EyeOff } from "lucide-react";
import { classNames } from "./class-names.ts";
import { useLocaleTag, useTranslate } from "./i18n.tsx";
import { useRemembered } from "./remembered.ts";
import { amountsSetting } from "./settings.ts";

/**
 * An amount in the person's language, exact for any size, with figures of equal width. Masked everywhere while the
 * eye is off; `alwaysShown` is for the amount a person is about to confirm.
 * @param signed puts + or − in front and colours money that came in; `pending` leaves the colour out, because the
 * money is not there yet
 */
export function MoneyText({
  money,
  signed = false,
  alwaysShown = false,
  display = false,
  className,
  "data-testid": testId,
}: {
  money: WireMoney;
  signed?: boolean | "pending";
  alwaysShown?: boolean;
  /** The one large figure of a page: as large as its length allows on a phone. */
  display?: boolean;
  className?: string;
  "data-testid"?: string;
}) {
  const t = useTranslate();
  const format = useFormatMoney();
  const [amounts] = useRemembered(amountsSetting);
  const hidden = amounts === "hidden" && !alwaysShown;
  const text = format(money, signed !== false);
  const incoming = signed === true && !money.amount.startsWith("-");
  return (
    <span
      data-testid={testId}
      data-amount={hidden ? undefined : money.amount}
      className={classNames(
        "tabular whitespace-nowrap",
        incoming && !hidden && "text-positive",
        display && displaySize(hidden ? 4 : text.length),
        className,
      )}
    >
      {hidden ? (
        <>
          <span aria-hidden>••••</span>
          <span className="sr-only">{t("ui.amount.hidden")}</span>
        </>
      ) : (
        text
      )}
    </span>
  );
}

/** A phone of 390 pixels has room for some 12 large figures; nothing may widen the page. */
function displaySize(length: number): string {
  const size = length <= 12 ? "text-4xl" : length <= 15 ? "text-3xl" : length <= 20 ? "text-2xl" : "text-lg";
  return `${size} font-bold tracking-tight`;
}

/** Formats money as text in the language on screen, for sentences. It does not heed the eye. */
export function useFormatMoney(): (money: WireMoney, signed?: boolean) => string {
  const tag = useLocaleTag();
  return (money, signed = false) => formatMoney(money, tag, signed ? { signDisplay: "always" } : {});
}

/** As `useFormatMoney`, but masked while the eye is off. */
export function useFormatMaskedMoney(): (money: WireMoney) => string {
  const format = useFormatMoney();
  const [amounts] = useRemembered(amountsSetting);
  return (money) => (amounts === "hidden" ? "••••" : format(money));
}

/** The eye that hides all amounts, remembered in this browser. */
export function AmountsToggle({ className }: { className?: string }) {
  const t = useTranslate();
  const [amounts, setAmounts] = useRemembered(amountsSetting);
  const hidden = amounts === "hidden";
  const label = hidden ? t("ui.amount.show") : t("ui.amount.hide");
  return (
    <button
      type="button"
      data-testid="amounts-toggle"
      aria-label={label}
      title={label}
      onClick={() => setAmounts(hidden ? "shown" : "hidden")}
      className={classNames("inline-flex size-9 items-center justify-center rounded-full", className)}
    >
      {hidden ? <EyeOff aria-hidden className="size-5" /> : <Eye aria-hidden className="size-5" />}
    </button>
  );
}

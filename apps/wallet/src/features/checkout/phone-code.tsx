import { Card } from "@jinqiao/ui";
import { useMemo } from "react";
import { encode } from "uqr";
import { useT } from "./text.ts";

/** The same payment for whoever has the wallet on a phone beside this screen. */
export function PhoneCode({ link }: { link: string }) {
  const t = useT();
  const { size, path } = useMemo(() => {
    const { size, data } = encode(link, { ecc: "M", border: 2 });
    const cells = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { size, path: cells.join("") };
  }, [link]);
  return (
    <Card aria-labelledby="phone-code" className="max-md:hidden" data-testid="phone-code">
      <div className="flex items-center gap-5">
        <svg
          role="img"
          aria-label={t("checkout.phone.label")}
          viewBox={`0 0 ${size} ${size}`}
          shapeRendering="crispEdges"
          className="w-36 shrink-0 rounded-2xl"
        >
          <rect width={size} height={size} fill="#ffffff" />
          <path d={path} fill="#000000" />
        </svg>
        <div className="min-w-0">
          <h2 id="phone-code" className="font-bold">
            {t("checkout.phone.title")}
          </h2>
          <p className="mt-1 text-sm text-ink-muted">{t("checkout.phone.text")}</p>
        </div>
      </div>
    </Card>
  );
}

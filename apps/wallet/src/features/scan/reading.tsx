import type { components } from "@jinqiao/contract/client";
import { buttonClasses, Card, classNames, DetailList, MoneyText, Notice, useLocalText } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import {
  BadgeCheck,
  Ban,
  CircleHelp,
  Globe,
  type LucideIcon,
  QrCode,
  ShieldX,
  Shuffle,
  TimerOff,
} from "lucide-react";
import type { ReactNode } from "react";
import type { CodesMessageId } from "../../locales/codes/en.ts";
import { StaticCodeForm } from "./static-code-form.tsx";
import { useT } from "./text.ts";

export type Reading = components["schemas"]["CodeReading"];

type Look = { title: CodesMessageId; icon: LucideIcon; tone: "good" | "bad" | "plain" };

function lookOf({ kind, verdict }: Reading): Look {
  if (verdict === "forged") return { title: "code.forged", icon: ShieldX, tone: "bad" };
  if (verdict === "revoked") return { title: "code.revoked", icon: Ban, tone: "plain" };
  if (verdict === "ended") return { title: "code.ended", icon: TimerOff, tone: "plain" };
  if (verdict === "genuine") return { title: "code.genuine", icon: BadgeCheck, tone: "good" };
  if (kind === "other_scheme") return { title: "code.other", icon: Shuffle, tone: "plain" };
  if (kind === "pay_code") return { title: "code.pay_code", icon: QrCode, tone: "plain" };
  if (kind === "website") return { title: "code.website", icon: Globe, tone: "plain" };
  return { title: "code.not_readable", icon: CircleHelp, tone: "plain" };
}

/** What a scanned code is, and what to do with it. `again` leads back to scanning. */
export function CodeResult({ reading, again }: { reading: Reading; again: ReactNode }) {
  const t = useT();
  const local = useLocalText();
  const look = lookOf(reading);
  return (
    <Card data-testid="code-result" data-kind={reading.kind} data-verdict={reading.verdict ?? "none"}>
      <div className="flex items-start gap-4" role={look.tone === "bad" ? "alert" : "status"}>
        <span
          className={classNames(
            "inline-flex size-12 shrink-0 items-center justify-center rounded-2xl",
            look.tone === "good" && "bg-positive-soft text-positive",
            look.tone === "bad" && "bg-danger-soft text-danger",
            look.tone === "plain" && "bg-neutral-soft text-neutral",
          )}
        >
          <look.icon aria-hidden className="size-6" />
        </span>
        <div className="min-w-0">
          <h2 className="text-lg font-bold">{t(look.title)}</h2>
          <p className="mt-1" data-testid="code-text">
            {local(reading.text)}
          </p>
        </div>
      </div>
      {reading.code && (
        <div className="mt-5">
          <StaticCodeForm code={reading.code} />
        </div>
      )}
      {reading.claims && <Claims reading={reading} claims={reading.claims} />}
      <div className="mt-6 flex flex-wrap gap-3">
        {again}
        {reading.kind === "pay_code" && (
          <Link to="/pay-code" className={buttonClasses("secondary")}>
            <QrCode aria-hidden className="size-5" />
            {t("code.paycode")}
          </Link>
        )}
      </div>
    </Card>
  );
}

/** What a code says of itself, apart from what we say of it: nobody has checked it. */
function Claims({ reading, claims }: { reading: Reading; claims: NonNullable<Reading["claims"]> }) {
  const t = useT();
  const local = useLocalText();
  const plain = (label: CodesMessageId, value: string | null) =>
    value === null || value === ""
      ? []
      : [
          {
            label: t(label),
            value: (
              <span className="break-words" translate="no">
                {value}
              </span>
            ),
          },
        ];
  const rows = [
    ...(reading.schemes.length > 0
      ? [{ label: t("code.scheme"), value: reading.schemes.map(({ name }) => local(name)).join(" · ") }]
      : []),
    ...plain("code.says.name", claims.name),
    ...plain("code.says.place", claims.place),
    ...(claims.amount
      ? [{ label: t("code.says.amount"), value: <MoneyText money={claims.amount} alwaysShown /> }]
      : []),
    ...plain("code.says.reference", claims.reference),
    ...(claims.address === null
      ? []
      : [
          {
            label: t("code.says.address"),
            value: (
              <span className="break-all" translate="no">
                {claims.address}
              </span>
            ),
          },
        ]),
  ];
  if (rows.length === 0) return null;
  return (
    <Notice className="mt-5" tone={reading.verdict === "forged" ? "danger" : "neutral"}>
      <p className="mb-2 font-semibold">{t("code.says")}</p>
      <DetailList rows={rows} />
    </Notice>
  );
}

import { isCurrency, toWire } from "@jinqiao/money";
import { problemTexts, type ReceiptFacts, type ReceiptVerdict } from "@jinqiao/transparency";
import { Card, classNames, DateText, DetailList, MoneyText, useLocaleTag, useLocalText } from "@jinqiao/ui";
import { ShieldCheck, ShieldX } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useT } from "./text.ts";

type Side = ReceiptFacts["sides"][number];

/** What the check has found. It takes the focus, so that nobody has to look for the answer. */
export function ReceiptVerdictCard({
  verdict,
  trustsServer,
}: {
  verdict: ReceiptVerdict;
  trustsServer: boolean;
}) {
  const t = useT();
  const local = useLocalText();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    heading.current?.scrollIntoView({ block: "center" });
  }, []);
  const Icon = verdict.ok ? ShieldCheck : ShieldX;
  return (
    <Card
      aria-label={t("verify.result")}
      data-testid="verdict"
      data-problem={verdict.ok ? "none" : verdict.problem}
    >
      <div className="flex flex-col items-center gap-3 pb-2 text-center">
        <span
          className={classNames(
            "inline-flex size-14 items-center justify-center rounded-full",
            verdict.ok ? "bg-positive-soft text-positive" : "bg-danger-soft text-danger",
          )}
        >
          <Icon aria-hidden className="size-7" />
        </span>
        <h2 ref={heading} tabIndex={-1} className="text-xl font-bold outline-none">
          {verdict.ok ? t("verify.genuine") : t("verify.refused")}
        </h2>
        <p className="max-w-md">
          {verdict.ok ? t("verify.genuine.text") : local(problemTexts[verdict.problem])}
        </p>
      </div>
      {verdict.ok && <Facts facts={verdict.facts} />}
      {verdict.ok && (
        <p className="mt-2 text-sm text-ink-muted">
          {trustsServer ? t("verify.based_on.server") : t("verify.based_on.own")}
        </p>
      )}
    </Card>
  );
}

function Facts({ facts }: { facts: ReceiptFacts }) {
  const t = useT();
  const tag = useLocaleTag();
  const number = (value: bigint): string => new Intl.NumberFormat(tag).format(value);
  const { header, origin, position, size, sides, hiddenSides, signedAt, witnesses } = facts;
  return (
    <div className="divide-y divide-line">
      {sides.map((side) => (
        <DetailList
          key={side.leg}
          rows={[
            {
              label: side.amount.startsWith("-") ? t("verify.amount.in") : t("verify.amount.out"),
              value: <SideMoney side={side} minor={-BigInt(side.amount)} signed />,
            },
            { label: t("verify.balance"), value: <SideMoney side={side} minor={BigInt(side.balance)} /> },
            { label: t("verify.account"), value: <Machine>{side.account}</Machine> },
          ]}
        />
      ))}
      <DetailList
        rows={[
          { label: t("verify.time"), value: <DateText value={header.at} /> },
          ...(header.subject === null
            ? []
            : [{ label: t("verify.subject"), value: <Machine>{header.subject}</Machine> }]),
          { label: t("verify.transfer"), value: <Machine>{header.id}</Machine> },
          {
            label: t("verify.others"),
            value: t("verify.others.value", { count: hiddenSides }),
          },
          {
            label: t("verify.place"),
            value: t("verify.place.value", { place: number(position + 1n), size: number(size) }),
          },
          { label: t("verify.log"), value: <Machine>{origin}</Machine> },
          ...(signedAt === null
            ? []
            : [{ label: t("verify.signed_at"), value: <DateText value={signedAt.toISOString()} /> }]),
          {
            label: t("verify.witnesses"),
            value:
              witnesses.length === 0 ? (
                t("verify.witnesses.none")
              ) : (
                <ul className="grid gap-1">
                  {witnesses.map(({ name, at }) => (
                    <li key={name}>
                      <Machine>{name}</Machine>
                      {at !== null && (
                        <span className="block text-sm text-ink-muted">
                          <DateText value={at.toISOString()} />
                        </span>
                      )}
                    </li>
                  ))}
                </ul>
              ),
          },
        ]}
      />
    </div>
  );
}

/** Names that machines gave, the same in every language. */
function Machine({ children }: { children: ReactNode }) {
  return (
    <span translate="no" className="font-mono text-sm break-all">
      {children}
    </span>
  );
}

/** A currency that this version does not know has unknown decimals: its minor units are shown as they are. */
function SideMoney({ side, minor, signed = false }: { side: Side; minor: bigint; signed?: boolean }) {
  const { currency } = side;
  if (!isCurrency(currency)) return <Machine>{`${minor} ${currency}`}</Machine>;
  return <MoneyText alwaysShown money={toWire({ minor, currency })} signed={signed} />;
}

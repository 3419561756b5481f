import {
  Badge,
  buttonClasses,
  Card,
  classNames,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useFormatDate,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, type LinkProps } from "@tanstack/react-router";
import {
  ChevronRight,
  CircleAlert,
  CircleCheck,
  Eye,
  GraduationCap,
  KeyRound,
  LockKeyhole,
  type LucideIcon,
  MessageSquareLock,
  MonitorSmartphone,
  NotebookText,
  Phone,
  RectangleEllipsis,
  ShieldCheck,
  ShieldQuestion,
  Smartphone,
  Snowflake,
} from "lucide-react";
import type { ReactNode } from "react";
import { BackLink } from "../../app/back-link.tsx";
import { type Security, securityQuery } from "./queries.ts";
import { isSet, pageOf, protections } from "./shield.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/security");

/** Everything that protects the wallet on one page: what is good, what is missing, and one next step. */
export function SecurityPage() {
  const t = useT();
  const { recovered } = route.useSearch();
  const security = useQuery(securityQuery);
  return (
    <Page title={t("security.title")} leading={<BackLink to="/me" />}>
      {recovered && (
        <Notice tone="positive" icon={CircleCheck} className="mb-4" role="status">
          <p className="font-semibold">{t("security.recovered")}</p>
          <p>{t("security.recovered.text")}</p>
        </Notice>
      )}
      <Problem error={security.error} onRetry={() => security.refetch()} />
      {security.isPending && <SkeletonList rows={5} />}
      {security.data && (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <ShieldCard security={security.data} />
          <Places security={security.data} />
        </div>
      )}
    </Page>
  );
}

function ShieldCard({ security }: { security: Security }) {
  const t = useT();
  const missing = protections.filter((one) => !isSet(security, one));
  const next = missing[0];
  const frozen = security.frozen.length > 0;
  const Icon = frozen ? Snowflake : next === undefined ? ShieldCheck : ShieldQuestion;
  return (
    <Card aria-labelledby="shield" className="lg:sticky lg:top-6" data-testid="shield">
      <h2 id="shield" className="flex items-center gap-3 text-lg font-bold">
        <span
          className={classNames(
            "inline-flex size-12 shrink-0 items-center justify-center rounded-2xl",
            next === undefined && !frozen ? "bg-positive-soft text-positive" : "bg-warning-soft text-warning",
          )}
        >
          <Icon aria-hidden className="size-6" />
        </span>
        <span data-testid="shield-verdict" data-missing={missing.length}>
          {frozen
            ? t("security.shield.frozen")
            : next === undefined
              ? t("security.shield.good")
              : t("security.shield.missing", { count: missing.length })}
        </span>
      </h2>
      {frozen && (
        <>
          <p className="mt-3 text-ink-muted">{t("security.shield.frozen.text")}</p>
          <Link to="/security/freeze" className={classNames(buttonClasses("primary"), "mt-3 w-full")}>
            {t("security.shield.see")}
          </Link>
        </>
      )}
      <ul className="mt-4 grid gap-3">
        {protections.map((one) => {
          const good = isSet(security, one);
          const Mark = good ? CircleCheck : CircleAlert;
          return (
            <li key={one} className="flex gap-3">
              <Mark
                aria-hidden
                className={classNames("mt-0.5 size-5 shrink-0", good ? "text-positive" : "text-warning")}
              />
              <span>
                <span className="sr-only">{t(good ? "security.is_there" : "security.is_missing")}: </span>
                {t(good ? `security.have.${one}` : `security.lack.${one}`)}
              </span>
            </li>
          );
        })}
      </ul>
      {next !== undefined && !frozen && (
        <div className="mt-5 border-t border-line pt-4">
          <p className="mb-2 text-sm text-ink-muted">{t("security.shield.next")}</p>
          <Link
            to={pageOf[next]}
            data-testid="next-step"
            className={classNames(buttonClasses("primary"), "w-full")}
          >
            {t(nextStep[next])}
          </Link>
        </div>
      )}
    </Card>
  );
}

const nextStep = {
  passkey: "passkeys.add",
  recovery: "codes.make",
  phone: "security.next.phone",
  phrase: "security.next.phrase",
  pin: "security.next.pin",
} as const;

function Places({ security }: { security: Security }) {
  const t = useT();
  const formatDate = useFormatDate();
  const { passkeys, passwordChangedAt, totpAddedAt, phone, recoveryCodesLeft, frozen } = security;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Group title={t("security.ways_in")}>
        <Place
          to="/security/passkeys"
          icon={KeyRound}
          name={t("security.passkeys")}
          value={t("security.passkeys.count", { count: passkeys.length })}
        />
        <Place
          to="/security/password"
          icon={LockKeyhole}
          name={t("security.password")}
          value={
            passwordChangedAt === null
              ? t("security.password.none")
              : t("security.password.changed", { date: formatDate(passwordChangedAt, "date") })
          }
        />
        <Place
          to="/security/totp"
          icon={Smartphone}
          name={t("security.totp")}
          value={t(totpAddedAt === null ? "security.off" : "security.on")}
        />
      </Group>
      <Group title={t("security.proofs")}>
        <Place
          to="/security/phone"
          icon={Phone}
          name={t("security.phone")}
          value={phone ?? t("security.not_set")}
        />
        <Place
          to="/security/recovery-codes"
          icon={NotebookText}
          name={t("security.codes")}
          value={t("security.codes.left", { count: recoveryCodesLeft })}
        />
        <Place
          to="/security/pin"
          icon={RectangleEllipsis}
          name={t("security.pin")}
          value={t(security.pinSet ? "security.pin.set" : "security.not_set")}
        />
      </Group>
      <Group title={t("security.watch")}>
        <Place
          to="/security/freeze"
          icon={Snowflake}
          name={t("security.freeze")}
          value={
            frozen.length === 0 ? (
              t("security.freeze.none")
            ) : (
              <Badge tone="warning">{t("security.freeze.some", { count: frozen.length })}</Badge>
            )
          }
        />
        <Place
          to="/security/devices"
          icon={MonitorSmartphone}
          name={t("security.devices")}
          value={t("security.devices.count", { count: security.devices })}
        />
        <Place
          to="/security/data-access"
          icon={Eye}
          name={t("security.looks")}
          value={t("security.looks.hint")}
        />
        <Place
          to="/notices"
          icon={MessageSquareLock}
          name={t("security.notices")}
          value={t("security.notices.hint")}
        />
        <Place
          to="/safety"
          icon={GraduationCap}
          name={t("security.lessons")}
          value={t("security.lessons.hint")}
        />
      </Group>
    </div>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card aria-label={title} className="p-0! md:p-0!">
      <h2 className="px-5 pt-4 pb-1 text-sm font-semibold text-ink-muted">{title}</h2>
      <ul className="divide-y divide-line">{children}</ul>
    </Card>
  );
}

function Place({
  to,
  icon: Icon,
  name,
  value,
}: {
  to: LinkProps["to"];
  icon: LucideIcon;
  name: string;
  value: ReactNode;
}) {
  return (
    <li>
      <Link
        to={to}
        className="flex min-h-16 items-center gap-4 rounded-card px-5 py-3 hover:bg-jade-soft"
        data-testid={`open-${String(to).split("/").pop()}`}
      >
        <Icon aria-hidden className="size-5 shrink-0 text-jade" />
        <span className="min-w-0 flex-1">
          <span className="block font-semibold">{name}</span>
          <span className="block text-sm text-ink-muted">{value}</span>
        </span>
        <ChevronRight aria-hidden className="size-5 shrink-0 text-ink-muted" />
      </Link>
    </li>
  );
}

import type { Alarm } from "@jinqiao/contract";
import { CopyText, Notice, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { alarmQuery } from "../../api.ts";
import { useMayAct } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { useAlarmsT } from "../../i18n.ts";
import { AlarmBadge, Figure, remedyOf } from "./alarm-figures.tsx";
import { ClearAlarm } from "./clear-alarm.tsx";

const route = getRouteApi("/staff/alarms/$alarmId");

/** One alarm: what does not agree, what stands still, what to do, and how it ends. */
export function AlarmPage() {
  const t = useAlarmsT();
  const mayAct = useMayAct();
  const { alarmId } = route.useParams();
  const query = useQuery(alarmQuery(alarmId));
  if (query.isPending) return <SkeletonList rows={6} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const alarm = query.data;
  const isOpen = alarm.status === "open";
  return (
    <>
      <PageHeader
        above={
          <Link to="/alarms" search={{ status: "open" }} className="text-sm text-jade">
            {t("alarms.title")}
          </Link>
        }
        title={t(`alarm_name.${alarm.invariant}`)}
        lead={t(`alarm_means.${alarm.invariant}`)}
        actions={<AlarmBadge status={alarm.status} />}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {alarm.clearance !== null && <Clearance clearance={alarm.clearance} />}
        <Section title={t("alarm.facts")}>
          <Found alarm={alarm} />
        </Section>
        {isOpen && (
          <div className="grid grid-cols-[minmax(0,1fr)] gap-4 md:grid-cols-[repeat(2,minmax(0,1fr))]">
            <Section title={t("alarm.stops")}>
              <p className="text-sm">
                {alarm.currency === null
                  ? t("alarm.stops_all")
                  : t("alarm.stops_text", { currency: alarm.currency })}
              </p>
            </Section>
            <Section title={t("alarm.todo")}>
              <p className="text-sm">{t(`alarm_todo.${remedyOf(alarm.invariant)}`)}</p>
            </Section>
          </div>
        )}
        {isOpen &&
          (mayAct ? <ClearAlarm alarm={alarm} /> : <Notice tone="neutral">{t("alarm.viewer")}</Notice>)}
      </div>
    </>
  );
}

function Found({ alarm }: { alarm: Alarm }) {
  const t = useAlarmsT();
  return (
    <>
      <dl className="mb-4 grid grid-cols-[repeat(2,minmax(0,1fr))] gap-x-6">
        <div>
          <dt className="text-xs text-ink-muted">{t("alarm.expected")}</dt>
          <dd data-testid="alarm-expected" className="text-2xl font-bold">
            <Figure alarm={alarm} which="expected" />
          </dd>
        </div>
        <div>
          <dt className="text-xs text-ink-muted">{t("alarm.found")}</dt>
          <dd data-testid="alarm-found" className="text-2xl font-bold text-danger">
            <Figure alarm={alarm} which="found" />
          </dd>
        </div>
      </dl>
      <Facts>
        <Fact name={t("alarm.subject")}>
          <span translate="no">
            <CopyText text={alarm.subject} className="text-ink-muted" />
          </span>
        </Fact>
        <Fact name={t("alarm.currency")}>{alarm.currency ?? t("alarm.every_currency")}</Fact>
        <Fact name={t("alarm.found_at")}>
          <InstantText value={alarm.foundAt} />
        </Fact>
        <Fact name={t("alarm.id")}>
          <CopyText text={alarm.id} className="text-ink-muted" />
        </Fact>
      </Facts>
    </>
  );
}

function Clearance({ clearance }: { clearance: NonNullable<Alarm["clearance"]> }) {
  const t = useAlarmsT();
  return (
    <section data-testid="alarm-clearance" aria-label={t("alarm.cleared_title")}>
      <Notice tone="positive" icon={CircleCheck}>
        <p className="text-base font-semibold">{t("alarm.cleared_title")}</p>
        <p className="mt-1">
          {clearance.by} · <InstantText value={clearance.at} />
        </p>
        <blockquote translate="no" className="mt-1 break-words">
          “{clearance.note}”
        </blockquote>
      </Notice>
    </section>
  );
}

import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  DateText,
  Dialog,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useAction,
  useFormatDate,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CirclePause, CirclePlay, type LucideIcon, Snowflake, Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { api } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { type Freeze, freezesQuery, refreshSecurity } from "../security/queries.ts";
import { useT } from "../security/text.ts";
import { AppealForm } from "./appeal-form.tsx";
import { CardName, FreezeCards, useCards } from "./card-freeze.tsx";
import { Unfreeze } from "./unfreeze.tsx";

/** One tap stops money from leaving; what is frozen, why, and the way to undo it. */
export function FreezePage() {
  const t = useT();
  const freezes = useQuery(freezesQuery);
  const standing = freezes.data?.filter((freeze) => freeze.endedAt === null) ?? [];
  const past = freezes.data?.filter((freeze) => freeze.endedAt !== null) ?? [];
  return (
    <Page title={t("freeze.title")} leading={<BackLink to="/security" />} narrow>
      <Problem error={freezes.error} onRetry={() => freezes.refetch()} />
      {freezes.isPending && <SkeletonList rows={3} />}
      {freezes.data && (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          {standing.map((freeze) => (
            <Standing key={freeze.id} freeze={freeze} />
          ))}
          {!standing.some(({ scope }) => scope === "payments") && <FreezePayments />}
          <FreezeCards standing={standing} />
          {!standing.some(({ scope }) => scope === "sign_in") && <FreezeSignIn />}
          {past.length > 0 && <Past freezes={past} />}
        </div>
      )}
    </Page>
  );
}

function FreezePayments() {
  const t = useT();
  const freeze = useAction(async () => {
    await unwrap(api.POST("/v1/me/freezes", { body: { scope: "payments" } }));
    await refreshSecurity();
  });
  return (
    <Card aria-label={t("freeze.now")} className="grid gap-4">
      <p>{t("freeze.lead")}</p>
      <Problem error={freeze.error} onRetry={freeze.run} />
      <Button
        variant="danger"
        className="min-h-16! text-lg!"
        data-testid="freeze-payments"
        pending={freeze.pending}
        onClick={freeze.run}
      >
        {!freeze.pending && <Snowflake aria-hidden className="size-6" />}
        {t("freeze.now")}
      </Button>
      <dl className="grid gap-3">
        <Effect icon={CirclePause} name={t("freeze.stops")}>
          {t("freeze.stops.text")}
        </Effect>
        <Effect icon={CirclePlay} name={t("freeze.goes_on")}>
          {t("freeze.goes_on.text")}
        </Effect>
        <Effect icon={Undo2} name={t("freeze.undo")}>
          {t("freeze.undo.text")}
        </Effect>
      </dl>
    </Card>
  );
}

function FreezeSignIn() {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const freeze = useAction(async () => {
    await unwrap(api.POST("/v1/me/freezes", { body: { scope: "sign_in" } }));
    setAsking(false);
    // This session has ended with all others: the next answer leads to signing in.
    await refreshSecurity();
  });
  return (
    <Card aria-labelledby="more">
      <h2 id="more" className="mb-3 text-lg font-bold">
        {t("freeze.more")}
      </h2>
      <Button variant="secondary" data-testid="freeze-sign-in" onClick={() => setAsking(true)}>
        {t("freeze.sign_in.action")}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t("freeze.sign_in.title")}
        description={t("freeze.sign_in.text")}
      >
        <div className="grid gap-3">
          <Problem error={freeze.error} onRetry={freeze.run} />
          <Button variant="danger" data-testid="confirm" pending={freeze.pending} onClick={freeze.run}>
            {t("freeze.sign_in.action")}
          </Button>
          <Button variant="secondary" onClick={() => setAsking(false)}>
            {t("devices.stay")}
          </Button>
        </div>
      </Dialog>
    </Card>
  );
}

function Standing({ freeze }: { freeze: Freeze }) {
  const t = useT();
  const local = useLocalText();
  const { told } = freeze;
  const card = useCards().find(({ bindingId }) => bindingId === freeze.bindingId);
  return (
    <Card data-testid="freeze" data-scope={freeze.scope} className="grid gap-4">
      <h2 className="flex items-center gap-3 text-lg font-bold">
        <span className="inline-flex size-12 shrink-0 items-center justify-center rounded-2xl bg-info-soft text-info">
          <Snowflake aria-hidden className="size-6" />
        </span>
        {t(`freeze.${freeze.scope}`)}
      </h2>
      {freeze.scope === "card" && card && <CardName card={card} />}
      <dl className="grid gap-3">
        <Effect name={t("freeze.why")}>{local(told.why)}</Effect>
        <Effect name={t("freeze.since")}>
          <DateText value={freeze.since} style="date-time" />
        </Effect>
        <Effect icon={CirclePause} name={t("freeze.stops")}>
          {local(told.stops)}
        </Effect>
        <Effect icon={CirclePlay} name={t("freeze.goes_on")}>
          {local(told.goesOn)}
        </Effect>
        <Effect icon={Undo2} name={t("freeze.how_undone")}>
          {local(told.undo)}
        </Effect>
      </dl>
      {freeze.undo === "self" ? (
        <Unfreeze freeze={freeze} label={t("freeze.end")} />
      ) : (
        <Appeal freeze={freeze} />
      )}
    </Card>
  );
}

function Appeal({ freeze }: { freeze: Freeze }) {
  const t = useT();
  const formatDate = useFormatDate();
  const { appeal } = freeze;
  if (appeal?.status === "open")
    return (
      <Notice>
        <p data-testid="appeal-open">
          {t("freeze.appeal.open", { date: formatDate(appeal.at, "date-time") })}
        </p>
      </Notice>
    );
  return (
    <>
      {appeal?.status === "refused" && (
        <Notice tone="warning">
          <p>
            {t("freeze.appeal.refused", { date: formatDate(appeal.decidedAt ?? appeal.at, "date-time") })}
          </p>
          {appeal.answer !== null && (
            <p>
              {t("freeze.appeal.answer")}: <span data-foreign>{appeal.answer}</span>
            </p>
          )}
        </Notice>
      )}
      <AppealForm
        send={async (text) => {
          const params = { path: { freezeId: freeze.id } };
          await unwrap(api.POST("/v1/me/freezes/{freezeId}/appeals", { params, body: { text } }));
          await refreshSecurity();
        }}
      />
    </>
  );
}

function Past({ freezes }: { freezes: Freeze[] }) {
  const t = useT();
  const local = useLocalText();
  const formatDate = useFormatDate();
  return (
    <details data-testid="freezes-past">
      <summary className="py-2 font-semibold">{t("freeze.past")}</summary>
      <ul className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-3">
        {freezes.map((freeze) => (
          <li key={freeze.id}>
            <Card>
              <p className="font-semibold">{t(`freeze.${freeze.scope}`)}</p>
              <p className="text-sm text-ink-muted">
                {formatDate(freeze.since, "date-time")} ·{" "}
                {t("freeze.ended", { date: formatDate(freeze.endedAt ?? freeze.since, "date-time") })}
              </p>
              <p className="text-sm text-ink-muted">{local(freeze.told.why)}</p>
            </Card>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Effect({ icon: Icon, name, children }: { icon?: LucideIcon; name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="flex items-center gap-2 text-sm text-ink-muted">
        {Icon && <Icon aria-hidden className="size-4 shrink-0" />}
        {name}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

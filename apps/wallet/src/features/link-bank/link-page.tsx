import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  classNames,
  EmptyState,
  Page,
  Problem,
  SkeletonList,
  useFormatDate,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  CalendarDays,
  CreditCard,
  Eye,
  KeyRound,
  Landmark,
  type LucideIcon,
  ShieldCheck,
  Undo2,
} from "lucide-react";
import { useState } from "react";
import { api, banksQuery } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { goToBank } from "../../app/go-to-bank.ts";
import { useAttempt } from "../../attempts.ts";
import type { LinkMessageId } from "../../locales/link/en.ts";
import { useT } from "./text.ts";

const steps: { icon: LucideIcon; title: LinkMessageId; text: LinkMessageId }[] = [
  { icon: KeyRound, title: "link.step.bank", text: "link.step.bank.text" },
  { icon: Eye, title: "link.step.see", text: "link.step.see.text" },
  { icon: CalendarDays, title: "link.step.until", text: "link.step.until.text" },
  { icon: Undo2, title: "link.step.undo", text: "link.step.undo.text" },
];
/** Where a card and a code take the place of the bank's own page. */
const cardSteps: typeof steps = [
  { icon: CreditCard, title: "link.step.card", text: "link.step.card.text" },
  { icon: ShieldCheck, title: "link.step.collect", text: "link.step.collect.text" },
  ...steps.slice(2),
];

/** Choose a bank, read what will happen there, go there. */
export function LinkPage() {
  const t = useT();
  const local = useLocalText();
  const banks = useQuery(banksQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  const linkable =
    banks.data?.filter(({ capabilities }) => capabilities.accounts || capabilities.linking === "form") ?? [];
  const bank = linkable.find(({ id }) => id === chosen) ?? (linkable.length === 1 ? linkable[0] : undefined);
  const byCard = bank?.capabilities.linking === "form";
  const navigate = useNavigate();
  const start = useAttempt(
    "link",
    bank && !byCard ? { bankId: bank.id } : null,
    (body, key) => unwrap(api.POST("/v1/consents", { body, params: { header: { "Idempotency-Key": key } } })),
    (consent) => (consent.authorisationUrl ? goToBank(consent.authorisationUrl) : undefined),
  );

  return (
    <Page title={t("link.title")} leading={<BackLink to="/" />} narrow>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Card aria-labelledby="choose-bank">
          <h2 id="choose-bank" className="mb-3 text-lg font-bold">
            {t("link.choose")}
          </h2>
          <Problem error={banks.error} onRetry={() => banks.refetch()} />
          {banks.isPending && <SkeletonList rows={2} />}
          {banks.isSuccess && linkable.length === 0 && (
            <EmptyState icon={Landmark} title={t("link.no_banks")} />
          )}
          <ul className="grid grid-cols-[minmax(0,1fr)] gap-2">
            {linkable.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  data-testid={`bank-${one.id}`}
                  aria-pressed={one.id === bank?.id}
                  onClick={() => setChosen(one.id)}
                  className={classNames(
                    "flex min-h-16 w-full items-center gap-3 rounded-2xl border-2 p-3 text-left",
                    one.id === bank?.id ? "border-jade bg-jade-soft" : "border-line hover:bg-sunken",
                  )}
                >
                  <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-jade-solid text-on-jade">
                    <Landmark aria-hidden className="size-5" />
                  </span>
                  <span className="min-w-0">
                    <span className="block font-semibold">{local(one.name)}</span>
                    <span className="block text-sm text-ink-muted">{one.currencies.join(" · ")}</span>
                    <BankState health={one.health} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </Card>

        <Card aria-labelledby="link-steps">
          <h2 id="link-steps" className="mb-4 text-lg font-bold">
            {t("link.what_happens")}
          </h2>
          <ol className="grid grid-cols-[minmax(0,1fr)] gap-4">
            {(byCard ? cardSteps : steps).map(({ icon: Icon, title, text }) => (
              <li key={title} className="flex gap-3">
                <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-xl bg-jade-soft text-jade">
                  <Icon aria-hidden className="size-5" />
                </span>
                <span className="min-w-0">
                  <span className="block font-semibold">{t(title)}</span>
                  <span className="block text-ink-muted">
                    {t(text, { bank: bank ? local(bank.name) : t("link.your_bank") })}
                  </span>
                </span>
              </li>
            ))}
          </ol>
        </Card>

        <Problem error={start.error} onRetry={start.run} />
        <Button
          data-testid="confirm"
          disabled={bank === undefined}
          pending={start.pending}
          onClick={() =>
            bank && byCard ? navigate({ to: "/link/card", search: { bank: bank.id } }) : start.run()
          }
        >
          {bank ? t(byCard ? "link.card.go" : "link.go", { bank: local(bank.name) }) : t("link.choose_first")}
        </Button>
      </div>
    </Page>
  );
}

/** A bank that cannot be reached now says so where it is chosen. */
function BankState({ health }: { health: { state: string; until: string | null } }) {
  const t = useT();
  const date = useFormatDate();
  if (health.state === "available") return null;
  return (
    <span data-testid="bank-state" data-state={health.state} className="block text-sm text-warning">
      {health.state === "maintenance" && health.until !== null
        ? t("bank.maintenance.short", { until: date(health.until) })
        : t("bank.unavailable.short")}
    </span>
  );
}

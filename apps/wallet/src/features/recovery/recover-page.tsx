import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  Field,
  Page,
  Problem,
  problemCode,
  SkeletonList,
  useAction,
  useFieldErrors,
  useLanguage,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Hourglass, KeyRound, type LucideIcon, ShieldCheck } from "lucide-react";
import { api, queryClient } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import type { WelcomeMessageId } from "../../locales/welcome/en.ts";
import { PublicFrame } from "../welcome/public-frame.tsx";
import { useT } from "../welcome/text.ts";
import { FinishRecovery } from "./finish-recovery.tsx";
import { GiveProofs } from "./give-proofs.tsx";
import { recoveryQuery } from "./queries.ts";
import { WaitingTime } from "./waiting-time.tsx";

const route = getRouteApi("/recover");

const steps: { icon: LucideIcon; title: WelcomeMessageId; text: WelcomeMessageId }[] = [
  { icon: ShieldCheck, title: "recovery.step.proofs", text: "recovery.step.proofs.text" },
  { icon: Hourglass, title: "recovery.step.wait", text: "recovery.step.wait.text" },
  { icon: KeyRound, title: "recovery.step.new", text: "recovery.step.new.text" },
];

/**
 * The way back for who has lost every way in. The recovery's id stands in the address: the waiting time is longer than
 * a page stays open. Nothing here tells whether an address has a wallet.
 */
export function RecoverPage() {
  const t = useT();
  const { id } = route.useSearch();
  return (
    <PublicFrame>
      <Page title={t("recovery.title")} leading={<BackLink to="/sign-in" />} narrow>
        {id === undefined ? <Begin /> : <Underway id={id} />}
      </Page>
    </PublicFrame>
  );
}

function Begin() {
  const t = useT();
  const locale = useLanguage();
  const navigate = useNavigate();
  const begin = useAction(async (email: string) => {
    const recovery = await unwrap(api.POST("/v1/recoveries", { body: { email, locale } }));
    queryClient.setQueryData(recoveryQuery(recovery.id).queryKey, recovery);
    await navigate({ to: "/recover", search: { id: recovery.id } });
  });
  const errorOf = useFieldErrors(begin.error);
  return (
    <>
      <p className="mb-4">{t("recovery.lead")}</p>
      <Card aria-labelledby="steps" className="mb-4">
        <h2 id="steps" className="mb-3 text-lg font-bold">
          {t("recovery.steps")}
        </h2>
        <ol className="grid gap-4">
          {steps.map(({ icon: Icon, title, text }) => (
            <li key={title} className="flex gap-3">
              <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-jade" />
              <span>
                <span className="block font-semibold">{t(title)}</span>
                <span className="block text-sm text-ink-muted">{t(text)}</span>
              </span>
            </li>
          ))}
        </ol>
      </Card>
      <Card aria-label={t("recovery.begin")}>
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void begin.run(String(new FormData(event.currentTarget).get("email")).trim());
          }}
        >
          <Field
            name="email"
            type="email"
            label={t("person.email")}
            autoComplete="username"
            inputMode="email"
            autoCapitalize="none"
            spellCheck={false}
            error={errorOf("email")}
          />
          <Problem error={begin.error} />
          <Button type="submit" data-testid="begin-recovery" pending={begin.pending}>
            {t("recovery.begin")}
          </Button>
          <p className="text-sm text-ink-muted">{t("recovery.money_safe")}</p>
        </form>
      </Card>
    </>
  );
}

function Underway({ id }: { id: string }) {
  const recovery = useQuery(recoveryQuery(id));
  if (problemCode(recovery.error) !== undefined && recovery.data === undefined)
    return <Over error={recovery.error} onRetry={() => recovery.refetch()} />;
  if (recovery.data === undefined) return <SkeletonList rows={3} />;
  const { status } = recovery.data;
  if (status === "proving") return <GiveProofs recovery={recovery.data} />;
  if (status === "waiting") return <WaitingTime recovery={recovery.data} />;
  return <FinishRecovery recovery={recovery.data} />;
}

function Over({ error, onRetry }: { error: unknown; onRetry: () => unknown }) {
  const t = useT();
  const navigate = useNavigate();
  const code = problemCode(error);
  const over =
    code === "identity.recovery_over" || code === "request.invalid" || code === "request.not_found";
  if (!over) return <Problem error={error} onRetry={onRetry} />;
  return (
    <Card aria-labelledby="over" className="grid gap-3" data-testid="recovery-over">
      <h2 id="over" className="text-lg font-bold">
        {t("recovery.over")}
      </h2>
      <p className="text-ink-muted">{t("recovery.over.text")}</p>
      <Button onClick={() => navigate({ to: "/recover", search: {} })}>{t("recovery.again")}</Button>
    </Card>
  );
}

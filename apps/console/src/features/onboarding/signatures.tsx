import type { Onboarding } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, useFieldErrors } from "@jinqiao/ui";
import type { FormEvent } from "react";
import { api } from "../../api.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { useOnboardingT } from "../../i18n.ts";
import { useWorkspaceAction } from "./use-workspace-action.ts";

type Step = Onboarding["steps"][number];

/** Who signed a step off, the way to sign, and the way to open it again. */
export function Signatures({
  workspace,
  step,
  mayAct,
}: {
  workspace: Onboarding;
  step: Step;
  mayAct: boolean;
}) {
  const t = useOnboardingT();
  const path = { onboardingId: workspace.id, step: step.step };
  const sign = useWorkspaceAction(workspace, (version: number) =>
    unwrap(
      api.POST("/v1/console/onboardings/{onboardingId}/steps/{step}/sign-offs", {
        params: { path },
        body: { version },
      }),
    ),
  );
  const reopen = useWorkspaceAction(workspace, (note: string) =>
    unwrap(
      api.POST("/v1/console/onboardings/{onboardingId}/steps/{step}/reopenings", {
        params: { path },
        body: { note },
      }),
    ),
  );
  const errorOf = useFieldErrors(reopen.error);
  const ready = step.checks.every(({ passed }) => passed);
  return (
    <div className="grid gap-3">
      <h3 className="text-sm font-semibold">{t("onboarding.sign_offs")}</h3>
      {step.signOffs.length === 0 && (
        <p className="text-sm text-ink-muted">{t("onboarding.sign_offs_none")}</p>
      )}
      <ul className="grid gap-1 text-sm" data-testid={`signatures-${step.step}`}>
        {step.signOffs.map((one) => (
          <li key={one.by}>
            <span translate="no" className="font-medium">
              {one.by}
            </span>
            {" · "}
            <InstantText value={one.at} />
          </li>
        ))}
      </ul>
      <Problem error={sign.error} />
      {mayAct && step.closedAt === null && (
        <div>
          <Button
            data-testid={`sign-${step.step}`}
            disabled={!ready}
            pending={sign.pending}
            onClick={() => void sign.run(workspace.version)}
          >
            {t(step.signOffs.length > 0 ? "onboarding.sign_off_second" : "onboarding.sign_off")}
          </Button>
        </div>
      )}
      {mayAct && step.closedAt !== null && (
        <form
          noValidate
          className="grid gap-3"
          onSubmit={(event: FormEvent<HTMLFormElement>) => {
            event.preventDefault();
            void reopen.run(String(new FormData(event.currentTarget).get("note") ?? "").trim());
          }}
        >
          <Field
            name="note"
            label={t("onboarding.reopen_note")}
            hint={t("onboarding.reopen_hint")}
            maxLength={140}
            error={errorOf("note")}
          />
          <Problem error={reopen.error} />
          <div>
            <Button type="submit" variant="secondary" size="small" pending={reopen.pending}>
              {t("onboarding.reopen")}
            </Button>
          </div>
        </form>
      )}
    </div>
  );
}

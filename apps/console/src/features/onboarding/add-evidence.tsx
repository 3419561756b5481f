import type { Onboarding } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, SelectField, TextAreaField, useFieldErrors } from "@jinqiao/ui";
import { type FormEvent, useState } from "react";
import { api } from "../../api.ts";
import { useOnboardingT } from "../../i18n.ts";
import { useWorkspaceAction } from "./use-workspace-action.ts";

type Step = Onboarding["steps"][number];
type Kind = Step["evidence"][number]["kind"];

const kinds: Record<Step["step"], readonly Kind[]> = {
  needs: ["other"],
  technical: ["certification", "other"],
  legal: ["record_keeping", "disclosure", "aml_kyc", "data_sharing", "other"],
  experience: ["pages_preview", "messages", "other"],
  launch: ["other"],
};

/** Attaches a document's text, typed or taken from a file, to a step. */
export function AddEvidence({ workspace, step }: { workspace: Onboarding; step: Step }) {
  const t = useOnboardingT();
  const [content, setContent] = useState("");
  const [title, setTitle] = useState("");
  const attach = useWorkspaceAction(workspace, async (kind: Kind) => {
    const changed = await unwrap(
      api.POST("/v1/console/onboardings/{onboardingId}/steps/{step}/evidence", {
        params: { path: { onboardingId: workspace.id, step: step.step } },
        body: { kind, title: title.trim(), content },
      }),
    );
    setContent("");
    setTitle("");
    return changed;
  });
  const errorOf = useFieldErrors(attach.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void attach.run(new FormData(event.currentTarget).get("kind") as Kind);
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField name="kind" label={t("onboarding.evidence_kind")}>
          {kinds[step.step].map((kind) => (
            <option key={kind} value={kind}>
              {t(`onboarding.kind.${kind}`)}
            </option>
          ))}
        </SelectField>
        <Field
          name="title"
          label={t("onboarding.evidence_title")}
          maxLength={140}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          error={errorOf("title")}
        />
      </div>
      <TextAreaField
        name="content"
        label={t("onboarding.evidence_content")}
        hint={t("onboarding.evidence_hint")}
        maxLength={48_000}
        value={content}
        onChange={(event) => setContent(event.target.value)}
        error={errorOf("content")}
      />
      <label className="grid gap-1.5 text-sm font-medium">
        {t("onboarding.evidence_file")}
        <input
          type="file"
          accept=".json,.txt,.md,application/json,text/plain"
          data-testid={`evidence-file-${step.step}`}
          className="text-sm font-normal"
          onChange={async (event) => {
            const file = event.target.files?.[0];
            if (file === undefined) return;
            setContent(await file.text());
            if (title === "") setTitle(file.name);
          }}
        />
      </label>
      <Problem error={attach.error} />
      <div>
        <Button
          type="submit"
          variant="secondary"
          size="small"
          data-testid={`attach-${step.step}`}
          pending={attach.pending}
        >
          {t("onboarding.attach")}
        </Button>
      </div>
    </form>
  );
}

import type { Onboarding, OnboardingFacts } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, TextAreaField, useFieldErrors } from "@jinqiao/ui";
import { type FormEvent, useState } from "react";
import { api } from "../../api.ts";
import { type OnboardingMessageId, useOnboardingT } from "../../i18n.ts";
import { useWorkspaceAction } from "./use-workspace-action.ts";

type Step = Onboarding["steps"][number];
type FactName = keyof OnboardingFacts;
type Input = {
  name: FactName;
  label: OnboardingMessageId;
  hint?: OnboardingMessageId;
  type?: "text" | "url" | "date" | "number" | "checkbox" | "money" | "list" | "ramp";
};

const inputs: Record<Step["step"], readonly Input[]> = {
  needs: [
    { name: "segments", label: "onboarding.segments" },
    { name: "products", label: "onboarding.products" },
    { name: "monthlyVolume", label: "onboarding.monthly_volume", type: "money" },
  ],
  technical: [
    { name: "endpoint", label: "onboarding.endpoint", type: "url" },
    { name: "certificateExpiresOn", label: "onboarding.certificate", type: "date" },
    {
      name: "capabilities",
      label: "onboarding.capabilities",
      hint: "onboarding.capabilities_hint",
      type: "list",
    },
    { name: "credentialsHeld", label: "onboarding.credentials", type: "checkbox" },
  ],
  legal: [{ name: "custodyAccount", label: "onboarding.custody_account" }],
  experience: [
    { name: "nameEn", label: "onboarding.name_en" },
    { name: "nameZh", label: "onboarding.name_zh" },
    { name: "colour", label: "onboarding.colour", hint: "onboarding.colour_hint" },
    { name: "supportContact", label: "onboarding.support_contact" },
  ],
  launch: [
    { name: "limitsRamp", label: "onboarding.ramp", hint: "onboarding.ramp_hint", type: "ramp" },
    { name: "pilotCustomers", label: "onboarding.pilot", type: "number" },
    { name: "campaign", label: "onboarding.campaign" },
  ],
};

/** What is noted down in a step, to read or to change. */
export function StepFacts({
  workspace,
  step,
  mayAct,
}: {
  workspace: Onboarding;
  step: Step;
  mayAct: boolean;
}) {
  const t = useOnboardingT();
  const fixed = !mayAct || step.closedAt !== null;
  const [rampWrong, setRampWrong] = useState(false);
  const save = useWorkspaceAction(
    workspace,
    (body: Partial<OnboardingFacts> & { owner: string; dueOn: string }) => {
      const { owner, dueOn, ...facts } = body;
      return unwrap(
        api.PATCH("/v1/console/onboardings/{onboardingId}/steps/{step}", {
          params: { path: { onboardingId: workspace.id, step: step.step } },
          body: { version: workspace.version, owner: owner || null, dueOn: dueOn || null, facts },
        }),
      );
    },
  );
  const errorOf = useFieldErrors(save.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const facts: Record<string, unknown> = {};
    for (const input of inputs[step.step]) facts[input.name] = readValue(input, text);
    const wrong = facts.limitsRamp === undefined && step.step === "launch";
    setRampWrong(wrong);
    if (!wrong) void save.run({ ...facts, owner: text("owner"), dueOn: text("dueOn") });
  };
  return (
    <form onSubmit={submit} noValidate>
      <fieldset disabled={fixed} className="grid gap-4 sm:grid-cols-2">
        <Field name="owner" label={t("onboarding.owner")} defaultValue={step.owner ?? ""} maxLength={140} />
        <Field name="dueOn" type="date" label={t("onboarding.due")} defaultValue={step.dueOn ?? ""} />
        {inputs[step.step].map((input) => (
          <FactInput
            key={input.name}
            input={input}
            facts={workspace.facts}
            error={
              input.type === "ramp" && rampWrong ? t("onboarding.ramp_wrong") : errorOf(`facts.${input.name}`)
            }
          />
        ))}
      </fieldset>
      <div className="mt-3 grid gap-3">
        <Problem error={save.error} />
        {!fixed && (
          <div>
            <Button
              type="submit"
              variant="secondary"
              data-testid={`save-${step.step}`}
              pending={save.pending}
            >
              {t("onboarding.save")}
            </Button>
          </div>
        )}
      </div>
    </form>
  );
}

function FactInput({
  input,
  facts,
  error,
}: {
  input: Input;
  facts: OnboardingFacts;
  error: string | null | undefined;
}) {
  const t = useOnboardingT();
  const { name, type = "text" } = input;
  const label = t(input.label);
  const hint = input.hint ? t(input.hint) : undefined;
  switch (type) {
    case "checkbox":
      return (
        <label className="flex min-h-12 items-center gap-3 text-sm font-medium sm:col-span-2">
          <input type="checkbox" name={name} defaultChecked={facts[name] === true} className="size-5" />
          {label}
        </label>
      );
    case "money":
      return (
        <>
          <Field
            name={`${name}.amount`}
            label={label}
            inputMode="decimal"
            defaultValue={facts.monthlyVolume?.amount ?? ""}
            error={error}
          />
          <Field
            name={`${name}.currency`}
            label={t("onboarding.currency")}
            maxLength={3}
            defaultValue={facts.monthlyVolume?.currency ?? ""}
          />
        </>
      );
    case "ramp":
      return (
        <div className="sm:col-span-2">
          <TextAreaField
            name={name}
            label={label}
            hint={hint}
            error={error}
            defaultValue={facts.limitsRamp
              .map(({ from, dailyLimit }) => `${from} ${dailyLimit.amount} ${dailyLimit.currency}`)
              .join("\n")}
          />
        </div>
      );
    case "list":
      return (
        <Field
          name={name}
          label={label}
          hint={hint}
          error={error}
          defaultValue={facts.capabilities.join(", ")}
        />
      );
    default:
      return (
        <Field
          name={name}
          label={label}
          hint={hint}
          error={error}
          type={type === "number" ? "text" : type}
          inputMode={type === "number" ? "numeric" : undefined}
          defaultValue={String(facts[name] ?? "")}
        />
      );
  }
}

/** The value as the API takes it; undefined where the text of a ramp cannot be read. */
function readValue({ name, type }: Input, text: (name: string) => string): unknown {
  const own = text(name);
  switch (type) {
    case "checkbox":
      return own === "on";
    case "money": {
      const [amount, currency] = [text(`${name}.amount`), text(`${name}.currency`).toUpperCase()];
      return amount === "" && currency === "" ? null : { amount, currency };
    }
    case "list":
      return own
        .split(/[,，、]/)
        .map((one) => one.trim())
        .filter(Boolean);
    case "number":
      return own === "" ? null : Number(own);
    case "ramp":
      return rampOf(own);
    default:
      return own === "" ? null : own;
  }
}

function rampOf(text: string): OnboardingFacts["limitsRamp"] | undefined {
  const stages = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => /^\s*(\d{4}-\d{2}-\d{2})\s+(\d+(?:\.\d+)?)\s+([A-Za-z]{3})\s*$/.exec(line));
  if (stages.some((stage) => stage === null)) return undefined;
  return stages.map((stage) => ({
    from: stage?.[1] ?? "",
    dailyLimit: { amount: stage?.[2] ?? "", currency: (stage?.[3] ?? "").toUpperCase() },
  }));
}

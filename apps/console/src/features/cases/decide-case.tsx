import type { Case } from "@jinqiao/contract";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { Button, Problem, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, caseQuery } from "../../api.ts";
import { Section } from "../../components/page.tsx";
import { useCasesT } from "../../i18n.ts";

type Action = Case["actions"][number];

/** The shortest note that can name the evidence, as the contract asks. */
const minNoteLength = 5;

/** Asks the bank again, or decides what became of the payment, with the evidence; each stays on record. */
export function DecideCase({ item }: { item: Case }) {
  const t = useCasesT();
  const queryClient = useQueryClient();
  const [action, setAction] = useState<Action | undefined>();
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState<"action" | "note" | undefined>();

  // A repeat decides nothing twice: after the first, the case is closed.
  const { run, pending, error } = useAction(async (body: { action: Action; note: string }) => {
    try {
      const after = await unwrap(
        api.POST("/v1/console/cases/{caseId}/actions", { params: { path: { caseId: item.id } }, body }),
      );
      queryClient.setQueryData(caseQuery(item.id).queryKey, after);
      setNote("");
      await Promise.all(
        ["cases", "payments", "trial-balance"].map((kind) =>
          queryClient.invalidateQueries({ queryKey: [kind] }),
        ),
      );
    } catch (refusal) {
      if (refusal instanceof ApiError && refusal.problem.status === 409)
        void queryClient.invalidateQueries({ queryKey: ["cases"] });
      throw refusal;
    }
  });
  const fieldError = useFieldErrors(error);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = note.trim();
    if (action === undefined) return setMissing("action");
    if (trimmed.length < minNoteLength) return setMissing("note");
    setMissing(undefined);
    return run({ action, note: trimmed });
  };

  return (
    <Section title={t("case.decide")} lead={t("case.decide_lead")}>
      <form onSubmit={submit} noValidate className="grid max-w-3xl gap-4">
        <fieldset
          className="grid gap-2"
          aria-describedby={missing === "action" ? "case-action-missing" : undefined}
        >
          <legend className="mb-2 text-sm font-medium">{t("case.choose")}</legend>
          {item.actions.map((option) => (
            <label
              key={option}
              data-testid={`case-action-${option}`}
              className={`flex cursor-pointer gap-3 rounded-xl border p-3 has-focus-visible:outline-3 has-focus-visible:outline-jade ${
                action === option ? "border-jade bg-jade-soft" : "border-line-strong hover:bg-sunken"
              }`}
            >
              <input
                type="radio"
                name="action"
                value={option}
                checked={action === option}
                onChange={() => {
                  setAction(option);
                  setMissing(undefined);
                }}
                aria-describedby={`explain-${option}`}
                className="mt-1 size-4 shrink-0 accent-jade-solid"
              />
              <span className="min-w-0">
                <span className="block text-sm font-semibold">{t(`case_action.${option}`)}</span>
                <span id={`explain-${option}`} className="block text-sm">
                  {t(`case_action_means.${option}`)}
                </span>
              </span>
            </label>
          ))}
          {missing === "action" && (
            <p id="case-action-missing" role="alert" className="text-sm text-danger">
              {t("case.action_missing")}
            </p>
          )}
        </fieldset>
        <TextAreaField
          name="note"
          data-testid="case-note"
          label={t("case.note")}
          hint={t("case.note_hint")}
          maxLength={140}
          rows={2}
          required
          value={note}
          onChange={(event) => setNote(event.target.value.replaceAll("\n", " "))}
          error={missing === "note" ? t("case.note_missing") : fieldError("note")}
        />
        <Problem error={error} />
        <div>
          <Button type="submit" data-testid="case-confirm" pending={pending}>
            {t("case.confirm")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

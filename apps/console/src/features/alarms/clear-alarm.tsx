import type { Alarm } from "@jinqiao/contract";
import { ApiError, idempotencyKey, unwrap } from "@jinqiao/contract/client";
import { Button, Problem, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { alarmQuery, api } from "../../api.ts";
import { Section } from "../../components/page.tsx";
import { useAlarmsT } from "../../i18n.ts";

/** The shortest note that can say why, as the contract asks. */
const minNoteLength = 5;

/** Clears an alarm with the reason, which stays on record. */
export function ClearAlarm({ alarm }: { alarm: Alarm }) {
  const t = useAlarmsT();
  const queryClient = useQueryClient();
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const attempt = useRef<{ note: string; key: string } | undefined>(undefined);

  const { run, pending, error } = useAction(async (text: string) => {
    // The same request keeps its key, so that a repeat after a broken connection gets the first answer.
    if (attempt.current?.note !== text) attempt.current = { note: text, key: idempotencyKey() };
    try {
      const cleared = await unwrap(
        api.POST("/v1/console/alarms/{alarmId}/clearance", {
          params: { path: { alarmId: alarm.id }, header: { "Idempotency-Key": attempt.current.key } },
          body: { note: text },
        }),
      );
      queryClient.setQueryData(alarmQuery(alarm.id).queryKey, cleared);
      await queryClient.invalidateQueries({ queryKey: ["alarms"] });
    } catch (refusal) {
      // A refusal is a final answer to this key; a new try is a new attempt.
      if (refusal instanceof ApiError && refusal.problem.status < 500) attempt.current = undefined;
      if (refusal instanceof ApiError && refusal.problem.code === "ledger.alarm_already_cleared")
        void queryClient.invalidateQueries({ queryKey: ["alarms"] });
      throw refusal;
    }
  });
  const fieldError = useFieldErrors(error);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = note.trim();
    if (trimmed.length < minNoteLength) return setMissing(true);
    setMissing(false);
    return run(trimmed);
  };

  return (
    <Section title={t("alarm.clear_title")} lead={t("alarm.clear_lead")}>
      <form onSubmit={submit} noValidate className="grid max-w-3xl gap-4">
        <TextAreaField
          name="note"
          data-testid="alarm-note"
          label={t("alarm.note")}
          hint={t("alarm.note_hint")}
          maxLength={140}
          rows={2}
          required
          value={note}
          onChange={(event) => setNote(event.target.value.replaceAll("\n", " "))}
          error={missing ? t("alarm.note_missing") : fieldError("note")}
        />
        <Problem error={error} />
        <div>
          <Button type="submit" data-testid="alarm-confirm" pending={pending}>
            {t("alarm.confirm")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

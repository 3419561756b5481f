import type { Break } from "@jinqiao/contract";
import { ApiError, idempotencyKey, unwrap } from "@jinqiao/contract/client";
import { Button, MoneyText, Notice, Problem, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { type Action, api, breakQuery } from "../../api.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Section } from "../../components/page.tsx";
import { useBreaksT } from "../../i18n.ts";
import { plannedPosting, writeOffSide } from "./planned-posting.ts";

/** The shortest note that can say why, as the contract asks. */
const minNoteLength = 5;

/** Closes a break: the posting is chosen, said in words, given its reason, and made. */
export function ResolveBreak({ item }: { item: Break }) {
  const t = useBreaksT();
  const queryClient = useQueryClient();
  const [action, setAction] = useState<Action | undefined>(
    item.actions.length === 1 ? item.actions[0] : undefined,
  );
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState<"action" | "note" | undefined>();
  const attempt = useRef<{ body: string; key: string } | undefined>(undefined);

  const { run, pending, error } = useAction(async (body: { action: Action; note: string }) => {
    // The same request keeps its key, so that a repeat after a broken connection cannot post twice.
    const written = JSON.stringify(body);
    if (attempt.current?.body !== written) attempt.current = { body: written, key: idempotencyKey() };
    try {
      const closed = await unwrap(
        api.POST("/v1/console/breaks/{breakId}/resolution", {
          params: { path: { breakId: item.id }, header: { "Idempotency-Key": attempt.current.key } },
          body,
        }),
      );
      queryClient.setQueryData(breakQuery(item.id).queryKey, closed);
      await Promise.all(
        ["breaks", "statements", "trial-balance", "payments"].map((kind) =>
          queryClient.invalidateQueries({ queryKey: [kind] }),
        ),
      );
    } catch (refusal) {
      // A refusal is a final answer to this key; a new try is a new attempt.
      if (refusal instanceof ApiError && refusal.problem.status < 500) attempt.current = undefined;
      if (refusal instanceof ApiError && refusal.problem.status === 409)
        void queryClient.invalidateQueries({ queryKey: ["breaks"] });
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
    <Section title={t("break.close_title")} lead={t("break.close_lead")}>
      {item.actions.length === 0 ? (
        <p className="text-sm">{t("break.no_actions")}</p>
      ) : (
        <form onSubmit={submit} noValidate className="grid max-w-3xl gap-4">
          {item.proposal !== null && <Proposal proposal={item.proposal} />}
          <fieldset
            className="grid gap-2"
            aria-describedby={missing === "action" ? "action-missing" : undefined}
          >
            <legend className="mb-2 text-sm font-medium">{t("break.choose")}</legend>
            {item.actions.map((option) => (
              <ActionOption
                key={option}
                item={item}
                action={option}
                chosen={action === option}
                onChoose={() => setAction(option)}
              />
            ))}
            {missing === "action" && (
              <p id="action-missing" role="alert" className="text-sm text-danger">
                {t("break.action_missing")}
              </p>
            )}
          </fieldset>
          <TextAreaField
            name="note"
            data-testid="break-note"
            label={t("break.note")}
            hint={t("break.note_hint")}
            maxLength={140}
            rows={2}
            required
            value={note}
            onChange={(event) => setNote(event.target.value.replaceAll("\n", " "))}
            error={missing === "note" ? t("break.note_missing") : fieldError("note")}
          />
          <Problem error={error} />
          <div>
            <Button type="submit" data-testid="break-confirm" pending={pending}>
              {t(
                action === undefined || !item.needTwo.includes(action)
                  ? "break.confirm"
                  : item.proposal?.action === action
                    ? "break.confirm_second"
                    : "break.propose",
              )}
            </Button>
          </div>
        </form>
      )}
    </Section>
  );
}

/** What a colleague proposed: seen before it is confirmed. */
function Proposal({ proposal }: { proposal: NonNullable<Break["proposal"]> }) {
  const t = useBreaksT();
  return (
    <div data-testid="break-proposal">
      <Notice tone="warning" icon={Users}>
        <p className="font-semibold">
          {t("break.proposed", { action: t(`break_action.${proposal.action}`) })}
        </p>
        <p className="mt-1">
          <span translate="no">{proposal.by}</span> · <InstantText value={proposal.at} />
        </p>
        <blockquote translate="no" className="mt-1 break-words">
          “{proposal.note}”
        </blockquote>
        <p className="mt-1">{t("break.second_needed")}</p>
      </Notice>
    </div>
  );
}

function ActionOption(props: { item: Break; action: Action; chosen: boolean; onChoose: () => void }) {
  const t = useBreaksT();
  const { action, chosen } = props;
  return (
    <label
      data-testid={`break-action-${action}`}
      className={`flex cursor-pointer gap-3 rounded-xl border p-3 has-focus-visible:outline-3 has-focus-visible:outline-jade ${
        chosen ? "border-jade bg-jade-soft" : "border-line-strong hover:bg-sunken"
      }`}
    >
      <input
        type="radio"
        name="action"
        value={action}
        checked={chosen}
        onChange={props.onChoose}
        aria-describedby={`explain-${action}`}
        className="mt-1 size-4 shrink-0 accent-jade-solid"
      />
      <span className="min-w-0">
        <span className="block text-sm font-semibold">{t(`break_action.${action}`)}</span>
        <span id={`explain-${action}`} className="block text-sm">
          {t(
            action === "write_off"
              ? `break_write_off.${writeOffSide(props.item)}`
              : `break_action_means.${action}`,
          )}
          {props.item.needTwo.includes(action) && (
            <span className="mt-1 block font-medium">{t("break.two_people")}</span>
          )}
          <span className="mt-2 block text-xs text-ink-muted">
            {plannedPosting(props.item, action).map((leg) => (
              <span key={`${leg.debit} ${leg.credit}`} translate="no" className="block">
                {t("break.posting_leg", leg)} <MoneyText money={leg.amount} />
              </span>
            ))}
          </span>
        </span>
      </span>
    </label>
  );
}

import type { CaseDetails } from "@jinqiao/contract";
import { Button, Notice, Problem, TextAreaField, type useAction, useFieldErrors } from "@jinqiao/ui";
import { Users } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { InstantText } from "./instant-text.tsx";

/** The shortest note that can say why, as the contract asks. */
const minNoteLength = 5;

type TextId =
  | "choose"
  | "action_missing"
  | "note"
  | "note_hint"
  | "note_missing"
  | "two_people"
  | "second_needed"
  | "propose"
  | "confirm"
  | "confirm_second";

export type DecisionOption<Action extends string> = {
  action: Action;
  title: string;
  means: ReactNode;
  /** Whether one person proposes it and a second one confirms. */
  two: boolean;
};

type Props<Action extends string> = {
  /** What the test ids and the ids of elements begin with. */
  name: "break" | "case" | "recall";
  text: (id: TextId) => string;
  options: readonly DecisionOption<Action>[];
  /** The choice when the page opens. */
  initial?: Action | undefined;
  proposal: (Omit<NonNullable<CaseDetails["case"]["proposal"]>, "action"> & { action: string }) | null;
  /** The proposal in words. */
  proposed: (action: string) => string;
  onDecide: (decision: { action: Action; note: string }) => Promise<unknown>;
  state: Pick<ReturnType<typeof useAction>, "pending" | "error">;
};

/**
 * A person's decision with its reason: choices with what each means, what a colleague proposed, a note for the audit
 * trail, and a button that says whether this does it, proposes it, or confirms it as the second person.
 */
export function DecisionForm<Action extends string>(props: Props<Action>) {
  const { name, text, options, proposal, state } = props;
  const [action, setAction] = useState<Action | undefined>(props.initial);
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState<"action" | "note" | undefined>();
  const fieldError = useFieldErrors(state.error);
  const chosen = options.find((option) => option.action === action);
  const step = !chosen?.two ? "confirm" : proposal?.action === action ? "confirm_second" : "propose";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const trimmed = note.trim();
    if (chosen === undefined) return setMissing("action");
    if (trimmed.length < minNoteLength) return setMissing("note");
    setMissing(undefined);
    await props.onDecide({ action: chosen.action, note: trimmed });
  };

  return (
    <form onSubmit={submit} noValidate className="grid max-w-3xl gap-4">
      {proposal !== null && (
        <div data-testid={`${name}-proposal`}>
          <Notice tone="warning" icon={Users}>
            <p className="font-semibold">{props.proposed(proposal.action)}</p>
            <p className="mt-1">
              <span translate="no">{proposal.by}</span> · <InstantText value={proposal.at} />
            </p>
            <blockquote translate="no" className="mt-1 break-words">
              “{proposal.note}”
            </blockquote>
            <p className="mt-1">{text("second_needed")}</p>
          </Notice>
        </div>
      )}
      <fieldset
        className="grid gap-2"
        aria-describedby={missing === "action" ? `${name}-action-missing` : undefined}
      >
        <legend className="mb-2 text-sm font-medium">{text("choose")}</legend>
        {options.map((option) => (
          <Choice
            key={option.action}
            name={name}
            option={option}
            chosen={option.action === action}
            twoPeople={text("two_people")}
            onChoose={() => {
              setAction(option.action);
              setMissing(undefined);
            }}
          />
        ))}
        {missing === "action" && (
          <p id={`${name}-action-missing`} role="alert" className="text-sm text-danger">
            {text("action_missing")}
          </p>
        )}
      </fieldset>
      <TextAreaField
        name="note"
        data-testid={`${name}-note`}
        label={text("note")}
        hint={text("note_hint")}
        maxLength={140}
        rows={2}
        required
        value={note}
        onChange={(event) => setNote(event.target.value.replaceAll("\n", " "))}
        error={missing === "note" ? text("note_missing") : fieldError("note")}
      />
      <Problem error={state.error} />
      <div>
        <Button type="submit" data-testid={`${name}-confirm`} pending={state.pending}>
          {text(step)}
        </Button>
      </div>
    </form>
  );
}

function Choice<Action extends string>(props: {
  name: string;
  option: DecisionOption<Action>;
  chosen: boolean;
  twoPeople: string;
  onChoose: () => void;
}) {
  const { name, option, chosen } = props;
  const id = `${name}-explain-${option.action}`;
  return (
    <label
      data-testid={`${name}-action-${option.action}`}
      className={`flex cursor-pointer gap-3 rounded-xl border p-3 has-focus-visible:outline-3 has-focus-visible:outline-jade ${
        chosen ? "border-jade bg-jade-soft" : "border-line-strong hover:bg-sunken"
      }`}
    >
      <input
        type="radio"
        name="action"
        value={option.action}
        checked={chosen}
        onChange={props.onChoose}
        aria-describedby={id}
        className="mt-1 size-4 shrink-0 accent-jade-solid"
      />
      <span className="min-w-0">
        <span className="block text-sm font-semibold">{option.title}</span>
        <span id={id} className="block text-sm">
          {option.means}
          {option.two && <span className="mt-1 block font-medium">{props.twoPeople}</span>}
        </span>
      </span>
    </label>
  );
}

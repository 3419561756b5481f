import { Button, Notice, Problem, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

/** Proposes with a reason what a second person decides. */
export function ProposeForm(props: {
  /** Above the reason. */
  label: string;
  action: string;
  /** Said once it is proposed. */
  done: string;
  propose: (reason: string) => Promise<unknown>;
}) {
  const queryClient = useQueryClient();
  const [reason, setReason] = useState("");
  const [proposed, setProposed] = useState(false);
  const { run, pending, error } = useAction(async () => {
    await props.propose(reason);
    setProposed(true);
    await queryClient.invalidateQueries({ queryKey: ["approvals"] });
  });
  const fieldError = useFieldErrors(error);
  if (proposed)
    return (
      <Notice tone="positive" role="status">
        {props.done}
      </Notice>
    );
  return (
    <form
      noValidate
      className="grid max-w-xl gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <TextAreaField
        name="propose-reason"
        label={props.label}
        maxLength={140}
        rows={2}
        required
        value={reason}
        onChange={(event) => setReason(event.target.value.replaceAll("\n", " "))}
        error={fieldError("reason")}
      />
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" data-testid="propose-it" pending={pending}>
          {props.action}
        </Button>
      </div>
    </form>
  );
}

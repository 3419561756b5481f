import { Button, Problem, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useT } from "../security/text.ts";

/** Why a freeze should end, in the person's own words. */
export function AppealForm({ send }: { send: (text: string) => Promise<unknown> }) {
  const t = useT();
  const appeal = useAction(async (form: FormData) => send(String(form.get("text")).trim()));
  const errorOf = useFieldErrors(appeal.error);
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void appeal.run(new FormData(event.currentTarget));
      }}
    >
      <TextAreaField
        name="text"
        label={t("freeze.appeal.label")}
        hint={t("freeze.appeal.text")}
        maxLength={140}
        error={errorOf("text")}
      />
      <Problem error={appeal.error} />
      <Button type="submit" data-testid="send-appeal" pending={appeal.pending}>
        {t("freeze.appeal.send")}
      </Button>
    </form>
  );
}

import { Field } from "@jinqiao/ui";
import { useState } from "react";
import { Lesson } from "../lessons/lesson.tsx";
import { passwordStrength } from "./password-strength.ts";
import { useT } from "./text.ts";

/** A field for a new password, with a word on its strength while it is typed. */
export function NewPasswordField({
  label,
  error,
  email,
}: {
  label: string;
  error: string | null;
  /** Tells a password manager whose password this is. */
  email?: string | undefined;
}) {
  const t = useT();
  const [typed, setTyped] = useState("");
  return (
    <div className="grid gap-1.5">
      {email && <input type="hidden" name="username" autoComplete="username" value={email} readOnly />}
      <Field
        name="password"
        type="password"
        label={label}
        hint={t("sign_up.password.hint")}
        autoComplete="new-password"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        error={error}
      />
      <p role="status" className="text-sm text-ink-muted empty:hidden" data-testid="password-strength">
        {typed !== "" && t("password.strength", { word: t(`password.strength.${passwordStrength(typed)}`) })}
      </p>
      <Lesson id="reused_password" />
    </div>
  );
}

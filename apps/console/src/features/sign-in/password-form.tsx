import type { Staff } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, useAction, useFieldErrors } from "@jinqiao/ui";
import { type FormEvent, useState } from "react";
import { api } from "../../api.ts";
import { useT } from "../../i18n.ts";

type Waiting = { signInId: string; masked: string };

/** Password, then the code from the mail. */
export function PasswordForm({
  lead,
  onSignedIn,
}: {
  lead: string;
  onSignedIn: (staff: Staff) => Promise<void>;
}) {
  const [waiting, setWaiting] = useState<Waiting>();
  return waiting === undefined ? (
    <Credentials lead={lead} onWaiting={setWaiting} />
  ) : (
    <Code waiting={waiting} onSignedIn={onSignedIn} onBack={() => setWaiting(undefined)} />
  );
}

function Credentials({ lead, onWaiting }: { lead: string; onWaiting: (waiting: Waiting) => void }) {
  const t = useT();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [incomplete, setIncomplete] = useState(false);
  const { run, pending, error } = useAction(async () => {
    const body = { kind: "password" as const, email: email.trim(), password };
    const answer = await unwrap(api.POST("/v1/console/sessions", { body }));
    if (answer.status === "second_factor_needed") onWaiting(answer);
  });
  const fieldError = useFieldErrors(error);
  const missing = (value: string) => (incomplete && value === "" ? t("sign_in.required") : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const complete = email.trim() !== "" && password !== "";
    setIncomplete(!complete);
    return complete ? run() : undefined;
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-4 border-t border-line pt-4">
      <p className="text-sm text-ink-muted">{lead}</p>
      <Field
        name="email"
        type="email"
        autoComplete="username"
        label={t("sign_in.email")}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={missing(email.trim()) ?? fieldError("email")}
      />
      <Field
        name="password"
        type="password"
        autoComplete="current-password"
        label={t("sign_in.password")}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={missing(password) ?? fieldError("password")}
      />
      <Problem error={error} />
      <Button type="submit" data-testid="submit" pending={pending}>
        {t("sign_in.continue")}
      </Button>
    </form>
  );
}

function Code(props: { waiting: Waiting; onSignedIn: (staff: Staff) => Promise<void>; onBack: () => void }) {
  const t = useT();
  const { signInId, masked } = props.waiting;
  const [code, setCode] = useState("");
  const { run, pending, error } = useAction(async () => {
    const answer = await unwrap(
      api.POST("/v1/console/sign-ins/{signInId}/answers", { params: { path: { signInId } }, body: { code } }),
    );
    if (answer.status === "signed_in") await props.onSignedIn(answer.staff);
  });
  const fieldError = useFieldErrors(error);
  return (
    <form
      noValidate
      className="grid gap-4 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <Field
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={6}
        autoFocus
        label={t("sign_in.code")}
        hint={t("sign_in.code_hint", { masked })}
        value={code}
        onChange={(event) => setCode(event.target.value.replaceAll(/\D/g, ""))}
        error={fieldError("code")}
      />
      <Problem error={error} />
      <Button type="submit" data-testid="submit-code" pending={pending}>
        {t("sign_in.submit")}
      </Button>
      <Button variant="secondary" onClick={props.onBack}>
        {t("sign_in.back")}
      </Button>
    </form>
  );
}

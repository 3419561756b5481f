import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Field,
  LanguageSwitch,
  Problem,
  ThemeSwitch,
  useAction,
  useDocumentTitle,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, meQuery } from "../../api.ts";
import { useT } from "../../i18n.ts";

const route = getRouteApi("/sign-in");

/** Sign-in of bank staff; leads back to the page that was asked for. */
export function SignInPage() {
  const t = useT();
  const router = useRouter();
  const queryClient = useQueryClient();
  const { next } = route.useSearch();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [incomplete, setIncomplete] = useState(false);
  useDocumentTitle(`${t("sign_in.title")} · ${t("app.title")}`);

  const { run, pending, error } = useAction(async () => {
    const staff = await unwrap(api.POST("/v1/console/sessions", { body: { email: email.trim(), password } }));
    queryClient.clear();
    queryClient.setQueryData(meQuery.queryKey, staff);
    await router.navigate({ to: next ?? "/", replace: true });
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
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-4 p-4">
      <div className="flex items-center justify-end gap-2">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <section className="rounded-card border border-line bg-surface p-6 shadow-card">
        <p className="text-lg font-bold text-jade">
          {t("app.name")} <span className="text-sm font-medium text-ink-muted">{t("app.console")}</span>
        </p>
        <h1 className="mt-4 text-2xl font-bold">{t("sign_in.title")}</h1>
        <p className="mt-1 mb-5 text-sm text-ink-muted">{t("sign_in.lead")}</p>
        <form onSubmit={submit} noValidate className="grid gap-4">
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
            {t("sign_in.submit")}
          </Button>
        </form>
      </section>
    </main>
  );
}

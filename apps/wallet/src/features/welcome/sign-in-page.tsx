import { unwrap } from "@jinqiao/contract/client";
import { Button, Card, Field, Notice, Page, Problem, useAction, useFieldErrors } from "@jinqiao/ui";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { LogIn } from "lucide-react";
import { api } from "../../api.ts";
import { enterSession } from "../../app/enter-session.ts";
import { useT } from "../../text.ts";
import { PublicFrame } from "./public-frame.tsx";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const t = useT();
  const router = useRouter();
  const { next, ended } = route.useSearch();
  const signIn = useAction(async (form: FormData) => {
    const body = { email: String(form.get("email")).trim(), password: String(form.get("password")) };
    enterSession(await unwrap(api.POST("/v1/sessions", { body })));
    router.history.push(next ?? "/");
  });
  const errorOf = useFieldErrors(signIn.error);

  return (
    <PublicFrame>
      <Page title={t("sign_in.title")} narrow>
        <Card aria-label={t("sign_in.title")}>
          {ended && (
            <Notice icon={LogIn} className="mb-4">
              {t("sign_in.ended")}
            </Notice>
          )}
          <form
            noValidate
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void signIn.run(new FormData(event.currentTarget));
            }}
          >
            <Field
              name="email"
              type="email"
              label={t("person.email")}
              autoComplete="username"
              inputMode="email"
              autoCapitalize="none"
              spellCheck={false}
              error={errorOf("email")}
            />
            <Field
              name="password"
              type="password"
              label={t("person.password")}
              autoComplete="current-password"
              error={errorOf("password")}
            />
            <Problem error={signIn.error} />
            <Button type="submit" data-testid="submit" pending={signIn.pending}>
              {t("sign_in.action")}
            </Button>
          </form>
        </Card>
        <p className="mt-5 text-center">
          {t("sign_in.no_wallet")}{" "}
          <Link to="/sign-up" search={next ? { next } : {}} className="font-semibold text-jade underline">
            {t("sign_up.action")}
          </Link>
        </p>
      </Page>
    </PublicFrame>
  );
}

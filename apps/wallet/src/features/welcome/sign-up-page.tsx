import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  buttonClasses,
  Card,
  Field,
  Page,
  Problem,
  problemCode,
  useAction,
  useFieldErrors,
  useLanguage,
} from "@jinqiao/ui";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { api } from "../../api.ts";
import { enterSession } from "../../app/enter-session.ts";
import { useT } from "../../text.ts";
import { PublicFrame } from "./public-frame.tsx";

const route = getRouteApi("/sign-up");

export function SignUpPage() {
  const t = useT();
  const language = useLanguage();
  const router = useRouter();
  const { next } = route.useSearch();
  const signUp = useAction(async (form: FormData) => {
    const body = {
      displayName: String(form.get("displayName")).trim(),
      email: String(form.get("email")).trim(),
      password: String(form.get("password")),
      locale: language,
    };
    enterSession(await unwrap(api.POST("/v1/customers", { body })));
    router.history.push(next ?? "/");
  });
  const errorOf = useFieldErrors(signUp.error);

  return (
    <PublicFrame>
      <Page title={t("sign_up.title")} narrow>
        <Card aria-label={t("sign_up.title")}>
          <form
            noValidate
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void signUp.run(new FormData(event.currentTarget));
            }}
          >
            <Field
              name="displayName"
              label={t("person.name")}
              hint={t("sign_up.name.hint")}
              autoComplete="name"
              maxLength={60}
              error={errorOf("displayName")}
            />
            <Field
              name="email"
              type="email"
              label={t("person.email")}
              hint={t("sign_up.email.hint")}
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
              hint={t("sign_up.password.hint")}
              autoComplete="new-password"
              error={errorOf("password")}
            />
            <Problem
              error={signUp.error}
              action={
                problemCode(signUp.error) === "identity.email_taken" && (
                  <Link to="/sign-in" className={buttonClasses("secondary", "small")}>
                    {t("sign_in.action")}
                  </Link>
                )
              }
            />
            <Button type="submit" data-testid="submit" pending={signUp.pending}>
              {t("sign_up.action")}
            </Button>
          </form>
        </Card>
        <p className="mt-5 text-center">
          {t("sign_up.have_wallet")}{" "}
          <Link to="/sign-in" search={next ? { next } : {}} className="font-semibold text-jade underline">
            {t("sign_in.action")}
          </Link>
        </p>
      </Page>
    </PublicFrame>
  );
}

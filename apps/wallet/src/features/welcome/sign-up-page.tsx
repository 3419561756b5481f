import { unwrap } from "@jinqiao/contract/client";
import { Button, Card, Field, Page, Problem, useAction, useFieldErrors, useLanguage } from "@jinqiao/ui";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useRef, useState } from "react";
import { api } from "../../api.ts";
import { CodeField, digitsOf } from "../../app/code-field.tsx";
import { enterSession } from "../../app/enter-session.ts";
import { goOn } from "../../app/go-on.ts";
import { createPasskey, passkeysOffered } from "../../app/passkey.ts";
import { DemoOutbox } from "./demo-outbox.tsx";
import { Resend } from "./factor-form.tsx";
import { NewPasswordField } from "./new-password-field.tsx";
import { PasskeyProblem } from "./passkey-problem.tsx";
import { PublicFrame } from "./public-frame.tsx";
import { useT } from "./text.ts";

const route = getRouteApi("/sign-up");

type Begun = { signUpId: string; email: string; sentAt: number };

/** Opens a wallet in two steps: an address that is proved by a code, then the name and a way to sign in. */
export function SignUpPage() {
  const t = useT();
  const { next } = route.useSearch();
  const [begun, setBegun] = useState<Begun | null>(null);
  return (
    <PublicFrame>
      <Page title={t(begun ? "sign_up.confirm_title" : "sign_up.title")} narrow>
        <Card aria-label={t("sign_up.title")}>
          {begun ? (
            <Finish begun={begun} onBegun={setBegun} onBack={() => setBegun(null)} />
          ) : (
            <Begin onBegun={setBegun} />
          )}
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

/** Asks for a code for an address; answers alike whether or not it is known. */
function useBegin(onBegun: (begun: Begun) => void) {
  const locale = useLanguage();
  return useAction(async (email: string) => {
    const { signUpId } = await unwrap(api.POST("/v1/sign-ups", { body: { email, locale } }));
    onBegun({ signUpId, email, sentAt: Date.now() });
  });
}

function Begin({ onBegun }: { onBegun: (begun: Begun) => void }) {
  const t = useT();
  const begin = useBegin(onBegun);
  const errorOf = useFieldErrors(begin.error);
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void begin.run(String(new FormData(event.currentTarget).get("email")).trim());
      }}
    >
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
      <Problem error={begin.error} />
      <Button type="submit" data-testid="send-code" pending={begin.pending}>
        {t("sign_up.send_code")}
      </Button>
    </form>
  );
}

function Finish({
  begun,
  onBegun,
  onBack,
}: {
  begun: Begun;
  onBegun: (begun: Begun) => void;
  onBack: () => void;
}) {
  const t = useT();
  const language = useLanguage();
  const router = useRouter();
  const { next } = route.useSearch();
  const form = useRef<HTMLFormElement>(null);
  const offered = passkeysOffered();
  const [withPassword, setWithPassword] = useState(!offered);
  const resend = useBegin(onBegun);
  const { signUpId, email, sentAt } = begun;

  const open = useAction(async (way: "passkey" | "password") => {
    const typed = new FormData(form.current ?? undefined);
    const code = digitsOf(typed.get("code"));
    const displayName = String(typed.get("displayName")).trim();
    const secret =
      way === "password"
        ? { password: String(typed.get("password")) }
        : {
            passkey: await createPasskey(
              await unwrap(
                api.POST("/v1/sign-ups/{signUpId}/passkey-options", {
                  params: { path: { signUpId } },
                  body: { code, displayName },
                }),
              ),
            ),
          };
    const customer = await unwrap(
      api.POST("/v1/customers", { body: { signUpId, code, displayName, locale: language, ...secret } }),
    );
    enterSession(customer);
    goOn(next, (path) => router.history.push(path));
  });
  const errorOf = useFieldErrors(open.error);

  return (
    <form
      ref={form}
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void open.run(withPassword ? "password" : "passkey");
      }}
    >
      <p data-foreign>{t("sign_up.sent_to", { email })}</p>
      <DemoOutbox />
      <CodeField label={t("factor.code")} autoFocus error={errorOf("code")} />
      <div className="-mt-2 flex flex-wrap items-center gap-x-4">
        <Resend sentAt={sentAt} pending={resend.pending} onPress={() => resend.run(email)} />
        <Button variant="ghost" size="small" onClick={onBack}>
          {t("sign_up.other_email")}
        </Button>
      </div>
      <Field
        name="displayName"
        label={t("person.name")}
        hint={t("sign_up.name.hint")}
        autoComplete="name"
        maxLength={60}
        error={errorOf("displayName")}
      />
      <section aria-labelledby="how" className="grid gap-3 border-t border-line pt-4">
        <h2 id="how" className="text-lg font-bold">
          {t("sign_up.how")}
        </h2>
        {withPassword ? (
          <>
            {!offered && <p className="text-sm text-ink-muted">{t("sign_up.passkey.none")}</p>}
            <NewPasswordField label={t("person.password")} error={errorOf("password")} email={email} />
          </>
        ) : (
          <p className="text-sm text-ink-muted">{t("sign_up.passkey.text")}</p>
        )}
        <Problem error={resend.error} />
        <PasskeyProblem error={open.error} />
        <Button type="submit" data-testid={withPassword ? "submit" : "submit-passkey"} pending={open.pending}>
          {!withPassword && !open.pending && <KeyRound aria-hidden className="size-5" />}
          {t(withPassword ? "sign_up.with_password" : "sign_up.passkey")}
        </Button>
        {offered && (
          <Button
            variant="ghost"
            data-testid={withPassword ? "use-passkey" : "use-password"}
            onClick={() => {
              open.clear();
              setWithPassword(!withPassword);
            }}
          >
            {t(withPassword ? "sign_up.passkey" : "sign_up.or_password")}
          </Button>
        )}
      </section>
    </form>
  );
}

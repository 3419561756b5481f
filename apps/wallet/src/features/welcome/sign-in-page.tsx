import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  buttonClasses,
  Card,
  Field,
  Notice,
  Page,
  Problem,
  problemCode,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { KeyRound, LogIn, ShieldCheck } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, type Customer } from "../../api.ts";
import { enterSession } from "../../app/enter-session.ts";
import { goOn } from "../../app/go-on.ts";
import { askPasskey, endPasskeyOffer, offerPasskey, passkeysOffered } from "../../app/passkey.ts";
import { Lesson } from "../lessons/lesson.tsx";
import { type Factor, FactorForm } from "./factor-form.tsx";
import { PasskeyProblem } from "./passkey-problem.tsx";
import { PublicFrame } from "./public-frame.tsx";
import { useT } from "./text.ts";

const route = getRouteApi("/sign-in");

/** A sign-in whose password was right and that needs one more proof. */
type Half = { signInId: string; methods: Factor[] };

const startWithPasskey = () => unwrap(api.POST("/v1/passkey-sign-ins"));

/** Signs in: a passkey first, or address and password with a second proof on devices that are new. */
export function SignInPage() {
  const t = useT();
  const router = useRouter();
  const { next, ended } = route.useSearch();
  const [half, setHalf] = useState<Half | null>(null);

  const enter = (customer: Customer): void => {
    enterSession(customer);
    goOn(next, (path) => router.history.push(path));
  };

  return (
    <PublicFrame>
      <Page title={t(half ? "factor.title" : "sign_in.title")} narrow>
        <Card aria-label={t("sign_in.title")}>
          {half ? (
            <SecondFactor half={half} onEnter={enter} onBack={() => setHalf(null)} />
          ) : (
            <>
              {ended && (
                <Notice icon={LogIn} className="mb-4">
                  {t(ended === "idle" ? "sign_in.idle" : "sign_in.ended")}
                </Notice>
              )}
              <FirstFactor onEnter={enter} onHalf={setHalf} />
            </>
          )}
        </Card>
        {!half && (
          <>
            <p className="mt-5 text-center">
              {t("sign_in.no_wallet")}{" "}
              <Link to="/sign-up" search={next ? { next } : {}} className="font-semibold text-jade underline">
                {t("sign_up.action")}
              </Link>
            </p>
            <p className="mt-2 text-center">
              <Link to="/recover" className="font-semibold text-jade underline" data-testid="recover">
                {t("sign_in.forgot")}
              </Link>
            </p>
          </>
        )}
      </Page>
    </PublicFrame>
  );
}

type Entering = { onEnter: (customer: Customer) => void; onHalf: (half: Half) => void };

function FirstFactor({ onEnter, onHalf }: Entering) {
  const t = useT();
  const withPasskey = useAction(async () => {
    const { signInId, options } = await startWithPasskey();
    const credential = await askPasskey(options);
    await enterWith(signInId, credential);
  });
  const withPassword = useAction(async (form: FormData) => {
    withPasskey.clear();
    void endPasskeyOffer();
    const answer = await unwrap(
      api.POST("/v1/sessions", {
        body: {
          kind: "password",
          email: String(form.get("email")).trim(),
          password: String(form.get("password")),
        },
      }),
    );
    if (answer.status === "signed_in") onEnter(answer.customer);
    else onHalf(answer);
  });
  const errorOf = useFieldErrors(withPassword.error);

  async function enterWith(signInId: string, credential: Awaited<ReturnType<typeof askPasskey>>) {
    const answer = await unwrap(
      api.POST("/v1/sessions", { body: { kind: "passkey", signInId, credential } }),
    );
    // A passkey is two factors by itself; the other answer is for passwords.
    if (answer.status === "signed_in") onEnter(answer.customer);
  }
  const offered = useOfferedPasskey(enterWith);

  return (
    <div className="grid gap-4">
      {passkeysOffered() && (
        <>
          <Button
            data-testid="sign-in-passkey"
            pending={withPasskey.pending}
            onClick={() => withPasskey.run()}
          >
            {!withPasskey.pending && <KeyRound aria-hidden className="size-5" />}
            {t("sign_in.passkey")}
          </Button>
          <p className="-mt-2 text-center text-sm text-ink-muted">{t("sign_in.passkey.hint")}</p>
          <PasskeyProblem error={withPasskey.error ?? offered.error} />
          <p className="text-center text-sm text-ink-muted">{t("sign_in.or")}</p>
        </>
      )}
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void withPassword.run(new FormData(event.currentTarget));
        }}
      >
        <Field
          name="email"
          type="email"
          label={t("person.email")}
          autoComplete="username webauthn"
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
        <Refused error={withPassword.error} />
        <Button
          type="submit"
          variant={passkeysOffered() ? "secondary" : "primary"}
          data-testid="submit"
          pending={withPassword.pending}
        >
          {t("sign_in.action")}
        </Button>
      </form>
    </div>
  );
}

/** Signs in with a passkey that the person takes from the browser's list at the e-mail field. */
function useOfferedPasskey(
  enterWith: (signInId: string, credential: Awaited<ReturnType<typeof askPasskey>>) => Promise<void>,
): { error: unknown } {
  const latest = useRef(enterWith);
  latest.current = enterWith;
  const taken = useAction(async () => {
    const offered = await offerPasskey(startWithPasskey);
    if (offered) await latest.current(offered.begun.signInId, offered.credential);
  });
  const offer = taken.run;
  useEffect(() => {
    void offer();
    return () => void endPasskeyOffer();
  }, [offer]);
  return { error: taken.error };
}

function SecondFactor({
  half,
  onEnter,
  onBack,
}: {
  half: Half;
  onEnter: (customer: Customer) => void;
  onBack: () => void;
}) {
  const t = useT();
  const params = { path: { signInId: half.signInId } };
  return (
    <div className="grid gap-4">
      <Notice icon={ShieldCheck}>{t("factor.text")}</Notice>
      <Lesson id="public_wifi" />
      <FactorForm
        methods={half.methods}
        send={(channel) => unwrap(api.POST("/v1/sign-ins/{signInId}/codes", { params, body: { channel } }))}
        answer={async (kind, code) => {
          const body = { kind, code };
          const { customer } = await unwrap(api.POST("/v1/sign-ins/{signInId}/answers", { params, body }));
          onEnter(customer);
        }}
        submit={t("sign_in.action")}
      />
      <Button variant="ghost" size="small" onClick={onBack}>
        {t("factor.back")}
      </Button>
    </div>
  );
}

/** A refusal, and the way back in where signing in is frozen. */
function Refused({ error }: { error: unknown }) {
  const t = useT();
  return (
    <Problem
      error={error}
      action={
        problemCode(error) === "freeze.sign_in" && (
          <>
            <p className="w-full">{t("sign_in.frozen.help")}</p>
            <Link to="/recover" className={buttonClasses("secondary", "small")}>
              {t("recovery.title")}
            </Link>
          </>
        )
      }
    />
  );
}

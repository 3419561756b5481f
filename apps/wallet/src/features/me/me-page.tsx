import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  buttonClasses,
  Card,
  Field,
  type Language,
  languageSetting,
  Page,
  Problem,
  SelectField,
  Skeleton,
  type Theme,
  themeSetting,
  useAction,
  useFieldErrors,
  useLanguage,
  useRemembered,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link, lazyRouteComponent, useNavigate } from "@tanstack/react-router";
import { LogOut, ShieldCheck } from "lucide-react";
import { Suspense, useState } from "react";
import { api, type Customer, meQuery, queryClient } from "../../api.ts";
import { storeLanguage } from "../../app/store-language.ts";
import { closeAllAttempts } from "../../attempts.ts";
import { checkoutCatalogues } from "../../locales/catalogues.ts";
import { withTexts } from "../../routes/tools.ts";
import { useT } from "../../text.ts";

/** Comes with texts of its own. */
const HandlerCard = lazyRouteComponent(
  () => withTexts(checkoutCatalogues, import("../checkout/handler-card.tsx")),
  "HandlerCard",
);

export function MePage() {
  const t = useT();
  const me = useQuery(meQuery);
  return (
    <Page title={t("nav.me")}>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <Card aria-labelledby="profile">
          <h2 id="profile" className="mb-4 text-lg font-bold">
            {t("me.profile")}
          </h2>
          {me.data ? <Profile customer={me.data} /> : <Skeleton className="h-40" />}
        </Card>
        <Card aria-labelledby="look">
          <h2 id="look" className="mb-4 text-lg font-bold">
            {t("me.look")}
          </h2>
          <Look />
        </Card>
        <Card aria-labelledby="security">
          <h2 id="security" className="flex items-center gap-2 text-lg font-bold">
            <ShieldCheck aria-hidden className="size-5 text-jade" />
            {t("me.security")}
          </h2>
          <p className="mb-3 text-sm text-ink-muted">{t("me.security.text")}</p>
          <Link to="/security" className={buttonClasses("secondary")} data-testid="open-security">
            {t("me.security.open")}
          </Link>
        </Card>
        <Card aria-labelledby="permissions">
          <h2 id="permissions" className="text-lg font-bold">
            {t("permissions.title")}
          </h2>
          <p className="mb-3 text-sm text-ink-muted">{t("permissions.text")}</p>
          <Link to="/permissions" className={buttonClasses("secondary")} data-testid="open-permissions">
            {t("permissions.open")}
          </Link>
        </Card>
        <Suspense fallback={<Skeleton className="h-40" />}>
          <HandlerCard />
        </Suspense>
        <Leave />
      </div>
    </Page>
  );
}

function Profile({ customer }: { customer: Customer }) {
  const t = useT();
  const [saved, setSaved] = useState(false);
  const save = useAction(async (displayName: string) => {
    setSaved(false);
    const changed = await unwrap(api.PATCH("/v1/me", { body: { displayName } }));
    queryClient.setQueryData(meQuery.queryKey, changed);
    setSaved(true);
  });
  const errorOf = useFieldErrors(save.error);
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run(String(new FormData(event.currentTarget).get("displayName")).trim());
      }}
    >
      <Field
        name="displayName"
        label={t("person.name")}
        defaultValue={customer.displayName}
        autoComplete="name"
        maxLength={60}
        error={errorOf("displayName")}
        onChange={() => setSaved(false)}
      />
      <Field
        name="email"
        label={t("person.email")}
        value={customer.email}
        readOnly
        hint={t("me.email.hint")}
        className="bg-sunken"
      />
      <Problem error={save.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" variant="secondary" data-testid="submit" pending={save.pending}>
          {t("me.save")}
        </Button>
        <p role="status" className="text-sm text-positive">
          {saved && t("me.saved")}
        </p>
      </div>
    </form>
  );
}

function Look() {
  const t = useT();
  const language = useLanguage();
  const [theme, setTheme] = useRemembered(themeSetting);
  return (
    <div className="grid gap-4">
      <SelectField
        name="language"
        label={t("ui.language")}
        value={language}
        onChange={(event) => {
          const chosen = event.target.value as Language;
          languageSetting.set(chosen);
          void storeLanguage(chosen);
        }}
      >
        <option value="zh" lang="zh-CN">
          中文
        </option>
        <option value="en" lang="en">
          English
        </option>
      </SelectField>
      <SelectField
        name="theme"
        label={t("ui.theme")}
        value={theme}
        onChange={(event) => setTheme(event.target.value as Theme)}
      >
        <option value="system">{t("ui.theme.system")}</option>
        <option value="light">{t("ui.theme.light")}</option>
        <option value="dark">{t("ui.theme.dark")}</option>
      </SelectField>
    </div>
  );
}

function Leave() {
  const t = useT();
  const navigate = useNavigate();
  const signOut = useAction(async () => {
    await unwrap(api.DELETE("/v1/sessions/current"));
    closeAllAttempts();
    queryClient.clear();
    await navigate({ to: "/welcome" });
  });
  return (
    <Card aria-label={t("me.sign_out")}>
      <div className="grid gap-3">
        <p className="text-ink-muted">{t("me.sign_out.text")}</p>
        <Problem error={signOut.error} onRetry={signOut.run} />
        <Button variant="secondary" data-testid="sign-out" pending={signOut.pending} onClick={signOut.run}>
          {!signOut.pending && <LogOut aria-hidden className="size-5" />}
          {t("me.sign_out")}
        </Button>
      </div>
    </Card>
  );
}

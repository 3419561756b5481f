import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, SelectField, SkeletonList, useFieldErrors, useLocalText } from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Section } from "../../components/page.tsx";
import { api } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { choose } from "../app/choice.ts";
import { usePortalNavigate } from "../app/navigation.tsx";
import { choicesQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { currencies } from "./currencies.ts";

/** The first step: a name and a place. Test mode works from here on. */
export function BeginMerchant() {
  const t = useT();
  const say = useLocalText();
  const queryClient = useQueryClient();
  const navigate = usePortalNavigate();
  const choices = useQuery(choicesQuery);
  const { run, pending, error } = useAttempt(
    async (header, body: { en: string; zh: string; country: string; currency: string; timeZone: string }) => {
      const { en, zh, ...rest } = body;
      const merchant = await unwrap(
        api.POST("/v1/merchants", {
          params: { header },
          body: { tradingName: { en, zh }, ...rest } as never,
        }),
      );
      await queryClient.invalidateQueries({ queryKey: ["merchants"] });
      choose({ merchantId: (merchant as { id: string }).id, mode: "test" });
      await navigate("/sign-up");
    },
  );
  const errorOf = useFieldErrors(error);
  if (choices.isPending) return <SkeletonList rows={3} />;
  if (choices.isError) return <Problem error={choices.error} onRetry={() => choices.refetch()} />;
  return (
    <Section title={t("begin.title")}>
      <form
        noValidate
        className="grid max-w-lg gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const text = (name: string): string => String(form.get(name) ?? "").trim();
          void run({
            en: text("name-en") || text("name-zh"),
            zh: text("name-zh") || text("name-en"),
            country: text("country"),
            currency: text("currency"),
            timeZone: text("timeZone"),
          });
        }}
      >
        <Field
          name="name-en"
          label={t("begin.name_en")}
          maxLength={60}
          autoComplete="organization"
          error={errorOf("tradingName")}
        />
        <Field
          name="name-zh"
          label={t("begin.name_zh")}
          hint={t("begin.name_hint")}
          maxLength={60}
          optional
        />
        <SelectField name="country" label={t("profile.country")} error={errorOf("country")}>
          {choices.data.countries.map((one) => (
            <option key={one.country} value={one.country}>
              {say(one.name)}
            </option>
          ))}
        </SelectField>
        <SelectField name="currency" label={t("profile.currency")} error={errorOf("currency")}>
          {currencies.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </SelectField>
        <Field
          name="timeZone"
          label={t("profile.timeZone")}
          hint={t("profile.timeZone.hint")}
          defaultValue={Intl.DateTimeFormat().resolvedOptions().timeZone}
          error={errorOf("timeZone")}
        />
        <Problem error={error} />
        <div>
          <Button type="submit" data-testid="create-merchant" pending={pending}>
            {t("begin.action")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

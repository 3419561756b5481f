import type { Merchant } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, SelectField, useAction, useFieldErrors, useLocalText } from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, scopedKey } from "../app/api.ts";
import { choicesQuery } from "../queries.ts";
import { useT } from "../text.ts";

/** What the merchant says of itself. Saved as often as one likes; what is empty is asked for when it is handed in. */
export function ProfileForm({ merchant }: { merchant: Merchant }) {
  const t = useT();
  const say = useLocalText();
  const queryClient = useQueryClient();
  const choices = useQuery(choicesQuery).data;
  const [saved, setSaved] = useState(false);
  const { profile } = merchant;
  const { run, pending, error } = useAction(async (form: FormData) => {
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    const orNull = (name: string): string | null => text(name) || null;
    const line1 = text("line1");
    await unwrap(
      api.PATCH("/v1/merchant", {
        body: {
          version: merchant.version,
          legalName: orNull("legalName"),
          form: (orNull("form") as "company" | "sole_trader" | null) ?? null,
          registrationNumber: orNull("registrationNumber"),
          mcc: orNull("mcc"),
          website: orNull("website"),
          supportEmail: orNull("supportEmail"),
          supportPhone: orNull("supportPhone"),
          ...(line1 !== "" && {
            address: {
              line1,
              line2: null,
              city: text("city"),
              postalCode: orNull("postalCode"),
              country: profile.country,
            },
          }),
        },
      }),
    );
    setSaved(true);
    await queryClient.invalidateQueries({ queryKey: scopedKey("profile") });
  });
  const errorOf = useFieldErrors(error);
  const country = choices?.countries.find((one) => one.country === profile.country);
  const field = (name: "legalName" | "website" | "supportEmail" | "supportPhone", more = {}) => (
    <Field
      name={name}
      label={t(`profile.${name}`)}
      defaultValue={profile[name] ?? ""}
      error={errorOf(name)}
      {...more}
    />
  );
  return (
    <form
      noValidate
      className="grid max-w-xl gap-4"
      onChange={() => setSaved(false)}
      onSubmit={(event) => {
        event.preventDefault();
        void run(new FormData(event.currentTarget));
      }}
    >
      {field("legalName", { autoComplete: "organization" })}
      <SelectField
        name="form"
        label={t("profile.form")}
        defaultValue={profile.form ?? ""}
        error={errorOf("form")}
      >
        <option value="">{t("profile.choose")}</option>
        <option value="company">{t("profile.form.company")}</option>
        <option value="sole_trader">{t("profile.form.sole_trader")}</option>
      </SelectField>
      <Field
        name="registrationNumber"
        label={country ? say(country.number) : t("profile.registrationNumber")}
        hint={country && t("profile.example", { example: country.example })}
        defaultValue={profile.registrationNumber ?? ""}
        autoComplete="off"
        error={errorOf("registrationNumber")}
      />
      <SelectField
        key={choices === undefined ? "waiting" : "there"}
        name="mcc"
        label={t("profile.mcc")}
        hint={t("profile.mcc.hint")}
        defaultValue={profile.mcc ?? ""}
        error={errorOf("mcc")}
      >
        <option value="">{t("profile.choose")}</option>
        {choices?.categories.map((one) => (
          <option key={one.mcc} value={one.mcc}>
            {`${one.mcc} ${say(one.name)}`}
            {one.policy !== "usual" && ` (${t(`mcc_policy.${one.policy}`)})`}
          </option>
        ))}
      </SelectField>
      {field("website", { type: "url", inputMode: "url", placeholder: "https://", optional: true })}
      {field("supportEmail", { type: "email", inputMode: "email", autoComplete: "email" })}
      {field("supportPhone", { type: "tel", autoComplete: "tel", optional: true })}
      <Field
        name="line1"
        label={t("profile.line1")}
        defaultValue={profile.address?.line1 ?? ""}
        autoComplete="address-line1"
        error={errorOf("address.line1")}
      />
      <div className="grid gap-4 sm:grid-cols-[repeat(2,minmax(0,1fr))]">
        <Field
          name="city"
          label={t("profile.city")}
          defaultValue={profile.address?.city ?? ""}
          autoComplete="address-level2"
          error={errorOf("address.city")}
        />
        <Field
          name="postalCode"
          label={t("profile.postalCode")}
          defaultValue={profile.address?.postalCode ?? ""}
          autoComplete="postal-code"
          optional
          error={errorOf("address.postalCode")}
        />
      </div>
      <Problem error={error} />
      <div className="flex items-center gap-3">
        <Button type="submit" size="small" data-testid="save-profile" pending={pending}>
          {t("portal.save")}
        </Button>
        <span role="status" className="text-sm text-positive">
          {saved && t("portal.done")}
        </span>
      </div>
    </form>
  );
}

import type { SettlementAccount } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  DateText,
  EmptyState,
  Field,
  Notice,
  Problem,
  SelectField,
  SkeletonList,
  type Tone,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Landmark } from "lucide-react";
import { useState } from "react";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useConfirmed } from "../app/confirm-again.tsx";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { profileQuery, settlementAccountsQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { currencies } from "./currencies.ts";

/** The bank account to which the merchant is paid out, and how far its check is. */
export function AccountPage() {
  const t = useT();
  const may = useMay("account.write");
  const query = useQuery({ ...settlementAccountsQuery(), refetchInterval: 10_000 });
  return (
    <>
      <PortalHeader title={t("portal.nav.account")} lead={t("account.lead")} />
      <div className="grid gap-4">
        {query.isPending ? (
          <SkeletonList rows={2} />
        ) : query.isError ? (
          <Problem error={query.error} onRetry={() => query.refetch()} />
        ) : query.data.items.length === 0 ? (
          <EmptyState icon={Landmark} title={t("account.none")}>
            {t("account.none_hint")}
          </EmptyState>
        ) : (
          query.data.items.map((account) => <Account key={account.id} account={account} may={may} />)
        )}
        {may ? <NewAccount /> : <Notice>{t("portal.only_role")}</Notice>}
      </div>
    </>
  );
}

const tones: Record<SettlementAccount["status"], Tone> = {
  awaiting_code: "warning",
  verified: "positive",
  failed: "danger",
  replaced: "neutral",
};

function Account({ account, may }: { account: SettlementAccount; may: boolean }) {
  const t = useT();
  return (
    <Section
      title={account.maskedNumber}
      aside={
        <Badge tone={tones[account.status]} data-testid="account-status" data-status={account.status}>
          {t(`account.status.${account.status}`)}
        </Badge>
      }
    >
      <Facts>
        <Fact name={t("account.holder")}>
          <span translate="no">{account.holderName}</span>
        </Fact>
        <Fact name={t("profile.currency")}>{account.currency}</Fact>
        <Fact name={t("account.name_check")}>{t(`account.name_check.${account.nameCheck}`)}</Fact>
        {account.usableFrom && (
          <Fact name={t("account.usable_from")}>
            <DateText value={account.usableFrom} />
          </Fact>
        )}
      </Facts>
      {account.status === "awaiting_code" && may && <TypeCode account={account} />}
    </Section>
  );
}

function TypeCode({ account }: { account: SettlementAccount }) {
  const t = useT();
  const queryClient = useQueryClient();
  const { run, pending, error } = useAction(async (code: string) => {
    try {
      await unwrap(
        api.POST("/v1/settlement_accounts/{accountId}/verification", {
          params: { path: { accountId: account.id } },
          body: { code },
        }),
      );
    } finally {
      await queryClient.invalidateQueries({ queryKey: scopedKey("settlement-accounts") });
    }
  });
  const errorOf = useFieldErrors(error);
  return (
    <form
      noValidate
      className="mt-4 grid max-w-sm gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void run(String(new FormData(event.currentTarget).get("code")).replaceAll(/\s/g, ""));
      }}
    >
      <Notice tone="info">
        {t("account.cent", { tries: account.triesLeft })}{" "}
        {account.codeExpiresAt && (
          <>
            {t("account.cent.until")} <DateText value={account.codeExpiresAt} />
          </>
        )}
      </Notice>
      <Field
        name="code"
        label={t("account.code")}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={9}
        error={errorOf("code")}
      />
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" data-testid="verify-account" pending={pending}>
          {t("account.verify")}
        </Button>
      </div>
    </form>
  );
}

function NewAccount() {
  const t = useT();
  const queryClient = useQueryClient();
  const profile = useQuery(profileQuery()).data;
  const [kind, setKind] = useState<"iban" | "sort_code">("iban");
  const { confirmed, dialog } = useConfirmed();
  const { run, pending, error } = useAttempt(
    async (header, body: { holderName: string; currency: string; number: string; sortCode: string }) => {
      await confirmed(() =>
        unwrap(
          api.POST("/v1/settlement_accounts", {
            params: { header },
            body: {
              holderName: body.holderName,
              currency: body.currency as never,
              account:
                kind === "iban"
                  ? { kind, iban: body.number }
                  : { kind, sortCode: body.sortCode, accountNumber: body.number },
            },
          }),
        ),
      );
      await queryClient.invalidateQueries({ queryKey: scopedKey("settlement-accounts") });
    },
  );
  const errorOf = useFieldErrors(error);
  return (
    <Section title={t("account.new")} lead={t("account.new.lead")}>
      <form
        noValidate
        className="grid max-w-lg gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const text = (name: string): string => String(form.get(name) ?? "").trim();
          void run({
            holderName: text("holderName"),
            currency: text("currency"),
            number: text("number"),
            sortCode: text("sortCode"),
          });
        }}
      >
        <Field
          name="holderName"
          label={t("account.holder")}
          hint={t("account.holder.hint")}
          error={errorOf("holderName")}
        />
        <SelectField
          key={profile?.profile.currency ?? ""}
          name="currency"
          label={t("profile.currency")}
          defaultValue={profile?.profile.currency ?? "CNY"}
          error={errorOf("currency")}
        >
          {currencies.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </SelectField>
        <SelectField
          name="kind"
          label={t("account.kind")}
          value={kind}
          onChange={(event) => setKind(event.target.value === "sort_code" ? "sort_code" : "iban")}
        >
          <option value="iban">{t("account.kind.iban")}</option>
          <option value="sort_code">{t("account.kind.sort_code")}</option>
        </SelectField>
        {kind === "sort_code" && (
          <Field
            name="sortCode"
            label={t("account.sort_code")}
            inputMode="numeric"
            autoComplete="off"
            error={errorOf("account.sortCode")}
          />
        )}
        <Field
          name="number"
          label={t(kind === "iban" ? "account.kind.iban" : "account.number")}
          autoComplete="off"
          spellCheck={false}
          error={errorOf("account.iban") ?? errorOf("account.accountNumber")}
        />
        <Problem error={error} />
        <div>
          <Button type="submit" size="small" data-testid="add-account" pending={pending}>
            {t("account.add")}
          </Button>
        </div>
      </form>
      {dialog}
    </Section>
  );
}

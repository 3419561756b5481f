import { Page, Problem, SkeletonList, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { bankBindingQuery, banksQuery, meQuery } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { CodeForm } from "./code-form.tsx";
import { DetailsForm } from "./details-form.tsx";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/link/card");

/** Links a card in two steps: what the bank has on file, then the code that it sends. */
export function LinkCardPage() {
  const t = useT();
  const local = useLocalText();
  const { bank: bankId, binding: bindingId } = route.useSearch();
  const banks = useQuery(banksQuery);
  const me = useQuery(meQuery);
  const binding = useQuery({ ...bankBindingQuery(bindingId ?? ""), enabled: bindingId !== undefined });
  const bank = banks.data?.find((one) => one.id === bankId && one.capabilities.linking === "form");
  const waits = banks.isPending || me.isPending || (bindingId !== undefined && binding.isPending);
  const title = bank ? t("card.title", { bank: local(bank.name) }) : t("link.title");

  return (
    <Page title={title} leading={<BackLink to="/link" />} narrow>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Problem
          error={banks.error ?? me.error ?? binding.error}
          onRetry={() => Promise.all([banks.refetch(), me.refetch(), bindingId && binding.refetch()])}
        />
        {waits && <SkeletonList rows={5} />}
        {banks.isSuccess && bank === undefined && <p>{t("link.no_banks")}</p>}
        {bank && bindingId !== undefined && binding.data && <CodeForm binding={binding.data} />}
        {bank && bindingId === undefined && me.data && (
          <DetailsForm key={bank.id} bank={bank} holderName={me.data.displayName} />
        )}
      </div>
    </Page>
  );
}

import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  EmptyState,
  Field,
  Problem,
  SkeletonList,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { UserRound, UsersRound } from "lucide-react";
import { useState } from "react";
import { api, type Payee, recentPayeesQuery } from "../../api.ts";
import { useT } from "../../text.ts";

/** Recent people first; anyone else by exact e-mail address, with the masked name to confirm. */
export function PayeeChooser({ onChoose }: { onChoose: (payee: Payee) => void }) {
  const t = useT();
  const recent = useQuery(recentPayeesQuery);
  const [found, setFound] = useState<Payee | null>(null);
  const lookUp = useAction(async (email: string) => {
    setFound(null);
    setFound(await unwrap(api.POST("/v1/payee-lookups", { body: { email } })));
  });
  const errorOf = useFieldErrors(lookUp.error);

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Card aria-labelledby="recent-payees">
        <h2 id="recent-payees" className="mb-2 text-lg font-bold">
          {t("send.recent")}
        </h2>
        <Problem error={recent.error} onRetry={() => recent.refetch()} />
        {recent.isPending && <SkeletonList rows={2} />}
        {recent.data?.length === 0 && (
          <EmptyState icon={UsersRound} title={t("send.no_recent")}>
            {t("send.no_recent.text")}
          </EmptyState>
        )}
        <ul className="grid grid-cols-[minmax(0,1fr)] gap-1">
          {recent.data?.map((payee) => (
            <li key={payee.payeeId}>
              <button
                type="button"
                data-testid={`payee-${payee.payeeId}`}
                onClick={() => onChoose(payee)}
                className="-mx-2 flex min-h-14 w-[calc(100%+1rem)] items-center rounded-2xl px-2 text-left hover:bg-sunken"
              >
                <PayeeChip payee={payee} />
              </button>
            </li>
          ))}
        </ul>
      </Card>

      <Card aria-labelledby="by-email">
        <h2 id="by-email" className="mb-3 text-lg font-bold">
          {t("send.by_email")}
        </h2>
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void lookUp.run(String(new FormData(event.currentTarget).get("email")).trim());
          }}
        >
          <Field
            name="email"
            type="email"
            label={t("send.email")}
            hint={t("send.email.hint")}
            inputMode="email"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            error={errorOf("email")}
            onChange={() => {
              setFound(null);
              lookUp.clear();
            }}
          />
          <Problem error={lookUp.error} />
          {!found && (
            <Button type="submit" variant="secondary" data-testid="find-payee" pending={lookUp.pending}>
              {t("send.find")}
            </Button>
          )}
        </form>
        <div role="status">
          {found && (
            <div className="mt-4 grid gap-4 rounded-2xl bg-jade-soft p-4">
              <p className="text-sm">{t("send.is_it")}</p>
              <PayeeChip payee={found} />
              <Button data-testid="submit" onClick={() => onChoose(found)}>
                {t("send.yes", { name: found.maskedName })}
              </Button>
            </div>
          )}
        </div>
      </Card>
    </div>
  );
}

/** A person as we may show them before money has moved between the two: masked name and address. */
export function PayeeChip({ payee }: { payee: Payee }) {
  return (
    <span className="flex min-w-0 items-center gap-3">
      <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-jade-soft text-jade">
        <UserRound aria-hidden className="size-5" />
      </span>
      <span className="min-w-0">
        <span className="block truncate font-semibold">{payee.maskedName}</span>
        <span className="block truncate text-sm text-ink-muted">{payee.maskedEmail}</span>
      </span>
    </span>
  );
}

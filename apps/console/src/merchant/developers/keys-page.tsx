import type { MerchantScope } from "@jinqiao/contract";
import type { paths } from "@jinqiao/contract/client";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  CopyText,
  DateText,
  Dialog,
  EmptyState,
  Field,
  Notice,
  Problem,
  SelectField,
  SkeletonList,
  type Tone,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useRef, useState } from "react";
import { Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useChoice } from "../app/choice.ts";
import { useConfirmed } from "../app/confirm-again.tsx";
import { roleScopes } from "../app/role-scopes.ts";
import { useMay } from "../app/session.ts";
import { keysQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { DeveloperHeader } from "./developer-tabs.tsx";

type NewKey = paths["/v1/api_keys"]["post"]["responses"]["201"]["content"]["application/json"];
type Key = Omit<NewKey, "secret">;
type KeyScope = Exclude<MerchantScope, "account.write" | "team.write" | "keys.write">;

/** What only people do is never given to a key. */
const keyScopes = roleScopes.owner.filter(
  (scope): scope is KeyScope => !["account.write", "team.write", "keys.write"].includes(scope),
);

/** Secret keys of the mode that is looked at. A secret is shown once. */
export function KeysPage() {
  const t = useT();
  const may = useMay("keys.write");
  const { mode } = useChoice();
  const [shown, setShown] = useState<NewKey | null>(null);
  const query = useQuery({ ...keysQuery(), enabled: may });
  return (
    <>
      <DeveloperHeader current="keys" />
      {!may ? (
        <Notice>{t("portal.only_role")}</Notice>
      ) : (
        <div className="grid gap-4">
          <NewKeyForm onMade={setShown} />
          <Section title={t(mode === "live" ? "keys.portal.live" : "keys.portal.test")}>
            {query.isPending ? (
              <SkeletonList rows={2} />
            ) : query.isError ? (
              <Problem error={query.error} onRetry={() => query.refetch()} />
            ) : query.data.items.length === 0 ? (
              <EmptyState icon={KeyRound} title={t("keys.portal.none")}>
                {t("keys.portal.none_hint")}
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {query.data.items.map((key) => (
                  <KeyItem key={key.id} item={key} onRolled={setShown} />
                ))}
              </ul>
            )}
          </Section>
        </div>
      )}
      <Dialog
        open={shown !== null}
        onClose={() => setShown(null)}
        title={t("keys.portal.once")}
        description={t("keys.portal.once.text")}
      >
        {shown && (
          <div className="grid gap-4">
            <div data-testid="key-secret" className="rounded-xl bg-sunken p-3">
              <CopyText text={shown.secret} />
            </div>
            <Button data-testid="key-kept" onClick={() => setShown(null)}>
              {t("keys.portal.kept")}
            </Button>
          </div>
        )}
      </Dialog>
    </>
  );
}

function NewKeyForm({ onMade }: { onMade: (key: NewKey) => void }) {
  const t = useT();
  const queryClient = useQueryClient();
  const { confirmed, dialog } = useConfirmed();
  const [restricted, setRestricted] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const { run, pending, error } = useAttempt(async (_, name: string, scopes: KeyScope[] | null) => {
    const body = { name, ...(scopes !== null && { scopes }) };
    onMade(await confirmed(() => unwrap(api.POST("/v1/api_keys", { body }))));
    form.current?.reset();
    setRestricted(false);
    await queryClient.invalidateQueries({ queryKey: scopedKey("keys") });
  });
  const errorOf = useFieldErrors(error);
  return (
    <Section title={t("keys.portal.new")}>
      <form
        ref={form}
        noValidate
        className="grid max-w-xl gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          void run(
            String(form.get("key-name")).trim(),
            restricted ? keyScopes.filter((scope) => form.getAll("scope").includes(scope)) : null,
          );
        }}
      >
        <Field
          name="key-name"
          label={t("keys.portal.name")}
          hint={t("keys.portal.name.hint")}
          maxLength={60}
          autoComplete="off"
          error={errorOf("name")}
        />
        <label className="flex items-center gap-3 text-sm">
          <input
            type="checkbox"
            name="restricted"
            checked={restricted}
            onChange={(event) => setRestricted(event.target.checked)}
            className="size-4 accent-jade-solid"
          />
          {t("keys.portal.restricted")}
        </label>
        {restricted && (
          <fieldset className="grid gap-1 sm:grid-cols-[repeat(2,minmax(0,1fr))]">
            <legend className="mb-1 text-sm font-medium">{t("keys.portal.scopes")}</legend>
            {keyScopes.map((scope) => (
              <label key={scope} className="flex min-h-9 items-center gap-2 text-sm">
                <input type="checkbox" name="scope" value={scope} className="size-4 accent-jade-solid" />
                <span>
                  {t(`scope.${scope}`)} <code className="text-xs text-ink-muted">{scope}</code>
                </span>
              </label>
            ))}
            <Problem error={errorOf("scopes") === null ? undefined : error} />
          </fieldset>
        )}
        <Problem error={error} />
        <div>
          <Button type="submit" size="small" data-testid="make-key" pending={pending}>
            {t("keys.portal.new")}
          </Button>
        </div>
      </form>
      {dialog}
    </Section>
  );
}

const tones: Record<Key["status"], Tone> = {
  active: "positive",
  rolling: "warning",
  expired: "neutral",
  revoked: "neutral",
};

function KeyItem({ item, onRolled }: { item: Key; onRolled: (key: NewKey) => void }) {
  const t = useT();
  const queryClient = useQueryClient();
  const { confirmed, dialog } = useConfirmed();
  const [rolling, setRolling] = useState(false);
  const [sure, setSure] = useState(false);
  const path = { keyId: item.id };
  const refresh = () => queryClient.invalidateQueries({ queryKey: scopedKey("keys") });
  const roll = useAttempt(async (_, overlapHours: number) => {
    onRolled(
      await confirmed(() =>
        unwrap(api.POST("/v1/api_keys/{keyId}/rolls", { params: { path }, body: { overlapHours } })),
      ),
    );
    setRolling(false);
    await refresh();
  });
  const revoke = useAttempt(async () => {
    await confirmed(() => unwrap(api.DELETE("/v1/api_keys/{keyId}", { params: { path } })));
    setSure(false);
    await refresh();
  });
  const works = item.status === "active" || item.status === "rolling";
  return (
    <li data-testid="key" className="grid gap-2 py-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="min-w-0">
          <span translate="no" className="font-medium">
            {item.name}
          </span>{" "}
          <code className="text-xs text-ink-muted">{item.masked}</code>
          <span className="block text-xs text-ink-muted">
            {item.lastUsedAt ? (
              <>
                {t("keys.portal.used")} <DateText value={item.lastUsedAt} />
              </>
            ) : (
              t("keys.portal.unused")
            )}
            {item.expiresAt && works && (
              <>
                {" · "}
                {t("keys.portal.ends")} <DateText value={item.expiresAt} />
              </>
            )}
          </span>
          {item.scopes !== null && (
            <span className="block text-xs break-words text-ink-muted">
              {t("keys.portal.scopes")} <code>{item.scopes.join(" ")}</code>
            </span>
          )}
        </span>
        <span className="flex flex-wrap items-center gap-2">
          <Badge tone={tones[item.status]} data-testid="key-status" data-status={item.status}>
            {t(`key_status.${item.status}`)}
          </Badge>
          {works && (
            <>
              {item.status === "active" && (
                <Button variant="secondary" size="small" onClick={() => setRolling(!rolling)}>
                  {t("keys.portal.roll")}
                </Button>
              )}
              <Button
                variant={sure ? "danger" : "ghost"}
                size="small"
                data-testid="revoke-key"
                pending={revoke.pending}
                onClick={() => (sure ? revoke.run() : setSure(true))}
              >
                {t(sure ? "keys.portal.revoke.sure" : "keys.portal.revoke")}
              </Button>
            </>
          )}
        </span>
      </div>
      {sure && (
        <p role="status" className="text-sm text-ink-muted">
          {t("keys.portal.revoke.means")}
        </p>
      )}
      {rolling && (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void roll.run(Number(new FormData(event.currentTarget).get("overlap")));
          }}
        >
          <SelectField name="overlap" label={t("keys.portal.overlap")} defaultValue="24">
            {[0, 1, 24, 72].map((hours) => (
              <option key={hours} value={hours}>
                {t("keys.portal.hours", { hours })}
              </option>
            ))}
          </SelectField>
          <Button type="submit" size="small" className="mb-1.5" data-testid="roll-key" pending={roll.pending}>
            {t("keys.portal.roll")}
          </Button>
        </form>
      )}
      <Problem error={roll.error ?? revoke.error} />
      {dialog}
    </li>
  );
}

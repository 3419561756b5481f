import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  Card,
  Field,
  Notice,
  Problem,
  Skeleton,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, Lock, MessageSquareQuote } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../api.ts";
import { useGuardedAction } from "../security/reauthenticate.tsx";
import { PushCard } from "./push-card.tsx";
import { type NotificationSettings, notificationSettingsQuery } from "./queries.ts";
import { useT } from "./text.ts";

type Change = { payments?: { email?: boolean; push?: boolean }; phrase?: string | null };

async function store(change: Change): Promise<void> {
  const changed = await unwrap(api.PATCH("/v1/me/notification-settings", { body: change }));
  queryClient.setQueryData(notificationSettingsQuery.queryKey, changed);
  // The shield of the security page counts the phrase.
  await queryClient.invalidateQueries({ queryKey: ["security"] });
}

/** By which way people are told what; the phrase that shows a message is ours. */
export function NoticeSettings() {
  const settings = useQuery(notificationSettingsQuery);
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
      <Problem error={settings.error} onRetry={() => settings.refetch()} />
      {settings.isPending && <Skeleton className="h-60" />}
      {settings.data && (
        <>
          <PhraseCard isSet={settings.data.phraseSet} />
          <GroupsCard settings={settings.data} />
          <PushCard offered={settings.data.channels.some((one) => one.channel === "push" && one.available)} />
        </>
      )}
    </div>
  );
}

function PhraseCard({ isSet }: { isSet: boolean }) {
  const t = useT();
  const [saved, setSaved] = useState<"set" | "removed" | null>(null);
  const save = useGuardedAction(async (phrase: string | null) => {
    setSaved(null);
    await store({ phrase });
    setSaved(phrase === null ? "removed" : "set");
  });
  const errorOf = useFieldErrors(save.error);
  return (
    <Card aria-labelledby="phrase">
      <h2 id="phrase" className="flex items-center gap-2 text-lg font-bold">
        <MessageSquareQuote aria-hidden className="size-5 text-jade" />
        {t("notices.phrase")}
      </h2>
      <p className="mt-1 mb-3 text-sm text-ink-muted">{t("notices.phrase.text")}</p>
      <form
        key={saved}
        noValidate
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run(String(new FormData(event.currentTarget).get("phrase")).trim());
        }}
      >
        <Field
          name="phrase"
          label={t(isSet ? "notices.phrase.new" : "notices.phrase.label")}
          hint={t("notices.phrase.hint")}
          maxLength={40}
          autoComplete="off"
          error={errorOf("phrase")}
        />
        <Problem error={save.error} />
        <div role="status">
          {saved !== null && (
            <Notice tone="positive" icon={CircleCheck}>
              <p data-testid="phrase-saved">{t(`notices.phrase.${saved}`)}</p>
            </Notice>
          )}
        </div>
        <div className="flex flex-wrap gap-3">
          <Button type="submit" variant="secondary" data-testid="save-phrase" pending={save.pending}>
            {t(isSet ? "notices.phrase.change" : "notices.phrase.save")}
          </Button>
          {isSet && (
            <Button variant="secondary" pending={save.pending} onClick={() => void save.run(null)}>
              {t("notices.phrase.remove")}
            </Button>
          )}
        </div>
      </form>
      {save.dialog}
    </Card>
  );
}

function GroupsCard({ settings }: { settings: NotificationSettings }) {
  const t = useT();
  const change = useAction((channel: "email" | "push", on: boolean) =>
    store({ payments: { [channel]: on } }),
  );
  const addressOf = (channel: string) => settings.channels.find((one) => one.channel === channel)?.address;
  return (
    <Card aria-labelledby="groups">
      <h2 id="groups" className="text-lg font-bold">
        {t("notices.groups")}
      </h2>
      <ul className="divide-y divide-line">
        {settings.groups.map((group) => (
          <li key={group.group} className="grid gap-2 py-4">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <h3 className="font-semibold">{t(`notices.group.${group.group}`)}</h3>
              {group.fixed && (
                <Badge tone="neutral" icon={Lock}>
                  {t("notices.fixed")}
                </Badge>
              )}
            </div>
            <p className="text-sm text-ink-muted">{t(`notices.group.${group.group}.text`)}</p>
            {group.fixed ? (
              <ul className="text-sm">
                {group.on.map((channel) => (
                  <li key={channel}>
                    {t(`notices.channel.${channel}`)}
                    {addressOf(channel) && (
                      <span data-foreign className="text-ink-muted">
                        {" "}
                        {addressOf(channel)}
                      </span>
                    )}
                  </li>
                ))}
              </ul>
            ) : (
              <div className="grid">
                {(["email", "push"] as const)
                  .filter((channel) => group.choices.includes(channel))
                  .map((channel) => (
                    <label key={channel} className="flex min-h-11 items-center gap-3">
                      <input
                        type="checkbox"
                        className="size-5 accent-jade-solid"
                        data-testid={`payments-${channel}`}
                        checked={group.on.includes(channel)}
                        disabled={change.pending}
                        onChange={(event) => void change.run(channel, event.target.checked)}
                      />
                      {t(`notices.channel.${channel}`)}
                    </label>
                  ))}
              </div>
            )}
          </li>
        ))}
      </ul>
      <Problem error={change.error} />
    </Card>
  );
}

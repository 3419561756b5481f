import type { MerchantMember, MerchantRole } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  DateText,
  Field,
  Notice,
  Problem,
  SelectField,
  SkeletonList,
  useAction,
  useFieldErrors,
  useLanguage,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { roleScopes } from "../app/role-scopes.ts";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { membersQuery } from "../queries.ts";
import { useT } from "../text.ts";

const roles = Object.keys(roleScopes) as MerchantRole[];

/** Who works for the merchant, as what; people are invited by their address. */
export function TeamPage() {
  const t = useT();
  const may = useMay("team.write");
  return (
    <>
      <PortalHeader title={t("portal.nav.team")} lead={t("team.lead")} />
      <div className="grid gap-4">
        {may ? (
          <>
            <Members />
            <Invite />
          </>
        ) : (
          <Notice>{t("portal.only_role")}</Notice>
        )}
        <Section title={t("team.roles")}>
          <dl className="grid gap-2 text-sm">
            {roles.map((role) => (
              <div key={role} className="grid gap-x-4 @md:grid-cols-[9rem_minmax(0,1fr)]">
                <dt className="font-semibold">{t(`portal.role.${role}`)}</dt>
                <dd className="text-ink-muted">{t(`team.role.${role}`)}</dd>
              </div>
            ))}
          </dl>
        </Section>
      </div>
    </>
  );
}

function Members() {
  const query = useQuery(membersQuery());
  if (query.isPending) return <SkeletonList rows={3} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  return (
    <ul className="divide-y divide-line rounded-2xl border border-line bg-surface px-4">
      {query.data.items.map((member) => (
        <Member key={member.id} member={member} />
      ))}
    </ul>
  );
}

function Member({ member }: { member: MerchantMember }) {
  const t = useT();
  const queryClient = useQueryClient();
  const path = { memberId: member.id };
  const refresh = () => queryClient.invalidateQueries({ queryKey: scopedKey("members") });
  const change = useAction(async (role: MerchantRole) => {
    await unwrap(api.PATCH("/v1/merchant/members/{memberId}", { params: { path }, body: { role } }));
    await refresh();
  });
  const remove = useAction(async () => {
    await unwrap(api.DELETE("/v1/merchant/members/{memberId}", { params: { path } }));
    await refresh();
  });
  const [sure, setSure] = useState(false);
  const here = member.status === "active" || member.status === "invited";
  return (
    <li data-testid="team-member" className="grid gap-2 py-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="min-w-0">
          <span translate="no" className="font-medium">
            {member.displayName ?? member.email}
          </span>{" "}
          {member.self && <span className="text-sm text-ink-muted">{t("team.you")}</span>}
          <span translate="no" className="block text-sm break-all text-ink-muted">
            {member.displayName !== null && member.email}
          </span>
        </span>
        <span className="flex flex-wrap items-center gap-2">
          {member.status !== "active" && (
            <Badge tone={member.status === "invited" ? "info" : "neutral"}>
              {t(`team.status.${member.status}`)}
            </Badge>
          )}
          {here && (
            <>
              <label>
                <span className="sr-only">
                  {t("team.role_of", { name: member.displayName ?? member.email })}
                </span>
                <select
                  value={member.role}
                  disabled={change.pending}
                  onChange={(event) => {
                    const role = roles.find((one) => one === event.target.value);
                    if (role) void change.run(role);
                  }}
                  className="h-9 rounded-xl border border-line-strong bg-surface px-2 text-sm text-ink"
                >
                  {roles.map((role) => (
                    <option key={role} value={role}>
                      {t(`portal.role.${role}`)}
                    </option>
                  ))}
                </select>
              </label>
              <Button
                variant={sure ? "danger" : "ghost"}
                size="small"
                pending={remove.pending}
                onClick={() => (sure || member.status === "invited" ? remove.run() : setSure(true))}
              >
                {t(
                  member.status === "invited" ? "team.take_back" : sure ? "team.remove.sure" : "team.remove",
                )}
              </Button>
            </>
          )}
        </span>
      </div>
      {member.status === "invited" && member.expiresAt && (
        <p className="text-xs text-ink-muted">
          {t("team.invited_until")} <DateText value={member.expiresAt} />
        </p>
      )}
      {sure && (
        <p role="status" className="text-sm text-ink-muted">
          {t("team.remove.means")}
        </p>
      )}
      <Problem error={change.error ?? remove.error} />
    </li>
  );
}

function Invite() {
  const t = useT();
  const language = useLanguage();
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const { run, pending, error } = useAttempt(async (header, email: string, role: MerchantRole) => {
    await unwrap(
      api.POST("/v1/merchant/members", { params: { header }, body: { email, role, locale: language } }),
    );
    form.current?.reset();
    await queryClient.invalidateQueries({ queryKey: scopedKey("members") });
  });
  const errorOf = useFieldErrors(error);
  return (
    <Section title={t("team.invite")} lead={t("team.invite.lead")}>
      <form
        ref={form}
        noValidate
        className="grid max-w-lg gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          const role = roles.find((one) => one === data.get("role")) ?? "viewer";
          void run(String(data.get("email")).trim(), role);
        }}
      >
        <Field name="email" type="email" inputMode="email" label={t("team.email")} error={errorOf("email")} />
        <SelectField name="role" label={t("team.role")} defaultValue="cashier">
          {roles.map((role) => (
            <option key={role} value={role}>
              {t(`portal.role.${role}`)}
            </option>
          ))}
        </SelectField>
        <Problem error={error} />
        <div>
          <Button type="submit" size="small" data-testid="invite-member" pending={pending}>
            {t("team.invite")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

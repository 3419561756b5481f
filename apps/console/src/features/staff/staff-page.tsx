import type { StaffMember } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, Dialog, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { PageHeader } from "../../components/page.tsx";
import { Cell, type Column, Table } from "../../components/table.tsx";
import { useDeskT } from "../../i18n.ts";
import { ChangeRole, Invite } from "./staff-forms.tsx";

/** Members of staff, their roles, and proposals to change them. */
export function StaffPage() {
  const t = useDeskT();
  const mayChange = useMay("staff.change");
  const query = useQuery({
    queryKey: ["members"],
    queryFn: ({ signal }) => unwrap(api.GET("/v1/console/staff", { signal })),
  });
  const [changing, setChanging] = useState<StaffMember>();
  const [inviting, setInviting] = useState(false);
  return (
    <>
      <PageHeader
        title={t("staff.title")}
        lead={t("staff.lead")}
        actions={
          mayChange && (
            <Button size="small" data-testid="invite" onClick={() => setInviting(true)}>
              {t("staff.invite")}
            </Button>
          )
        }
      />
      {query.isPending && <SkeletonList rows={5} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.data && (
        <div className="rounded-2xl border border-line bg-surface px-2">
          <Members members={query.data.items} onChange={mayChange ? setChanging : undefined} />
        </div>
      )}
      <Dialog
        open={changing !== undefined}
        onClose={() => setChanging(undefined)}
        title={t("staff.change_title", { name: changing?.displayName ?? "" })}
      >
        {changing && <ChangeRole member={changing} onClose={() => setChanging(undefined)} />}
      </Dialog>
      <Dialog
        open={inviting}
        onClose={() => setInviting(false)}
        title={t("staff.invite")}
        description={t("staff.invite_lead")}
      >
        <Invite onClose={() => setInviting(false)} />
      </Dialog>
    </>
  );
}

function Members(props: {
  members: readonly StaffMember[];
  onChange: ((member: StaffMember) => void) | undefined;
}) {
  const t = useDeskT();
  const columns: Column[] = [
    { id: "name", head: t("staff.name") },
    { id: "role", head: t("staff.role") },
    { id: "passkeys", head: t("staff.passkeys"), from: "sm" },
    { id: "seen", head: t("staff.seen"), from: "md" },
    { id: "change", head: "", align: "right" },
  ];
  const [name, role, passkeys, seen, change] = columns;
  return (
    <Table caption={t("staff.title")} columns={columns}>
      {props.members.map((member) => (
        <tr key={member.id} data-testid="member" className="border-b border-line last:border-0">
          <Cell column={name}>
            <span translate="no" className="font-medium">
              {member.displayName}
            </span>
            <span translate="no" className="block text-xs break-all text-ink-muted">
              {member.email}
            </span>
          </Cell>
          <Cell column={role}>{member.leftAt === null ? t(`role.${member.role}`) : t("staff.left")}</Cell>
          <Cell column={passkeys}>{member.passkeys === 0 ? t("staff.no_passkey") : member.passkeys}</Cell>
          <Cell column={seen}>{member.lastSeenAt && <InstantText value={member.lastSeenAt} />}</Cell>
          <Cell column={change}>
            {props.onChange && member.leftAt === null && (
              <Button
                size="small"
                variant="secondary"
                aria-label={t("staff.change_title", { name: member.displayName })}
                onClick={() => props.onChange?.(member)}
              >
                {t("staff.change")}
              </Button>
            )}
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

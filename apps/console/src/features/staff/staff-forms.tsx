import type { StaffMember, StaffRole } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Field,
  Notice,
  Problem,
  SelectField,
  TextAreaField,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api } from "../../api.ts";
import { useDeskT } from "../../i18n.ts";

const roles: readonly StaffRole[] = [
  "operations",
  "viewer",
  "support",
  "compliance",
  "security",
  "administrator",
];

/** Proposes another role, or that somebody leaves. */
export function ChangeRole({ member, onClose }: { member: StaffMember; onClose: () => void }) {
  const t = useDeskT();
  const [role, setRole] = useState<StaffRole | "">(member.role);
  return (
    <ProposalForm
      onClose={onClose}
      propose={(reason) =>
        unwrap(
          api.POST("/v1/console/staff/{staffId}/role-proposals", {
            params: { path: { staffId: member.id } },
            body: { role: role === "" ? null : role, reason },
          }),
        )
      }
    >
      {() => (
        <SelectField
          name="role"
          label={t("staff.new_role")}
          value={role}
          onChange={(event) => setRole(event.target.value as StaffRole | "")}
        >
          {roles.map((one) => (
            <option key={one} value={one}>
              {t(`role.${one}`)}
            </option>
          ))}
          <option value="">{t("staff.leaves")}</option>
        </SelectField>
      )}
    </ProposalForm>
  );
}

/** Proposes a new member of staff. */
export function Invite({ onClose }: { onClose: () => void }) {
  const t = useDeskT();
  const [email, setEmail] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [role, setRole] = useState<StaffRole>("viewer");
  return (
    <ProposalForm
      onClose={onClose}
      propose={(reason) =>
        unwrap(api.POST("/v1/console/staff", { body: { email: email.trim(), displayName, role, reason } }))
      }
    >
      {(fieldError) => (
        <>
          <Field
            name="new-name"
            autoComplete="off"
            label={t("staff.name")}
            value={displayName}
            onChange={(event) => setDisplayName(event.target.value)}
            error={fieldError("displayName")}
          />
          <Field
            name="new-email"
            type="email"
            autoComplete="off"
            label={t("staff.email")}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            error={fieldError("email")}
          />
          <SelectField
            name="role"
            label={t("staff.role")}
            value={role}
            onChange={(event) => setRole(event.target.value as StaffRole)}
          >
            {roles.map((one) => (
              <option key={one} value={one}>
                {t(`role.${one}`)}
              </option>
            ))}
          </SelectField>
        </>
      )}
    </ProposalForm>
  );
}

function ProposalForm(props: {
  onClose: () => void;
  propose: (reason: string) => Promise<unknown>;
  children: (fieldError: (field: string) => string | undefined) => ReactNode;
}) {
  const t = useDeskT();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState("");
  const [done, setDone] = useState(false);
  const { run, pending, error } = useAction(async () => {
    await props.propose(reason);
    setDone(true);
    await queryClient.invalidateQueries({ queryKey: ["approvals"] });
  });
  const fieldError = useFieldErrors(error);
  if (done)
    return (
      <Notice tone="positive" role="status">
        {t("staff.proposed")}
      </Notice>
    );
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      {props.children((field) => fieldError(field) ?? undefined)}
      <TextAreaField
        name="reason"
        label={t("staff.why")}
        maxLength={140}
        rows={2}
        required
        value={reason}
        onChange={(event) => setReason(event.target.value.replaceAll("\n", " "))}
        error={fieldError("reason")}
      />
      <Problem error={error} />
      <Button type="submit" data-testid="propose" pending={pending}>
        {t("staff.propose")}
      </Button>
    </form>
  );
}

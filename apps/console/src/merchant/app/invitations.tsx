import { unwrap } from "@jinqiao/contract/client";
import { Button, DateText, Notice, Problem, useAction, useLocalText } from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Mail } from "lucide-react";
import { useT } from "../text.ts";
import { api } from "./api.ts";
import { choose } from "./choice.ts";
import { invitationsQuery, meQuery } from "./session.ts";

type Invitation =
  Awaited<ReturnType<NonNullable<typeof invitationsQuery.queryFn>>> extends readonly (infer I)[] ? I : never;

/** Invitations to teams that wait for the person's answer, on every page until they are answered. */
export function Invitations() {
  const signedIn = useQuery(meQuery).isSuccess;
  const invitations = useQuery({ ...invitationsQuery, enabled: signedIn }).data ?? [];
  return invitations.map((one) => <InvitationItem key={one.memberId} invitation={one} />);
}

function InvitationItem({ invitation }: { invitation: Invitation }) {
  const t = useT();
  const say = useLocalText();
  const queryClient = useQueryClient();
  const answer = useAction(async (accept: boolean) => {
    await unwrap(
      api.POST("/v1/merchant-invitations/{memberId}/answer", {
        params: { path: { memberId: invitation.memberId } },
        body: { accept },
      }),
    );
    await queryClient.invalidateQueries({ queryKey: ["merchants"] });
    await queryClient.invalidateQueries({ queryKey: ["invitations"] });
    if (accept) choose({ merchantId: invitation.merchantId, mode: "test" });
  });
  return (
    <Notice tone="info" icon={Mail} className="mb-4">
      <div data-testid="invitation" className="grid gap-2">
        <p>
          <strong translate="no">{say(invitation.tradingName)}</strong>{" "}
          {t("portal.invitation", { role: t(`portal.role.${invitation.role}`) })}{" "}
          <DateText value={invitation.expiresAt} />
        </p>
        <Problem error={answer.error} />
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            data-testid="accept-invitation"
            pending={answer.pending}
            onClick={() => answer.run(true)}
          >
            {t("portal.invitation.accept")}
          </Button>
          <Button variant="secondary" size="small" pending={answer.pending} onClick={() => answer.run(false)}>
            {t("portal.invitation.refuse")}
          </Button>
        </div>
      </div>
    </Notice>
  );
}

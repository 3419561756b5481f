import type { CaseDetails } from "@jinqiao/contract";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { useAction } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, caseQuery } from "../../api.ts";
import { DecisionForm } from "../../components/decision-form.tsx";
import { Section } from "../../components/page.tsx";
import { useCasesT } from "../../i18n.ts";

type Action = CaseDetails["case"]["actions"][number];

/** Asks the bank again, or decides what became of the payment, with the evidence; each stays on record. */
export function DecideCase({ details }: { details: CaseDetails }) {
  const t = useCasesT();
  const { case: item, needTwo } = details;
  const queryClient = useQueryClient();
  const [decisions, setDecisions] = useState(0);

  // A repeat decides nothing twice: after the first, the case is closed.
  const { run, pending, error } = useAction(async (body: { action: Action; note: string }) => {
    try {
      const after = await unwrap(
        api.POST("/v1/console/cases/{caseId}/actions", { params: { path: { caseId: item.id } }, body }),
      );
      queryClient.setQueryData(caseQuery(item.id).queryKey, after);
      setDecisions((count) => count + 1);
      await Promise.all(
        ["cases", "payments", "trial-balance"].map((kind) =>
          queryClient.invalidateQueries({ queryKey: [kind] }),
        ),
      );
    } catch (refusal) {
      if (refusal instanceof ApiError && refusal.problem.status === 409)
        void queryClient.invalidateQueries({ queryKey: ["cases"] });
      throw refusal;
    }
  });

  return (
    <Section
      title={t("case.decide")}
      {...(details.case.kind !== "money_owed" && { lead: t("case.decide_lead") })}
    >
      <DecisionForm<Action>
        // What was written belongs to what was decided: the next decision begins empty.
        key={decisions}
        name="case"
        text={(id) => t(`case.${id}`)}
        options={item.actions.map((action) => ({
          action,
          title: t(`case_action.${action}`),
          means: t(`case_action_means.${action}`),
          two: needTwo.includes(action),
        }))}
        proposal={item.proposal}
        proposed={(action) => t("case.proposed", { action: t(`case_action.${action as Action}`) })}
        onDecide={run}
        state={{ pending, error }}
      />
    </Section>
  );
}

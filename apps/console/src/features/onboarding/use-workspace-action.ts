import type { Onboarding } from "@jinqiao/contract";
import { ApiError } from "@jinqiao/contract/client";
import { useAction } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { onboardingQuery } from "../../api.ts";

/** One change of a workspace; its answer is what the page shows next. */
export function useWorkspaceAction<Input>(
  workspace: Onboarding,
  work: (input: Input) => Promise<Onboarding>,
): { run(input: Input): Promise<unknown>; pending: boolean; error: unknown } {
  const queryClient = useQueryClient();
  const { queryKey } = onboardingQuery(workspace.id);
  return useAction(async (input: Input) => {
    try {
      queryClient.setQueryData(queryKey, await work(input));
      await queryClient.invalidateQueries({ queryKey: ["onboardings"], exact: true });
    } catch (error) {
      // What somebody else changed is shown at once; the words of the refusal stay.
      if (error instanceof ApiError && error.problem.status === 409)
        void queryClient.invalidateQueries({ queryKey });
      throw error;
    }
  });
}

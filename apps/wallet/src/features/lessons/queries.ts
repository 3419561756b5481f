import { type components, unwrap } from "@jinqiao/contract/client";
import { remembered, useRemembered } from "@jinqiao/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, meQuery, queryClient } from "../../api.ts";

export type LessonId = components["schemas"]["Lesson"]["id"];

const lessonsQuery = queryOptions({
  queryKey: ["lessons"],
  queryFn: async () => (await unwrap(api.GET("/v1/me/lessons"))).items,
  staleTime: Number.POSITIVE_INFINITY,
});

/** What was read in this browser, for the pages before signing in. */
const seenHere = {
  new_payee: remembered("jinqiao.lesson.new_payee", ["yes", "no"], "no"),
  bank_call: remembered("jinqiao.lesson.bank_call", ["yes", "no"], "no"),
  public_wifi: remembered("jinqiao.lesson.public_wifi", ["yes", "no"], "no"),
  reused_password: remembered("jinqiao.lesson.reused_password", ["yes", "no"], "no"),
} satisfies Record<LessonId, unknown>;

/** Whether a lesson is still to be shown, and how to say that it was read. */
export function useLesson(id: LessonId): { due: boolean; see: () => void } {
  const [here, setHere] = useRemembered(seenHere[id]);
  const signedIn = queryClient.getQueryData(meQuery.queryKey) !== undefined;
  const lessons = useQuery({ ...lessonsQuery, enabled: signedIn });
  const seenThere = lessons.data?.find((lesson) => lesson.id === id)?.seenAt != null;
  return {
    // A card that comes and goes is worse than none: while we do not know, and when we cannot know, it stays away.
    due: here === "no" && (signedIn ? lessons.data !== undefined && !seenThere : true),
    see() {
      setHere("yes");
      if (!signedIn) return;
      // Not read as far as the server knows is no harm: the card then comes once more on another device.
      void unwrap(api.POST("/v1/me/lessons/{lessonId}/seen", { params: { path: { lessonId: id } } })).then(
        () => queryClient.invalidateQueries({ queryKey: lessonsQuery.queryKey }),
        () => undefined,
      );
    },
  };
}

import { unwrap } from "@jinqiao/contract/client";
import { Notice } from "@jinqiao/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import { api } from "../../api.ts";
import { useT } from "./text.ts";

const installationQuery = queryOptions({
  queryKey: ["installation"],
  queryFn: () => unwrap(api.GET("/v1/installation")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Where the codes of a demo are to be read: no mail leaves it. Shows nothing elsewhere. */
export function DemoOutbox() {
  const t = useT();
  const { data } = useQuery(installationQuery);
  if (!data?.demo || data.outboxUrl === null) return null;
  return (
    <Notice icon={Inbox}>
      {t("demo.outbox")}{" "}
      <a href={data.outboxUrl} target="_blank" rel="noreferrer" className="font-semibold underline">
        {t("demo.outbox.open")}
      </a>
    </Notice>
  );
}

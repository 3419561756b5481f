import { PortalHeader } from "../components/portal-page.tsx";
import { PortalTabs } from "../components/portal-tabs.tsx";
import { useT } from "../text.ts";

/** The heading that all lists for developers share. */
export function DeveloperHeader({
  current,
}: {
  current: "keys" | "webhooks" | "checkout" | "events" | "requests";
}) {
  const t = useT();
  return (
    <>
      <PortalHeader title={t("portal.nav.developers")} lead={t(`developers.${current}.lead`)} />
      <PortalTabs
        label={t("portal.nav.developers")}
        current={current}
        tabs={[
          { id: "keys", label: t("developers.keys"), to: "/developers" },
          { id: "webhooks", label: t("developers.webhooks"), to: "/developers/webhooks" },
          { id: "checkout", label: t("developers.checkout"), to: "/developers/checkout" },
          { id: "events", label: t("developers.events"), to: "/developers/events" },
          { id: "requests", label: t("developers.requests"), to: "/developers/requests" },
        ]}
      />
    </>
  );
}

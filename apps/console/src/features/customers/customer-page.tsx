import type { ConsoleCustomer } from "@jinqiao/contract";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { Notice, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Clock } from "lucide-react";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { useDeskT, useFormat } from "../../i18n.ts";
import { CustomerPayments } from "./customer-payments.tsx";
import { EraseCustomer } from "./erase-customer.tsx";
import { FreezeItem } from "./freeze-item.tsx";
import { GiveReason } from "./give-reason.tsx";
import { SetFreeze } from "./set-freeze.tsx";

const route = getRouteApi("/staff/customers/$customerId");

/** One customer, for who has said why. */
export function CustomerPage() {
  const t = useDeskT();
  const { customerId } = route.useParams();
  const query = useQuery({
    queryKey: ["customers", "one", customerId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/console/customers/{customerId}", { params: { path: { customerId } }, signal })),
    retry: false,
  });
  const closed = query.error instanceof ApiError && query.error.problem.code === "staff.reason_needed";
  if (closed)
    return (
      <>
        <PageHeader title={t("customer.reason_title")} lead={t("customer.reason_lead")} />
        <GiveReason customerId={customerId} onGiven={() => query.refetch()} />
      </>
    );
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  if (query.data === undefined) return <SkeletonList rows={6} />;
  return <CustomerView customer={query.data} />;
}

function CustomerView({ customer }: { customer: ConsoleCustomer }) {
  const t = useDeskT();
  const format = useFormat();
  const maySet = useMay("freezes.set");
  const mayPayments = useMay("payments.read");
  const mayErase = useMay("customers.erase");
  const { displayName, devices, freezes, looks, passkeys } = customer;
  const password = t(customer.passwordSet ? "customer.password_yes" : "customer.password_no");
  return (
    <>
      <PageHeader title={displayName} lead={<span translate="no">{customer.id}</span>} />
      <div className="grid gap-4">
        <Notice tone="info" icon={Clock}>
          {t("customer.until", { time: format.instant(customer.until) })}
        </Notice>
        <Section title={t("customer.who")}>
          <Facts>
            <Fact name={t("customer.email")}>
              <span translate="no">{customer.emailMasked}</span>
            </Fact>
            <Fact name={t("customer.phone")}>{customer.phoneMasked ?? "—"}</Fact>
            <Fact name={t("customer.language")}>{customer.locale === "zh" ? "中文" : "English"}</Fact>
            <Fact name={t("customer.since")}>
              <InstantText value={customer.createdAt} />
            </Fact>
            <Fact name={t("customer.ways")}>{t("customer.ways_value", { passkeys, password })}</Fact>
          </Facts>
        </Section>
        <Section title={t("customer.freezes")}>
          {freezes.length === 0 && <p className="text-sm text-ink-muted">{t("customer.freezes_none")}</p>}
          <ul className="grid gap-4">
            {freezes.map((freeze) => (
              <FreezeItem key={freeze.id} freeze={freeze} customerId={customer.id} />
            ))}
          </ul>
        </Section>
        {maySet && <SetFreeze customerId={customer.id} />}
        {mayPayments && <CustomerPayments customerId={customer.id} />}
        <Section title={t("customer.devices")}>
          {devices.length === 0 && <p className="text-sm text-ink-muted">{t("customer.devices_none")}</p>}
          <ul className="grid gap-1 text-sm">
            {devices.map(({ name, firstSeenAt, lastSeenAt }) => (
              <li key={`${name} ${firstSeenAt}`}>
                <strong translate="no">{name}</strong>{" "}
                {t("customer.device", {
                  since: format.instant(firstSeenAt),
                  seen: format.instant(lastSeenAt),
                })}
              </li>
            ))}
          </ul>
        </Section>
        <Section title={t("customer.looks")}>
          {looks.length === 0 && <p className="text-sm text-ink-muted">{t("customer.looks_none")}</p>}
          <ul className="grid gap-2 text-sm">
            {looks.map(({ at, by, role, reason, text, ticket }) => (
              <li key={`${at} ${by}`} className="break-words">
                <InstantText value={at} /> · <span translate="no">{by}</span> (
                {t(`role.${role}` as "role.support")}) · {t(`reason.${reason}`)}:{" "}
                <span translate="no">{text}</span>
                {ticket && <span translate="no"> · {ticket}</span>}
              </li>
            ))}
          </ul>
        </Section>
        {mayErase && <EraseCustomer customerId={customer.id} />}
      </div>
    </>
  );
}

import { buttonClasses, Card } from "@jinqiao/ui";
import { BadgeCheck, BanknoteArrowDown, QrCode, Store } from "lucide-react";
import { PortalHeader } from "../components/portal-page.tsx";
import { useT } from "../text.ts";
import { PortalLink } from "./navigation.tsx";

const steps = [
  { id: "business", icon: Store },
  { id: "account", icon: BadgeCheck },
  { id: "accept", icon: QrCode },
  { id: "paid_out", icon: BanknoteArrowDown },
] as const;

/** Who belongs to no merchant is told what one is for, and begins. */
export function NoMerchant() {
  const t = useT();
  return (
    <>
      <PortalHeader title={t("portal.none.title")} lead={t("portal.none.lead")} />
      <Card>
        <ol className="grid gap-4 sm:grid-cols-[repeat(2,minmax(0,1fr))]">
          {steps.map(({ id, icon: Icon }) => (
            <li key={id} className="flex gap-3">
              <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-jade-soft text-jade">
                <Icon aria-hidden className="size-5" />
              </span>
              <span>
                <strong className="block">{t(`portal.none.${id}`)}</strong>
                <span className="text-sm text-ink-muted">{t(`portal.none.${id}.text`)}</span>
              </span>
            </li>
          ))}
        </ol>
        <PortalLink to="/sign-up" className={`mt-6 ${buttonClasses()}`} data-testid="begin-sign-up">
          {t("portal.none.action")}
        </PortalLink>
        <p className="mt-3 text-sm text-ink-muted">{t("portal.none.invited")}</p>
      </Card>
    </>
  );
}

import type { PaymentIntent } from "@jinqiao/contract";
import { Badge, type Tone } from "@jinqiao/ui";
import { Ban, CircleCheck, CircleDashed, Clock, HandCoins, type LucideIcon, Smartphone } from "lucide-react";
import { useT } from "../text.ts";

export type IntentStatus = PaymentIntent["status"];

const looks: Record<IntentStatus, { tone: Tone; icon: LucideIcon }> = {
  requires_payment_method: { tone: "neutral", icon: CircleDashed },
  requires_action: { tone: "info", icon: Smartphone },
  processing: { tone: "warning", icon: Clock },
  requires_capture: { tone: "warning", icon: HandCoins },
  succeeded: { tone: "positive", icon: CircleCheck },
  canceled: { tone: "neutral", icon: Ban },
};

/** Where a payment stands; what was refunded or disputed of it stands beside. */
export function IntentBadge({
  payment,
}: {
  payment: Pick<PaymentIntent, "status" | "amountRefunded" | "amountReceived" | "dispute">;
}) {
  const t = useT();
  const look = looks[payment.status];
  const refunded = !/^[0.]*$/.test(payment.amountRefunded.amount);
  const whole = payment.amountRefunded.amount === payment.amountReceived.amount;
  return (
    <span className="inline-flex flex-wrap gap-1">
      <Badge tone={look.tone} icon={look.icon} data-testid="intent-status" data-status={payment.status}>
        {t(`intent.${payment.status}`)}
      </Badge>
      {refunded && <Badge tone="aside">{t(whole ? "intent.refunded" : "intent.refunded_part")}</Badge>}
      {payment.dispute !== null && <Badge tone="danger">{t("intent.disputed")}</Badge>}
    </span>
  );
}

import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleX,
  Clock,
  Hourglass,
  type LucideIcon,
  RotateCcw,
  ScanSearch,
  ShieldX,
  Smartphone,
  TimerOff,
  Undo2,
} from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { useTranslate } from "./i18n.tsx";
import type { UiMessageId } from "./locales/en.ts";

export type Tone = "neutral" | "positive" | "warning" | "danger" | "info" | "aside";

export const toneClasses: Record<Tone, string> = {
  neutral: "bg-neutral-soft text-neutral",
  positive: "bg-positive-soft text-positive",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
  info: "bg-info-soft text-info",
  aside: "bg-aside-soft text-aside",
};

/** A word on a coloured ground. Its words and icon carry the meaning, the colour only helps. */
export function Badge({
  tone,
  icon: Icon,
  children,
  className,
  ...rest
}: {
  tone: Tone;
  icon?: LucideIcon;
  children: ReactNode;
  className?: string;
  "data-testid"?: string;
  "data-status"?: string;
}) {
  return (
    <span
      {...rest}
      className={classNames(
        "inline-flex items-center gap-1 rounded-full px-2.5 py-0.5 text-xs font-semibold whitespace-nowrap",
        toneClasses[tone],
        className,
      )}
    >
      {Icon && <Icon aria-hidden className="size-3.5 shrink-0" strokeWidth={2.25} />}
      {children}
    </span>
  );
}

/** Statuses of a payment, as the contract names them. */
export type PaymentStatus =
  | "created"
  | "authorised"
  | "action_required"
  | "under_review"
  | "submitted"
  | "settled"
  | "unknown"
  | "rejected"
  | "cancelled"
  | "expired"
  | "returned"
  | "refunded"
  | "declined";

type StatusLook = { tone: Tone; icon: LucideIcon; label: UiMessageId };

const statusLooks: Record<PaymentStatus, StatusLook> = {
  created: { tone: "neutral", icon: CircleDashed, label: "status.created" },
  authorised: { tone: "warning", icon: Clock, label: "status.authorised" },
  action_required: { tone: "info", icon: Smartphone, label: "status.action_required" },
  under_review: { tone: "info", icon: ScanSearch, label: "status.under_review" },
  submitted: { tone: "warning", icon: Clock, label: "status.submitted" },
  settled: { tone: "positive", icon: CircleCheck, label: "status.settled" },
  unknown: { tone: "warning", icon: Hourglass, label: "status.unknown" },
  rejected: { tone: "danger", icon: CircleX, label: "status.rejected" },
  cancelled: { tone: "neutral", icon: Ban, label: "status.cancelled" },
  expired: { tone: "neutral", icon: TimerOff, label: "status.expired" },
  returned: { tone: "aside", icon: Undo2, label: "status.returned" },
  refunded: { tone: "aside", icon: RotateCcw, label: "status.refunded" },
  declined: { tone: "danger", icon: ShieldX, label: "status.declined" },
};

/** How a status looks. A top-up that can already be spent is good news, though the statement is still to come. */
export function statusLook(status: PaymentStatus, credited = false): StatusLook {
  if (credited && status === "submitted") return { ...statusLooks.settled, label: "status.credited" };
  return statusLooks[status];
}

export function StatusBadge({
  status,
  credited = false,
  "data-testid": testId = "payment-status",
}: {
  status: PaymentStatus;
  credited?: boolean;
  "data-testid"?: string;
}) {
  const t = useTranslate();
  const look = statusLook(status, credited);
  return (
    <Badge tone={look.tone} icon={look.icon} data-testid={testId} data-status={status}>
      {t(look.label)}
    </Badge>
  );
}

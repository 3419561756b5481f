import { buttonClasses, Card } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleHelp } from "lucide-react";
import type { Payment } from "../../api.ts";
import { usePaymentT } from "../activity/text.ts";
import { disputeOptionsQuery } from "./queries.ts";

/** On the page of a purchase: the way to say that something is wrong with it, or to the dispute that there is. */
export function DisputeEntry({ payment }: { payment: Payment }) {
  const t = usePaymentT();
  const options = useQuery(disputeOptionsQuery(payment.id));
  if (!options.data || (!options.data.possible && options.data.disputeId === null)) return null;
  const { disputeId } = options.data;
  return (
    <Card aria-label={t("payment.dispute.ask")}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="flex min-w-0 items-center gap-2 font-semibold">
          <CircleHelp aria-hidden className="size-5 shrink-0 text-jade" />
          {t(disputeId === null ? "payment.dispute.ask" : "payment.dispute.open")}
        </p>
        {disputeId === null ? (
          <Link
            to="/activity/$paymentId/dispute"
            params={{ paymentId: payment.id }}
            data-testid="open-dispute"
            className={buttonClasses("secondary")}
          >
            {t("payment.dispute.tell")}
          </Link>
        ) : (
          <Link
            to="/disputes/$disputeId"
            params={{ disputeId }}
            data-testid="see-dispute"
            className={buttonClasses("secondary")}
          >
            {t("payment.dispute.see")}
          </Link>
        )}
      </div>
    </Card>
  );
}

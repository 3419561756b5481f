import { unwrap } from "@jinqiao/contract/client";
import { Button, buttonClasses, Dialog, useFormatMoney, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../api.ts";
import { useT } from "../scan/text.ts";

/** A till has charged more than passes by itself, and the phone's owner is on another page of the wallet by now. */
export function ToConfirm({ token, onClose }: { token: string; onClose: () => void }) {
  const t = useT();
  const local = useLocalText();
  const format = useFormatMoney();
  const latest = useQuery({
    queryKey: ["pay-code-use"],
    queryFn: async () => (await unwrap(api.GET("/v1/pay-code-uses/latest"))).use,
    staleTime: 0,
  });
  const use = latest.data;
  // Answered, given up, or no longer the one that was asked about.
  if (use?.token !== token || use.outcome !== "to_confirm") return null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("paycode.confirm")}
      description={t("paycode.confirm.text", {
        shop: local(use.merchantName),
        amount: format(use.amount),
      })}
    >
      <div className="mt-5 grid gap-3" data-testid="to-confirm">
        <Link
          to="/pay/$token"
          params={{ token }}
          className={buttonClasses("primary")}
          data-testid="to-confirm-go"
          onClick={onClose}
        >
          {t("paycode.confirm.action")}
        </Link>
        <Button variant="ghost" onClick={onClose}>
          {t("paycode.close")}
        </Button>
      </div>
    </Dialog>
  );
}

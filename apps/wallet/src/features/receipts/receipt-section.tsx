import { unwrap } from "@jinqiao/contract/client";
import { Button, buttonClasses, Card, DateText, Problem, useAction } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, type Payment, type Receipt } from "../../api.ts";
import { useT } from "../../text.ts";

/** The proof of a payment, to keep. A payment that moved money more than once has a receipt for each time. */
export function ReceiptSection({ payment }: { payment: Payment }) {
  const t = useT();
  const [receipts, setReceipts] = useState<Receipt[]>([]);
  const list = useRef<HTMLUListElement>(null);
  // The button that was pressed gives way to the list, which is read out in its place.
  useEffect(() => {
    if (receipts.length > 0) list.current?.focus();
  }, [receipts]);
  const fetchReceipts = useAction(async () => {
    const answer = await unwrap(
      api.GET("/v1/payments/{paymentId}/receipt", { params: { path: { paymentId: payment.id } } }),
    );
    const [only, ...more] = answer.receipts;
    if (only !== undefined && more.length === 0) await save(only);
    else setReceipts(answer.receipts);
  });
  return (
    <Card aria-label={t("receipt.title")}>
      <h2 className="text-lg font-bold">{t("receipt.title")}</h2>
      <p className="mt-1 mb-4 text-ink-muted">{t("receipt.text")}</p>
      <Problem error={fetchReceipts.error} onRetry={fetchReceipts.run} />
      {receipts.length > 0 && (
        <ul
          ref={list}
          tabIndex={-1}
          aria-label={t("receipt.title")}
          className="mb-4 grid gap-2 outline-none"
          data-testid="receipts"
        >
          {receipts.map((receipt) => (
            <li key={receipt.position} className="flex flex-wrap items-center justify-between gap-3">
              <DateText value={receipt.header.at} />
              <Button variant="secondary" size="small" onClick={() => save(receipt)}>
                <Download aria-hidden className="size-4" />
                {t("receipt.download")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap gap-3">
        {receipts.length === 0 && (
          <Button
            variant="secondary"
            data-testid="download-receipt"
            pending={fetchReceipts.pending}
            onClick={() => void fetchReceipts.run()}
          >
            <Download aria-hidden className="size-5" />
            {t("receipt.download")}
          </Button>
        )}
        <Link to="/verify-receipt" className={buttonClasses("ghost")}>
          {t("verify.title")}
        </Link>
      </div>
    </Card>
  );
}

/** Gives the file to the browser to save, byte for byte as the command line and every other verifier read it. */
async function save(receipt: Receipt): Promise<void> {
  const { formatReceipt } = await import("@jinqiao/transparency");
  const url = URL.createObjectURL(new Blob([formatReceipt(receipt)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `jinqiao-receipt-${receipt.header.id}.json`;
  link.click();
  // The browser has taken the file by the next turn at the latest; Safari wants a little longer.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

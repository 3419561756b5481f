import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  Card,
  CopyText,
  DateText,
  DetailList,
  Dialog,
  MoneyText,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useAction,
  useFormatMoney,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleAlert, FileText } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { closeAttempt, isUndecided, openAttempt } from "../../attempts.ts";
import { standingOf, standingTone, useMeaning } from "./dispute-words.ts";
import { FilePicker } from "./file-picker.tsx";
import { addFile, disputeQuery, maxFiles, type PurchaseDispute, refreshDisputes } from "./queries.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/disputes/$disputeId");

/** One dispute: how it stands, what both sides said, what can be done now. */
export function DisputePage() {
  const t = useT();
  const { disputeId } = route.useParams();
  const { unsent } = route.useSearch();
  const dispute = useQuery(disputeQuery(disputeId));
  return (
    <Page title={t("disputes.one")} leading={<BackLink to="/disputes" />} narrow>
      <Problem error={dispute.error} onRetry={() => dispute.refetch()} />
      {dispute.isPending && (
        <Card>
          <SkeletonList rows={5} />
        </Card>
      )}
      {unsent !== undefined && (
        <Notice tone="warning" icon={CircleAlert} role="alert" className="mb-4">
          {t("disputes.files.unsent", { count: String(unsent) })}
        </Notice>
      )}
      {dispute.data && <Details dispute={dispute.data} />}
    </Page>
  );
}

function Details({ dispute }: { dispute: PurchaseDispute }) {
  const t = useT();
  const local = useLocalText();
  const meaning = useMeaning();
  const standing = standingOf(dispute);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Card aria-label={t("disputes.one")}>
        <div className="flex flex-col items-center gap-3 text-center">
          <p className="font-semibold">{local(dispute.merchantName)}</p>
          <MoneyText display money={dispute.amount} />
          <div role="status" className="flex flex-col items-center gap-3">
            <Badge tone={standingTone[standing]} data-testid="dispute-standing" data-status={standing}>
              {t(`disputes.standing.${standing}`)}
            </Badge>
            <p data-testid="dispute-meaning" className="max-w-md text-base">
              {meaning(dispute)}
            </p>
          </div>
        </div>
        {dispute.refundPaymentId && (
          <p className="mt-4 text-center">
            <Link
              to="/activity/$paymentId"
              params={{ paymentId: dispute.refundPaymentId }}
              data-testid="dispute-refund"
              className="text-jade underline underline-offset-4"
            >
              {t("disputes.refund.see")}
            </Link>
          </p>
        )}
      </Card>

      <Statements dispute={dispute} />
      {dispute.canAddFiles && <MoreFiles dispute={dispute} />}

      <Card aria-label={t("disputes.course")}>
        <h2 className="mb-3 text-lg font-bold">{t("disputes.course")}</h2>
        <ol className="grid gap-3">
          {dispute.timeline.map(({ at, step, amount }) => (
            <li key={`${step}${at}`} className="flex flex-wrap items-baseline justify-between gap-x-3">
              <span>
                {t(`disputes.step.${step}`)}
                {step === "reduced_by_refund" && (
                  <>
                    {" "}
                    <MoneyText money={amount} />
                  </>
                )}
              </span>
              <span className="text-sm text-ink-muted">
                <DateText value={at} />
              </span>
            </li>
          ))}
        </ol>
      </Card>

      <Card aria-label={t("payment.details")}>
        <DetailList
          rows={[
            { label: t("disputes.reason.given"), value: local(dispute.reason.name) },
            {
              label: t("disputes.purchase"),
              value: (
                <Link
                  to="/activity/$paymentId"
                  params={{ paymentId: dispute.paymentId }}
                  className="text-jade underline underline-offset-4"
                >
                  {t("disputes.purchase.see")}
                </Link>
              ),
            },
            { label: t("payment.reference"), value: <CopyText text={dispute.id} /> },
          ]}
        />
      </Card>
      {dispute.canWithdraw && <Withdraw dispute={dispute} />}
    </div>
  );
}

function Statements({ dispute }: { dispute: PurchaseDispute }) {
  const t = useT();
  const local = useLocalText();
  const name = local(dispute.merchantName);
  return (
    <Card aria-label={t("disputes.said")}>
      <h2 className="mb-3 text-lg font-bold">{t("disputes.said")}</h2>
      <ul className="grid gap-4">
        {dispute.statements.map((statement) => (
          <li key={statement.at} className="grid gap-2">
            <p className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm text-ink-muted">
              <span className="font-semibold text-ink">
                {statement.by === "payer" ? t("disputes.you") : name}
              </span>
              <DateText value={statement.at} />
            </p>
            <p translate="no" className="rounded-2xl bg-sunken px-4 py-3 break-words whitespace-pre-wrap">
              {statement.text ?? t("disputes.erased")}
            </p>
            {statement.files.map((file) => (
              <a
                key={file.id}
                href={`/v1/purchase-disputes/${dispute.id}/files/${file.id}`}
                download={file.name}
                className="flex min-h-11 items-center gap-2 text-jade underline underline-offset-4"
              >
                <FileText aria-hidden className="size-5 shrink-0" />
                <span className="min-w-0 truncate" translate="no">
                  {file.name}
                </span>
              </a>
            ))}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function MoreFiles({ dispute }: { dispute: PurchaseDispute }) {
  const t = useT();
  const [files, setFiles] = useState<File[]>([]);
  const own = dispute.statements.find(({ by }) => by === "payer");
  const room = maxFiles - (own?.files.length ?? 0);
  const add = useAction(async () => {
    for (const file of files) await addFile(dispute.id, file);
    setFiles([]);
    await refreshDisputes();
  });
  if (room <= 0) return null;
  return (
    <Card aria-label={t("disputes.files")}>
      <div className="grid gap-3">
        <FilePicker files={files} onChange={setFiles} room={room} disabled={add.pending} />
        <Problem error={add.error} />
        {files.length > 0 && (
          <Button pending={add.pending} data-testid="send-files" onClick={() => add.run()}>
            {t("disputes.files.send")}
          </Button>
        )}
      </div>
    </Card>
  );
}

function Withdraw({ dispute }: { dispute: PurchaseDispute }) {
  const t = useT();
  const format = useFormatMoney();
  const [asking, setAsking] = useState(false);
  const withdraw = useAction(async () => {
    const flow = `dispute-withdraw.${dispute.id}`;
    const key = openAttempt(flow, {});
    try {
      await unwrap(
        api.POST("/v1/purchase-disputes/{disputeId}/withdrawal", {
          params: { path: { disputeId: dispute.id }, header: { "Idempotency-Key": key } },
        }),
      );
      closeAttempt(flow, key);
    } catch (error) {
      if (!isUndecided(error)) closeAttempt(flow, key);
      throw error;
    }
    setAsking(false);
    await refreshDisputes();
  });
  return (
    <>
      <Button variant="ghost" data-testid="withdraw-dispute" onClick={() => setAsking(true)}>
        {t("disputes.withdraw")}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t("disputes.withdraw.title")}
        description={t("disputes.withdraw.text", { amount: format(dispute.contested) })}
      >
        <div className="grid gap-3">
          <Problem error={withdraw.error} />
          <Button data-testid="confirm-withdraw" pending={withdraw.pending} onClick={() => withdraw.run()}>
            {t("disputes.withdraw")}
          </Button>
          <Button variant="secondary" onClick={() => setAsking(false)}>
            {t("disputes.withdraw.keep")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

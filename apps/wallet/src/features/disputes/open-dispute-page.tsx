import { unwrap } from "@jinqiao/contract/client";
import {
  AmountField,
  Button,
  Card,
  checkAmount,
  Notice,
  Page,
  Problem,
  SkeletonList,
  TextAreaField,
  useAction,
  useFieldErrors,
  useFormatDate,
  useFormatMoney,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Info } from "lucide-react";
import { useId, useState } from "react";
import { api, queryClient } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { closeAttempt, isUndecided, openAttempt } from "../../attempts.ts";
import { FilePicker } from "./file-picker.tsx";
import {
  addFile,
  type DisputeOptions,
  disputeOptionsQuery,
  disputeQuery,
  refreshDisputes,
} from "./queries.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/activity/$paymentId/dispute");

/** Says that something is wrong with a purchase: what, how much of it, in one's own words, with files. */
export function OpenDisputePage() {
  const t = useT();
  const local = useLocalText();
  const { paymentId } = route.useParams();
  const options = useQuery(disputeOptionsQuery(paymentId));
  return (
    <Page
      title={t("disputes.open.title")}
      leading={<BackLink to="/activity/$paymentId" params={{ paymentId }} />}
      narrow
    >
      <Problem error={options.error} onRetry={() => options.refetch()} />
      {options.isPending && (
        <Card>
          <SkeletonList rows={5} />
        </Card>
      )}
      {options.data?.why && (
        <Notice icon={Info} role="status">
          {local(options.data.why)}
        </Notice>
      )}
      {options.data?.possible && options.data.maxAmount && (
        <OpenForm paymentId={paymentId} options={options.data} most={options.data.maxAmount} />
      )}
    </Page>
  );
}

type Reason = DisputeOptions["reasons"][number];

function OpenForm({
  paymentId,
  options,
  most,
}: {
  paymentId: string;
  options: DisputeOptions;
  most: { amount: string; currency: string };
}) {
  const t = useT();
  const local = useLocalText();
  const format = useFormatMoney();
  const formatDate = useFormatDate();
  const navigate = route.useNavigate();
  const group = useId();
  const [reason, setReason] = useState<Reason | null>(null);
  const [part, setPart] = useState(false);
  const [amount, setAmount] = useState("");
  const [text, setText] = useState("");
  const [files, setFiles] = useState<File[]>([]);
  const [sending, setSending] = useState(0);
  const [missing, setMissing] = useState(false);
  const check = part ? checkAmount(amount, most.currency) : null;
  const asked = check?.ok ? check.money : null;

  const send = useAction(async () => {
    setMissing(true);
    if (reason === null || text.trim().length < 10 || (part && asked === null)) return;
    const body = { reason: reason.code, text: text.trim(), ...(asked ? { amount: asked } : {}) };
    const flow = `dispute.${paymentId}`;
    const key = openAttempt(flow, body);
    try {
      const opened = await unwrap(
        api.POST("/v1/payments/{paymentId}/disputes", {
          params: { path: { paymentId }, header: { "Idempotency-Key": key } },
          body,
        }),
      );
      closeAttempt(flow, key);
      // What did not go through can be sent again from the dispute's own page.
      let failed = 0;
      for (const [index, file] of files.entries()) {
        setSending(index + 1);
        await addFile(opened.id, file).catch(() => {
          failed += 1;
        });
      }
      queryClient.setQueryData(disputeQuery(opened.id).queryKey, opened);
      await refreshDisputes();
      await navigate({
        to: "/disputes/$disputeId",
        params: { disputeId: opened.id },
        search: failed > 0 ? { unsent: failed } : {},
        replace: true,
      });
    } catch (error) {
      if (!isUndecided(error)) closeAttempt(flow, key);
      throw error;
    }
  });
  const errorOf = useFieldErrors(send.error);
  const shortText = missing && text.trim().length < 10 ? t("disputes.text.short") : null;

  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void send.run();
      }}
    >
      <Card>
        <fieldset>
          <legend className="text-lg font-bold">{t("disputes.reason")}</legend>
          <div className="mt-3 grid gap-2">
            {options.reasons.map((one) => (
              <label
                key={one.code}
                className="flex min-h-12 cursor-pointer items-center gap-3 rounded-2xl border border-line px-4 py-2 has-checked:border-jade has-checked:bg-jade-soft has-disabled:cursor-default has-disabled:opacity-60"
              >
                <input
                  type="radio"
                  name={group}
                  value={one.code}
                  data-testid={`reason-${one.code}`}
                  checked={reason?.code === one.code}
                  disabled={!one.possible}
                  onChange={() => setReason(one)}
                  className="size-5 accent-jade"
                />
                <span className="min-w-0">
                  {local(one.name)}
                  {!one.possible && (
                    <span className="block text-sm text-ink-muted">
                      {t("disputes.reason.over", { day: formatDate(one.until, "date") })}
                    </span>
                  )}
                </span>
              </label>
            ))}
          </div>
          {missing && reason === null && (
            <p role="alert" className="mt-2 text-sm text-danger">
              {t("disputes.reason.missing")}
            </p>
          )}
        </fieldset>
      </Card>

      <Card>
        <div className="grid gap-4">
          <TextAreaField
            name="text"
            label={t("disputes.text")}
            hint={reason ? local(reason.hint) : t("disputes.text.hint")}
            rows={5}
            maxLength={4000}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={errorOf("text") ?? shortText}
          />
          <FilePicker files={files} onChange={setFiles} disabled={send.pending} />
        </div>
      </Card>

      <Card>
        <fieldset className="grid gap-2">
          <legend className="mb-2 text-lg font-bold">{t("disputes.amount")}</legend>
          <label className="flex min-h-11 cursor-pointer items-center gap-3">
            <input
              type="radio"
              name={`${group}-amount`}
              checked={!part}
              onChange={() => setPart(false)}
              className="size-5 accent-jade"
            />
            {t("disputes.amount.all", { amount: format(most) })}
          </label>
          <label className="flex min-h-11 cursor-pointer items-center gap-3">
            <input
              type="radio"
              name={`${group}-amount`}
              data-testid="part-of-it"
              checked={part}
              onChange={() => setPart(true)}
              className="size-5 accent-jade"
            />
            {t("disputes.amount.part")}
          </label>
          {part && (
            <AmountField
              value={amount}
              onChange={setAmount}
              currency={most.currency}
              hint={t("disputes.amount.most", { amount: format(most) })}
              error={errorOf("amount") ?? (missing && check?.ok === false ? t(check.id) : null)}
            />
          )}
        </fieldset>
      </Card>

      <Notice icon={Info}>{t("disputes.open.next")}</Notice>
      <Problem error={send.error} />
      {send.pending && sending > 0 && (
        <p role="status" className="text-center">
          {t("disputes.sending", { at: String(sending), all: String(files.length) })}
        </p>
      )}
      <Button type="submit" data-testid="send-dispute" pending={send.pending}>
        {t("disputes.open.send")}
      </Button>
    </form>
  );
}

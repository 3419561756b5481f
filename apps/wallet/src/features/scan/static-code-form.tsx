import { unwrap } from "@jinqiao/contract/client";
import {
  AmountField,
  Button,
  checkAmount,
  DetailList,
  Notice,
  Problem,
  useFormatMoney,
  useLocalText,
} from "@jinqiao/ui";
import { useNavigate } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { useAttempt } from "../../attempts.ts";
import { amountError } from "../move/amount-error.ts";
import type { Reading } from "./reading.tsx";
import { useT } from "./text.ts";

/** The payer names the amount of a printed code, then goes on to the page where it is confirmed. */
export function StaticCodeForm({ code }: { code: NonNullable<Reading["code"]> }) {
  const t = useT();
  const local = useLocalText();
  const format = useFormatMoney();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const { perPayment, perPayerPerDay, source } = code.limits;
  const check = checkAmount(text, code.currency, { limit: perPayment ?? undefined });
  const begin = useAttempt(
    "static-code",
    check.ok ? { codeId: code.id, amount: check.money } : null,
    ({ codeId, amount }, key) =>
      unwrap(
        api.POST("/v1/codes/{codeId}/payment_intents", {
          params: { path: { codeId }, header: { "Idempotency-Key": key } },
          body: { amount },
        }),
      ),
    ({ token }) => navigate({ to: "/pay/$token", params: { token } }),
  );
  const store = local(code.storeName);
  const merchant = local(code.merchantName);
  return (
    <form
      noValidate
      className="grid grid-cols-[minmax(0,1fr)] gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (check.ok) void begin.run();
      }}
    >
      {!code.livemode && (
        <Notice tone="warning" icon={FlaskConical}>
          {t("code.test")}
        </Notice>
      )}
      <DetailList
        rows={[
          { label: t("code.store"), value: <b data-testid="code-store">{store}</b> },
          ...(merchant === store ? [] : [{ label: t("code.merchant"), value: merchant }]),
        ]}
      />
      <AmountField
        value={text}
        onChange={setText}
        currency={code.currency}
        label={t("code.amount")}
        error={amountError(t, format, check, { shown: tried || text.length > 3 })}
        hint={
          <>
            {perPayment && <p>{t("code.limit", { amount: format(perPayment) })}</p>}
            {perPayerPerDay && (
              <p>{t("code.limit.day", { amount: format(perPayerPerDay), source: local(source) })}</p>
            )}
            {perPayment && <p>{t("code.limit.more")}</p>}
          </>
        }
      />
      <Problem error={begin.error} onRetry={begin.run} />
      <Button type="submit" pending={begin.pending} data-testid="code-continue">
        {t("code.continue")}
      </Button>
    </form>
  );
}

import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  buttonClasses,
  Card,
  Field,
  Problem,
  problemCode,
  useAction,
  useFieldErrors,
  useFormatDate,
  useLocalText,
} from "@jinqiao/ui";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { api, type BankBinding, bankBindingQuery, queryClient } from "../../api.ts";
import { useT } from "./text.ts";

/** The code that the bank sent. It may be sent again after a lost answer; only wrong ones count. */
export function CodeForm({ binding }: { binding: BankBinding }) {
  const t = useT();
  const local = useLocalText();
  const formatDate = useFormatDate();
  const navigate = useNavigate();
  const bank = local(binding.bankName);
  const done = () => navigate({ to: "/link/done", search: { consent: binding.id }, replace: true });
  const confirm = useAction(async (form: FormData) => {
    try {
      await unwrap(
        api.POST("/v1/bank-bindings/{bindingId}/confirmation", {
          params: { path: { bindingId: binding.id } },
          body: { code: String(form.get("code") ?? "").replace(/\s/g, "") },
        }),
      );
    } catch (error) {
      // How many tries are left, or that it is over, the server tells.
      await queryClient.invalidateQueries({ queryKey: bankBindingQuery(binding.id).queryKey });
      throw error;
    }
    await queryClient.invalidateQueries({ queryKey: ["consents"] });
    await queryClient.invalidateQueries({ queryKey: ["linked-accounts"] });
    await done();
  });
  const errorOf = useFieldErrors(confirm.error);
  const linked = binding.status === "linked";
  // biome-ignore lint/correctness/useExhaustiveDependencies: leads on once, when it is linked
  useEffect(() => {
    if (linked) void done();
  }, [linked]);

  const again = (
    <Link to="/link/card" search={{ bank: binding.bankId }} className={buttonClasses("secondary")}>
      {t("card.code.again")}
    </Link>
  );
  if (binding.status === "ended")
    return (
      <Card aria-label={t("card.code.title")}>
        <p role="status" className="mb-4">
          {t("card.code.over")}
        </p>
        {again}
      </Card>
    );
  return (
    <Card aria-labelledby="code-title">
      <form
        noValidate
        className="grid grid-cols-[minmax(0,1fr)] gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm.run(new FormData(event.currentTarget));
        }}
      >
        <h2 id="code-title" className="text-lg font-bold">
          {t("card.code.title")}
        </h2>
        <p>
          {t("card.code.lead", {
            bank,
            phone: binding.phoneMasked,
            time: formatDate(binding.codeExpiresAt, "time"),
          })}
        </p>
        <Field
          name="code"
          label={t("card.code")}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={7}
          hint={
            binding.attemptsLeft === null ? undefined : t("card.code.left", { count: binding.attemptsLeft })
          }
          error={errorOf("code")}
          className="text-center text-2xl tracking-[0.3em] tabular-nums"
        />
        <Problem error={problemCode(confirm.error) === "request.invalid" ? undefined : confirm.error} />
        <Button type="submit" data-testid="confirm-code" pending={confirm.pending}>
          {t("card.code.confirm")}
        </Button>
        {again}
      </form>
    </Card>
  );
}

import { Notice, Problem } from "@jinqiao/ui";
import { KeyRound } from "lucide-react";
import { PasskeyError } from "../../app/passkey.ts";
import { useT } from "./text.ts";

/** What went wrong, also where it was the browser's passkey and not an answer of the server. */
export function PasskeyProblem({ error }: { error: unknown }) {
  const t = useT();
  if (!(error instanceof PasskeyError)) return <Problem error={error} />;
  return (
    <Notice tone="warning" icon={KeyRound} role="alert">
      <p data-testid="passkey-fault" data-fault={error.fault}>
        {t(`passkey.fault.${error.fault}`)}
      </p>
    </Notice>
  );
}

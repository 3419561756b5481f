import { Link } from "@tanstack/react-router";
import { useMayAct } from "../../app/session.ts";

/** An account's code; it leads to the account's page where there is one that this member of staff may read. */
export function AccountLink({ account, currency }: { account: string; currency: string }) {
  const mayAct = useMayAct();
  const code = <code className="font-mono text-xs break-all">{account}</code>;
  const person = /^(customer|merchant|reserve):/.test(account);
  if (account.endsWith(":*") || (person && !mayAct)) return code;
  return (
    <Link to="/trial-balance/account" search={{ account, currency }} className="text-jade underline">
      {code}
    </Link>
  );
}

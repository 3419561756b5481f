import * as contract from "@jinqiao/contract";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import * as bindings from "./bindings.ts";
import * as consents from "./consents.ts";
import type { Deps } from "./context.ts";
import * as imports from "./imports.ts";
import * as accounts from "./linked-accounts.ts";
import { receiveNotice } from "./notices.ts";
import { completePaymentReturn } from "./payment-returns.ts";
import type { Bank } from "./types.ts";

export function createRoutes(
  deps: Deps & { customerOf(cookie: string | undefined): Promise<string | undefined>; list(): Bank[] },
): RouteHandler[] {
  return [
    handle(contract.listBanks, async () => ({ items: deps.list() })),
    handle(contract.createConsent, (context) =>
      consents.createConsent(
        deps,
        { id: context.customerId, ip: context.clientIp },
        context.idempotency,
        context.body,
      ),
    ),
    handle(contract.createBankBinding, (context) =>
      bindings.createBinding(deps, context.customerId, context.idempotency, context.body),
    ),
    handle(contract.getBankBinding, (context) =>
      bindings.getBinding(deps, context.customerId, context.params.bindingId),
    ),
    handle(contract.confirmBankBinding, (context) =>
      bindings.confirmBinding(
        deps,
        { id: context.customerId, ip: context.clientIp },
        context.params.bindingId,
        context.body.code,
      ),
    ),
    handle(contract.listConsents, async (context) => ({
      items: await consents.listConsents(deps, context.customerId),
    })),
    handle(contract.getConsent, (context) =>
      consents.getConsent(deps, context.customerId, context.params.consentId),
    ),
    handle(contract.revokeConsent, (context) =>
      consents.revokeConsent(deps, context.customerId, context.params.consentId),
    ),
    handle(contract.bankCallback, async (context) => {
      const customerId = await deps.customerOf(context.cookie("jinqiao_session"));
      const { bankId } = context.params;
      const redirect =
        (await completePaymentReturn(deps, customerId, bankId, context.query)) ??
        (await consents.completeConsent(
          deps,
          { id: customerId, ip: context.clientIp },
          bankId,
          context.query,
        ));
      return { redirect };
    }),
    handle(contract.receiveBankNotice, (context) => receiveNotice(deps, context.params.bankId, context.body)),
    handle(contract.listLinkedAccounts, async (context) => ({
      items: await accounts.listLinkedAccounts(deps, context.customerId),
    })),
    handle(contract.getLinkedAccount, (context) =>
      accounts.getLinkedAccount(deps, context.customerId, context.params.accountId),
    ),
    handle(contract.refreshLinkedAccount, (context) =>
      accounts.requestRefresh(
        deps,
        { id: context.customerId, ip: context.clientIp },
        context.params.accountId,
      ),
    ),
    handle(contract.listBankTransactions, (context) =>
      accounts.listTransactions(deps, context.customerId, context.params.accountId, context.query),
    ),
    handle(contract.createStatementImport, (context) =>
      imports.createImport(deps, context.customerId, context.file, context.query),
    ),
    handle(contract.listStatementImports, async (context) => ({
      items: await imports.listImports(deps, context.customerId),
    })),
    handle(contract.getStatementImport, (context) =>
      imports.getImport(deps, context.customerId, context.params.importId),
    ),
    handle(contract.keepStatementImport, (context) =>
      imports.keepImport(deps, context.customerId, context.params.importId, context.body.name),
    ),
    handle(contract.deleteStatementImport, (context) =>
      imports.deleteImport(deps, context.customerId, context.params.importId),
    ),
    handle(contract.listImportedAccounts, async (context) => ({
      items: await imports.listImportedAccounts(deps, context.customerId),
    })),
    handle(contract.getImportedAccount, (context) =>
      imports.getImportedAccount(deps, context.customerId, context.params.accountId),
    ),
    handle(contract.listImportedTransactions, (context) =>
      imports.listImportedTransactions(deps, context.customerId, context.params.accountId, context.query),
    ),
  ];
}

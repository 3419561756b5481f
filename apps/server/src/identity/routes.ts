import * as contract from "@jinqiao/contract";
import type { Context } from "../platform/http/handler.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import { type CustomerDeps, customerById, customerOf, signUp, updateCustomer } from "./customers.ts";
import type { Sessions } from "./sessions.ts";
import { judge } from "./sign-in.ts";
import * as sql from "./sql.ts";
import { staffOf } from "./staff.ts";

const byPassword = { methods: ["password"], strongAt: null };

export function identityRoutes(deps: CustomerDeps & { sessions: Sessions; secret: Buffer }): RouteHandler[] {
  const { db, sessions, vault } = deps;
  return [
    handle(contract.signUp, (context) =>
      signUp(deps, context.body, (tx, customerId) =>
        sessions.begin(tx, context as Context, { customerId }, { authentication: byPassword }),
      ),
    ),
    handle(contract.signIn, async (context) => {
      const row = await judge(deps, "customer", context.body, (email) =>
        sql.selectCustomerByEmail(db, vault, email),
      );
      await sessions.begin(db, context as Context, { customerId: row.id }, { authentication: byPassword });
      return customerOf(row);
    }),
    handle(contract.signOut, (context) => sessions.end(context as Context, "customer")),
    handle(contract.getMe, ({ customerId }) => customerById(deps, customerId)),
    handle(contract.updateMe, ({ customerId, body }) => updateCustomer(deps, customerId, body)),
    handle(contract.staffSignIn, async (context) => {
      const row = await judge(deps, "staff", context.body, (email) =>
        sql.selectStaffByEmail(db, vault, email),
      );
      await sessions.begin(db, context as Context, { staffId: row.id }, { authentication: byPassword });
      return staffOf(row);
    }),
    handle(contract.staffSignOut, (context) => sessions.end(context as Context, "staff")),
    handle(contract.getStaffMe, async ({ staff }) => staff),
  ];
}

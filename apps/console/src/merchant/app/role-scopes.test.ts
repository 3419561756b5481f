import { merchantRoleScopes } from "@jinqiao/contract";
import { expect, test } from "vitest";
import { roleScopes } from "./role-scopes.ts";

test.each(Object.keys(merchantRoleScopes) as (keyof typeof merchantRoleScopes)[])(
  "the portal offers a %s what the contract allows",
  (role) => expect([...roleScopes[role]].sort()).toEqual([...merchantRoleScopes[role]].sort()),
);

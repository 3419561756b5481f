import * as contract from "@jinqiao/contract";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Core } from "./core.ts";
import { customerById, updateCustomer } from "./customers.ts";
import {
  answerSignIn,
  sendSignInCode,
  signInByPasskey,
  signInByPassword,
  startPasskeySignIn,
} from "./sign-in.ts";
import { signUp, signUpPasskeyOptions, startSignUp } from "./sign-up.ts";

/** Signing up, in and out, and the customer's own profile. */
export function identityRoutes(core: Core): RouteHandler[] {
  const { sessions } = core;
  return [
    handle(contract.startSignUp, ({ body }) => startSignUp(core, body)),
    handle(contract.getSignUpPasskeyOptions, ({ params, body }) =>
      signUpPasskeyOptions(core, params.signUpId, body),
    ),
    handle(contract.signUp, (context) => signUp(core, context as Context, context.body)),
    handle(contract.startPasskeySignIn, () => startPasskeySignIn(core)),
    handle(contract.signIn, (context) => {
      const { body } = context;
      return body.kind === "passkey"
        ? signInByPasskey(core, context as Context, body)
        : signInByPassword(core, context as Context, body);
    }),
    handle(contract.sendSignInCode, ({ params, body }) =>
      sendSignInCode(core, params.signInId, body.channel),
    ),
    handle(contract.answerSignIn, async (context) => ({
      status: "signed_in" as const,
      customer: await answerSignIn(core, context as Context, context.params.signInId, context.body),
    })),
    handle(contract.signOut, (context) => sessions.end(context as Context, "customer")),
    handle(contract.getMe, ({ customerId }) => customerById(core, customerId)),
    handle(contract.updateMe, ({ customerId, body }) => updateCustomer(core, customerId, body)),
  ];
}

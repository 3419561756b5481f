import { randomUUID } from "node:crypto";
import type { BankServices, ScaAnswer, ScaApproach, ScaStep, ScaWish } from "../../connector-services.ts";
import { isSafeForBrowser } from "../shared/http.ts";
import { scaStarted, scaStatusAnswer, scaUpdated } from "./messages.ts";
import { BankRefused, reading, type Xs2a } from "./xs2a.ts";

type Deps = { xs2a: Xs2a; bankUrl: URL };
type Links = Record<string, { href: string } | undefined> | undefined;

/** `scaStatus` under which nothing is left to do, and what it means. */
const ended: Record<string, ScaStep["status"]> = {
  finalised: "finalised",
  exempted: "finalised",
  failed: "failed",
};

/** Headers that tell the bank which approach we prefer, and who the customer is there. */
export function scaHeaders(wish: ScaWish | undefined, returnUrl: string): Record<string, string> {
  const approach = wish?.approach ?? "redirect";
  return {
    "tpp-redirect-preferred": String(approach === "redirect"),
    ...(approach === "redirect" ? {} : { "tpp-decoupled-preferred": String(approach === "decoupled") }),
    ...(wish?.bankCustomerId === undefined ? {} : { "psu-id": wish.bankCustomerId }),
    ...(wish?.language === undefined ? {} : { "psu-accept-language": wish.language }),
    "tpp-redirect-uri": returnUrl,
    "tpp-nok-redirect-uri": returnUrl,
  };
}

/** The bank decides the approach (`ASPSP-SCA-Approach`); without the header the links tell it. */
export function approachOf(header: string | undefined, links: Links): ScaApproach {
  const said = header?.toUpperCase();
  if (said === "DECOUPLED") return "decoupled";
  if (said === "EMBEDDED") return "embedded";
  if (said === "REDIRECT" || links?.scaRedirect !== undefined || links?.scaOAuth !== undefined)
    return "redirect";
  const asksUs = Object.keys(links ?? {}).some((name) =>
    /PsuAuthentication|authenticationMethod|authoriseTransaction/i.test(name),
  );
  return asksUs ? "embedded" : "decoupled";
}

/**
 * Whether a payment that the bank received waits for its customer. To take it for accepted would count money that
 * nobody has allowed yet.
 */
export function asksCustomer(
  header: string | undefined,
  answer: { _links?: Links; scaStatus?: string | undefined },
): boolean {
  if (answer.scaStatus !== undefined && ended[answer.scaStatus] === "finalised") return false;
  if (header !== undefined) return true;
  return Object.keys(answer._links ?? {}).some((name) => /^(sca|start|update|select|authorise)/.test(name));
}

/**
 * The authentication that an answer to a creation opened at once (implicit start), or null where it is to be started.
 * @param deps.bankUrl pages on other schemes than the bank's own are not opened
 */
export function openedStep(
  deps: Pick<Deps, "bankUrl">,
  resource: string,
  answer: { _links?: Links; psuMessage?: string | undefined; scaStatus?: string | undefined },
  approachHeader: string | undefined,
): ScaStep | null {
  const authorisationId = answer._links?.scaStatus?.href.split("/").at(-1);
  if (authorisationId === undefined) return null;
  const approach = approachOf(approachHeader, answer._links);
  return stepOf(deps, {
    resource,
    authorisationId: decodeURIComponent(authorisationId),
    approach,
    scaStatus: answer.scaStatus ?? "received",
    links: answer._links,
    message: answer.psuMessage,
  });
}

/** Steps of the authorisation sub-resources (NextGenPSD2 1.3.11, startPaymentAuthorisation and its siblings). */
export function createSca(deps: Deps): NonNullable<BankServices["sca"]> {
  const { xs2a } = deps;
  const at = (step: ScaStep) => `${step.resource}/${encodeURIComponent(step.authorisationId)}`;

  async function update(step: ScaStep, headers: Record<string, string>, body: unknown): Promise<ScaAnswer> {
    try {
      const answer = await xs2a.json(scaUpdated, {
        operation: "updateAuthorisation",
        method: "PUT",
        path: at(step),
        requestId: randomUUID(),
        headers,
        body,
      });
      return stepOf(deps, {
        ...step,
        scaStatus: answer.scaStatus,
        links: answer._links,
        message: answer.psuMessage,
        methods: answer.scaMethods,
      });
    } catch (error) {
      if (!(error instanceof BankRefused)) throw error;
      if (error.code === "PSU_CREDENTIALS_INVALID") return { refused: "credentials", step };
      if (error.code === "SCA_INVALID") return { refused: "code", step };
      if (error.code === "SCA_METHOD_UNKNOWN") return { refused: "method", step };
      if (error.code === "STATUS_INVALID") return { refused: "over", step };
      throw error;
    }
  }

  return {
    start: (resource, wish) =>
      reading(async () => {
        const { data, header } = await xs2a.exchange(scaStarted, {
          operation: "startAuthorisation",
          method: "POST",
          path: resource,
          requestId: randomUUID(),
          headers: scaHeaders(wish, wish.returnUrl),
          body: {},
        });
        return stepOf(deps, {
          resource,
          authorisationId: data.authorisationId,
          approach: approachOf(header("aspsp-sca-approach"), data._links),
          scaStatus: data.scaStatus,
          links: data._links,
          message: data.psuMessage,
          methods: data.scaMethods,
        });
      }),
    password: (step, { bankCustomerId, password }) =>
      reading(() => update(step, { "psu-id": bankCustomerId }, { psuData: { password } })),
    chooseMethod: (step, methodId) => reading(() => update(step, {}, { authenticationMethodId: methodId })),
    code: (step, code) => reading(() => update(step, {}, { scaAuthenticationData: code })),
    status: (step) =>
      reading(async () => {
        const answer = await xs2a.json(scaStatusAnswer, { operation: "scaStatus", path: at(step) });
        return {
          ...stepOf(deps, {
            ...step,
            scaStatus: answer.scaStatus,
            links: undefined,
            message: answer.psuMessage,
          }),
          methods: step.methods,
          actionUrl: step.actionUrl,
        };
      }),
  };
}

function stepOf(
  deps: Pick<Deps, "bankUrl">,
  said: {
    resource: string;
    authorisationId: string;
    approach: ScaApproach;
    scaStatus: string;
    links: Links;
    message?: string | null | undefined;
    methods?:
      | readonly { authenticationMethodId?: string; id?: string; name?: string | undefined }[]
      | undefined;
  },
): ScaStep {
  const { resource, authorisationId, approach } = said;
  const status = ended[said.scaStatus] ?? "waiting";
  const page = said.links?.scaRedirect?.href;
  const methods = (said.methods ?? []).map((method) => {
    const id = method.authenticationMethodId ?? method.id ?? "";
    return { id, name: method.name ?? id };
  });
  return {
    resource,
    authorisationId,
    approach,
    status,
    next: status === "waiting" ? nextOf(approach, said.scaStatus) : "none",
    actionUrl: page !== undefined && isSafeForBrowser(page, deps.bankUrl) ? page : null,
    message: said.message ?? null,
    methods,
  };
}

function nextOf(approach: ScaApproach, scaStatus: string): ScaStep["next"] {
  if (approach === "redirect") return "page";
  if (approach === "decoupled") return "app";
  if (scaStatus === "psuAuthenticated") return "method";
  return scaStatus === "scaMethodSelected" || scaStatus === "started" ? "code" : "password";
}

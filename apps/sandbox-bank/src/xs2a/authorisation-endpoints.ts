/** The four operations of every list of authorisations, whatever is authorised. */
import type { Bank } from "../context.ts";
import { Xs2aError } from "./errors.ts";
import type { Call, Endpoint } from "./pipeline.ts";
import { listSca, type ScaTarget, scaStatusOf, startSca, updateSca } from "./sca.ts";

/**
 * Builds the endpoints.
 * @param resource.operations operationIds of the definition
 * @param resource.target finds what the path names for this TPP, and says whether it waits for an authorisation
 */
export function authorisationEndpoints(
  bank: Bank,
  resource: {
    url: string;
    fault: string;
    operations: { start: string; list: string; status: string; update: string };
    target(call: Call): Promise<{ target: ScaTarget; waits: boolean }>;
  },
): Endpoint[] {
  const { url, fault, operations } = resource;
  const endpoint = (
    operationId: string,
    method: Endpoint["method"],
    address: string,
    handle: Endpoint["handle"],
  ): Endpoint => ({ operationId, method, url: address, fault, handle });
  const one = `${url}/:authorisationId`;
  return [
    endpoint(operations.start, "POST", url, async (call) => {
      const { target, waits } = await resource.target(call);
      if (!waits) throw new Xs2aError(409, "STATUS_INVALID", "This waits for no authorisation.");
      return startSca(bank, call, target);
    }),
    endpoint(operations.list, "GET", url, async (call) =>
      listSca(bank, (await resource.target(call)).target),
    ),
    endpoint(operations.status, "GET", one, async (call) =>
      scaStatusOf(bank, call, (await resource.target(call)).target),
    ),
    endpoint(operations.update, "PUT", one, async (call) =>
      updateSca(bank, call, (await resource.target(call)).target),
    ),
  ];
}

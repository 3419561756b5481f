import type { FastifyReply } from "fastify";

/** The fault `cut-answer`: of the answer that follows only the head and half of the body arrive. */
export function cutAnswer(reply: FastifyReply): void {
  const { raw } = reply;
  const { end } = raw;
  raw.end = ((chunk?: unknown, ...rest: unknown[]) => {
    const body =
      typeof chunk === "string" || Buffer.isBuffer(chunk) ? Buffer.from(chunk as string) : undefined;
    if (body === undefined || body.length < 2)
      return (end as (...args: unknown[]) => unknown).call(raw, chunk, ...rest);
    raw.write(body.subarray(0, Math.floor(body.length / 2)), () => raw.socket?.destroy());
    return raw;
  }) as typeof raw.end;
}

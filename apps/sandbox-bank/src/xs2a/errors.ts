/** Refusals of the XS2A interface: HTTP status, message code and text (NextGenPSD2 1.3.11, tppMessages). */

/** Message codes of the NextGenPSD2 framework that this bank answers with. */
export type MessageCode =
  | "ACCESS_EXCEEDED"
  | "CANCELLATION_INVALID"
  | "CERTIFICATE_EXPIRED"
  | "CERTIFICATE_INVALID"
  | "CERTIFICATE_MISSING"
  | "CERTIFICATE_REVOKE"
  | "CONSENT_EXPIRED"
  | "CONSENT_INVALID"
  | "CONSENT_UNKNOWN"
  | "EXECUTION_DATE_INVALID"
  | "FORMAT_ERROR"
  | "INTERNAL_SERVER_ERROR"
  | "PARAMETER_NOT_SUPPORTED"
  | "PERIOD_INVALID"
  | "PRODUCT_INVALID"
  | "PRODUCT_UNKNOWN"
  | "PSU_CREDENTIALS_INVALID"
  | "REFERENCE_MIX_INVALID"
  | "REFERENCE_STATUS_INVALID"
  | "REQUESTED_FORMATS_INVALID"
  | "RESOURCE_UNKNOWN"
  | "SCA_INVALID"
  | "SCA_METHOD_UNKNOWN"
  | "SERVICE_BLOCKED"
  | "SERVICE_INVALID"
  | "SESSIONS_NOT_SUPPORTED"
  | "SIGNATURE_INVALID"
  | "SIGNATURE_MISSING"
  | "STATUS_INVALID"
  | "TOKEN_INVALID"
  | "TOKEN_UNKNOWN";

/** Thrown by a handler to refuse a call; nothing the call asked for has happened. */
export class Xs2aError extends Error {
  readonly status: number;
  readonly code: MessageCode;
  /** JSON path or header the message is about. */
  readonly path: string | undefined;

  constructor(status: number, code: MessageCode, text: string, path?: string) {
    super(text);
    this.name = "Xs2aError";
    this.status = status;
    this.code = code;
    this.path = path;
  }
}

/** The body of a refusal. */
export function errorBody(error: Xs2aError): { tppMessages: Record<string, string>[] } {
  const message: Record<string, string> = {
    category: "ERROR",
    code: error.code,
    text: error.message.slice(0, 500),
  };
  if (error.path !== undefined) message.path = error.path;
  return { tppMessages: [message] };
}

/** FORMAT_ERROR, the refusal of bad input. */
export function formatError(text: string, path?: string): Xs2aError {
  return new Xs2aError(400, "FORMAT_ERROR", text, path);
}

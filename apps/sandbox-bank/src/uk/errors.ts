/** Refusals of the UK Open Banking interface: HTTP status, code of the error catalogue and a sentence. */

/**
 * Codes of the error catalogue (OpenBankingUK/External_Internal_CodeSets, OB_Internal_CodeSet.csv,
 * `OBErrorResponseError1Code`): v4.0 writes them with four characters; the long names of v3.1 stand in the message.
 */
const CODES = {
  UnexpectedError: "U000",
  "Field.Invalid": "U002",
  "Field.InvalidDate": "U003",
  "Field.Missing": "U004",
  "Header.Invalid": "U006",
  "Header.Missing": "U007",
  "Resource.ConsentMismatch": "U008",
  "Resource.InvalidConsentStatus": "U009",
  "Resource.InvalidFormat": "U010",
  "Resource.NotFound": "U011",
  "Rules.DuplicateReference": "U013",
  "Rules.FailsControlParameters": "U014",
  "Signature.Invalid": "U015",
  "Signature.InvalidClaim": "U016",
  "Signature.Malformed": "U018",
  "Signature.Missing": "U019",
  "Unsupported.AccountIdentifier": "U021",
  "Unsupported.Currency": "U023",
  "Unsupported.Frequency": "U025",
  "Unsupported.Scheme": "U027",
  Reauthenticate: "U028",
  "Rules.ResourceAlreadyExists": "U029",
} as const;

type UkErrorCode = keyof typeof CODES;

/** Thrown by a handler to refuse a call; nothing the call asked for has happened. */
export class UkError extends Error {
  readonly status: number;
  readonly code: UkErrorCode;
  /** JSON path or header the message is about. */
  readonly path: string | undefined;

  constructor(status: number, code: UkErrorCode, text: string, path?: string) {
    super(text);
    this.name = "UkError";
    this.status = status;
    this.code = code;
    this.path = path;
  }
}

/** The body of a refusal, `OBErrorResponse1`. */
export function errorBody(id: string, error: UkError): Record<string, unknown> {
  return {
    Id: id,
    Code: String(error.status),
    Message: error.message.slice(0, 500),
    Errors: [
      {
        ErrorCode: CODES[error.code],
        Message: `UK.OBIE.${error.code}: ${error.message}`.slice(0, 500),
        ...(error.path === undefined ? {} : { Path: error.path.slice(0, 500) }),
      },
    ],
  };
}

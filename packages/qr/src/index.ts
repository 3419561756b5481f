export { type ConsumerCode, type DataObject, decodeConsumerCode, encodeConsumerCode } from "./consumer.ts";
export {
  type AdditionalData,
  amountOfCode,
  decodeMerchantCode,
  encodeMerchantCode,
  type MerchantAccount,
  type MerchantCode,
  type Template,
  type Tip,
} from "./merchant.ts";
export { type OwnReference, ownAccount, ownReferenceIn, ownReferenceOf } from "./own-codes.ts";
export {
  type PayCode,
  payCodeAge,
  payCodeAheadSeconds,
  payCodeCheck,
  payCodeDigits,
  payCodeGraceSeconds,
  payCodeMessage,
  payCodeMoment,
  payCodeQr,
  payCodeSeconds,
  readPayCode,
} from "./pay-code.ts";
export { problemTexts } from "./problem-texts.ts";
export { QrError, type QrProblem } from "./qr-error.ts";
export { type ReadCode, readCode } from "./read.ts";
export { ownDomain, type Scheme, schemeOfAccount, schemesOf } from "./schemes.ts";
export { judgeMerchantCode, type SignatureVerdict, signMerchantCode } from "./signature.ts";
export type { Field } from "./tlv.ts";

export { digitsOf, isCardNumber, isResidentIdNumber } from "./card-number.ts";
export { type CardKind, type Issuer, type RecognisedCard, recogniseCard } from "./recognise.ts";

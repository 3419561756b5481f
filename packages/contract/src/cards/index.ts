export { digitsOf, isCardNumber, isResidentIdNumber } from "./card-number.ts";
export { type CardKind, type RecognisedCard, recogniseCard } from "./recognise.ts";

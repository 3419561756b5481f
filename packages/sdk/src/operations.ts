import type { operations as contractOperations } from "@jinqiao/contract/client";
import type { operations } from "./generated/operations.ts";

export type OperationId = keyof typeof operations & keyof contractOperations;
type Of<Id extends OperationId> = contractOperations[Id];

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : undefined;
type Success<R> = R extends { 200: infer A } | { 201: infer A } | { 202: infer A } ? Json<A> : undefined;

/** What an operation answers when all went well. */
export type Answer<Id extends OperationId> = Of<Id> extends { responses: infer R } ? Success<R> : undefined;
/** What an operation takes as its body. */
export type Body<Id extends OperationId> = Of<Id> extends { requestBody: infer B } ? Json<B> : undefined;
/** Filters of a list, or what to expand. */
export type Query<Id extends OperationId> =
  Of<Id> extends { parameters: { query?: infer Q } } ? NonNullable<Q> : Record<string, never>;
/** One element of a list. */
export type Item<Id extends OperationId> = Answer<Id> extends { items: (infer I)[] } ? I : never;

/** How one call is made. */
export type CallOptions = {
  /**
   * Names one attempt of a person, such as the number of an order: the same key never does a thing twice. Made anew for
   * each call when absent, which protects the retries of that call alone.
   */
  idempotencyKey?: string;
  signal?: AbortSignal;
};

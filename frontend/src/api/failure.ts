// What the page says when the API could not answer.

/** `code` is the API's own where it had one; `api.unreachable` and `api.silent` are ours. */
export class ApiFailure extends Error {
  constructor(
    sentence: string,
    readonly code: string,
    readonly status = 0,
  ) {
    super(sentence);
  }
}

// Several questions asked at once over one connection: all are waited for, and what failed first in their order is what is thrown.

/**
 * `Promise.all` gives whichever failure was heard first; here a failed statement makes all after it fail as well, and only the first
 * says why. None is left running: the next statement would meet them.
 */
export async function askedTogether<const T extends readonly unknown[]>(
  asked: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const answers = await Promise.allSettled(asked)
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
  return answers.map((answer) => (answer as PromiseFulfilledResult<unknown>).value) as never
}

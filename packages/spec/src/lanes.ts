/** Work on many things, a few at a time. */

/**
 * Runs `act` over everything, at most `lanes` at a time, in the order of `items`. The first failure ends it: what is under
 * way finishes, nothing more begins, and the failure is raised.
 */
export async function inLanes<T>(
  items: AsyncIterable<T> | Iterable<T>,
  lanes: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let broken = false
  const lane = async () => {
    while (!broken) {
      const { done, value } = await source.next()
      if (done) return
      try {
        await act(value)
      } catch (error) {
        broken = true
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
  const failed = ended.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

// How addresses of pages are put together; names may hold anything.

/** `/jobs/a%20b`; words that are missing end it. */
export function place(page: string, ...words: (string | undefined)[]): string {
  const known = words.slice(0, words.includes(undefined) ? words.indexOf(undefined) : undefined)
  const plain = known.map((word) => encodeURIComponent(decoded(word ?? '')))
  return ['', page, ...plain].join('/')
}

export function endpointAddress(sort: 'online' | 'batch', name: string): string {
  return place(sort === 'online' ? 'endpoints' : 'endpoints/batch', name)
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word)
  } catch {
    return word
  }
}

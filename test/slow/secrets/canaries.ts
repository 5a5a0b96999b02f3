// Texts that must turn up nowhere, and the search for them in every spelling that something might have given them.
import { randomBytes } from 'node:crypto'

export interface Canaries {
  /** A new secret under a name. It holds what URLs, JSON and shells spell differently. */
  make(name: string): string
  /** Takes a secret that somebody else made. */
  take(name: string, secret: string): void
  /** Names of those that stand in the bytes, with the spelling they were found in. */
  findIn(bytes: Buffer | string): string[]
  count(): number
}

export function makeCanaries(): Canaries {
  const needles = new Map<string, [string, string][]>()
  const take = (name: string, secret: string, core = secret) => needles.set(name, spellings(secret, core))
  return {
    make(name) {
      // the core stays what it is in a URL and in JSON
      const core = randomBytes(12).toString('hex')
      const secret = `K${core}/+"=<é`
      take(name, secret, core)
      return secret
    },
    take,
    findIn(bytes) {
      const text = (typeof bytes === 'string' ? Buffer.from(bytes) : bytes).toString('latin1')
      return [...needles].flatMap(([name, all]) =>
        all.filter(([, needle]) => text.includes(needle)).map(([spelling]) => `${name} (${spelling})`),
      )
    },
    count: () => needles.size,
  }
}

/** Base64 of a text depends on where in a longer text it stands: three cuts, without the ends that neighbours share. */
function spellings(secret: string, core: string): [string, string][] {
  const cuts = [0, 1, 2].map((skip): [string, string] => {
    const whole = Buffer.from(core.slice(skip, skip + Math.floor((core.length - skip) / 3) * 3))
    return [`base64, cut ${skip}`, whole.toString('base64')]
  })
  const asUrl: [string, string] = ['in a URL', encodeURIComponent(secret)]
  const asJson: [string, string] = ['in JSON', JSON.stringify(secret).slice(1, -1)]
  const asBase64Url: [string, string][] = cuts.map(([name, text]) => [
    `${name}, for URLs`,
    Buffer.from(text, 'base64').toString('base64url'),
  ])
  return [
    ['as it is', core],
    asUrl,
    asJson,
    ...cuts,
    ...asBase64Url,
    ['hexadecimal', Buffer.from(core).toString('hex')],
  ]
}

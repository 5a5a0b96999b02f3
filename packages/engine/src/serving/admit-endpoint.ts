/** What an online endpoint is refused for: shares of traffic that do not add up. */
import { asObject, type Issue, type JsonObject } from '@lazurite/spec'
import type { Draft } from '../jobs/type.ts'

const mostMirrored = 50

/** Shares are whole percents, together 0 or 100; one deployment that answers none may get copies of at most half. */
export async function admitOnlineEndpoint({ props }: Pick<Draft, 'props'>): Promise<Issue[]> {
  const traffic = sharesOf(props.traffic)
  const mirror = sharesOf(props.mirrorTraffic)
  const issues = [...wrongIn(traffic, 'traffic'), ...wrongIn(mirror, 'mirrorTraffic')]
  if (issues.length > 0) return issues
  const sum = traffic.reduce((all, [, share]) => all + share, 0)
  if (sum !== 0 && sum !== 100) {
    const message = `the shares of traffic add up to ${sum}: together they are 100, or 0`
    return [issue('traffic', message, hintFor(traffic, sum))]
  }
  const copied = mirror.filter(([, share]) => share > 0)
  if (copied.length > 1) return [issue('mirrorTraffic', 'one deployment may get copies of calls, not several')]
  const [name, share = 0] = copied[0] ?? []
  if (share > mostMirrored) return [issue('mirrorTraffic', `at most ${mostMirrored} percent of the calls are copied`)]
  if (traffic.some(([other, live]) => other === name && live > 0)) {
    const message = `${name} answers calls, and cannot get copies of them as well`
    return [
      issue('mirrorTraffic', message, `set its share to 0: laz online-endpoint update --mirror-traffic "${name}=0"`),
    ]
  }
  return []
}

function sharesOf(value: JsonObject[string] | undefined): [string, number][] {
  return Object.entries(asObject(value)).map(([name, share]) => [name, typeof share === 'number' ? share : Number.NaN])
}

function wrongIn(shares: [string, number][], key: string): Issue[] {
  return shares
    .filter(([, share]) => !(Number.isInteger(share) && share >= 0 && share <= 100))
    .map(([name]) => issue(key, `the share of ${name} is no whole number from 0 to 100`))
}

/** With two, the other share is meant to be the rest. */
function hintFor(shares: [string, number][], sum: number): string | undefined {
  const [first, second] = shares
  if (!first || !second || shares.length > 2 || sum > 200) return undefined
  return `for instance ${first[0]}=${100 - Math.min(100, second[1])} ${second[0]}=${Math.min(100, second[1])}`
}

function issue(key: string, message: string, hint?: string): Issue {
  return { path: ['properties', key], message, ...(hint === undefined ? {} : { hint }) }
}

// A call of an endpoint from the page: with its key, past the shares when a deployment is named.
import { ApiError, ask } from '../../data/api.ts'
import { type Endpoint, endpointPath } from '../../data/endpoints.ts'
import { armUrl, localPart } from '../../data/queries.ts'

export interface Answered {
  status: number
  ms: number
  /** The deployment that answered. */
  by: string
  body: string
  headers: [string, string][]
}

export interface Keys {
  primaryKey: string
  secondaryKey: string
}

/** Raises ApiError, 403 for a login that may only look. */
export function askKeys(arm: string, name: string): Promise<Keys> {
  return ask<Keys>(armUrl(`${endpointPath(arm, 'online', name)}/listKeys`), { method: 'POST' })
}

async function secretOf(arm: string, { name, auth }: Endpoint): Promise<string> {
  if (auth === 'key') return (await askKeys(arm, name)).primaryKey
  if (auth === 'aml_token')
    return (
      await ask<{ accessToken: string }>(armUrl(`${endpointPath(arm, 'online', name)}/token`), { method: 'POST' })
    ).accessToken
  throw new ApiError(
    0,
    'NotHere',
    'This endpoint takes the token of the server itself, which no page is told. Call it from a terminal.',
  )
}

export async function call(
  arm: string,
  endpoint: Endpoint,
  o: { body: string; deployment: string },
): Promise<Answered> {
  const secret = await secretOf(arm, endpoint)
  const started = performance.now()
  const answer = await fetch(localPart(endpoint.scoringUri), {
    method: 'POST',
    credentials: 'omit',
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      ...(o.deployment === '' ? {} : { 'azureml-model-deployment': o.deployment }),
    },
    body: o.body,
  })
  const body = await answer.text()
  return {
    status: answer.status,
    ms: performance.now() - started,
    by: answer.headers.get('azureml-model-deployment') ?? '',
    body: pretty(body),
    headers: [...answer.headers],
  }
}

/** JSON with room, anything else as it is. */
export function pretty(text: string): string {
  try {
    const spread = JSON.stringify(JSON.parse(text), null, 2)
    // lists of numbers stay on their lines
    return spread.replace(
      /\[\s+((?:-?[\d.e+-]+,?\s+)+)\]/g,
      (_, inner: string) => `[${inner.trim().split(/,\s+/).join(', ')}]`,
    )
  } catch {
    return text
  }
}

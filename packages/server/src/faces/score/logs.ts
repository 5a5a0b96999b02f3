/** What the replicas of a deployment said, and what became of laying out its model, code and environment. */
import { readdirSync } from 'node:fs'
import { deploymentFolder, readServing, tailOf } from '@lazurite/engine'
import { asNumber, asString, fail, type JsonObject } from '@lazurite/spec'
import { type Asked, needed } from '../arm/asked.ts'

/** What the official client asks for when it says nothing. */
const defaultLines = 5000
const mostLines = 100_000

/** POST getLogs: `{containerType, tail}` → `{content}`. */
export async function getLogs(asked: Asked): Promise<JsonObject> {
  const row = await needed(asked)
  const container = asString(asked.body.containerType) ?? 'InferenceServer'
  const lines = asNumber(asked.body.tail) ?? defaultLines
  if (!Number.isInteger(lines) || lines < 0)
    fail('BadArgument', { what: 'tail must be a whole number of lines.' }, { target: 'tail' })
  const word = container.toLowerCase().replace(/[^a-z]/g, '')
  if (word !== 'inferenceserver' && word !== 'storageinitializer')
    fail(
      'BadArgument',
      { what: 'containerType must be InferenceServer or StorageInitializer.' },
      { target: 'containerType' },
    )
  const it = readServing(row.status)
  if (!it) return { content: '' }
  const folder = deploymentFolder(asked.room.deps.store.home, it.uuid)
  const most = Math.min(lines, mostLines)
  if (word === 'storageinitializer') return { content: tailOf(folder.prepareLog, most) }
  return { content: replicaLogs(folder.logs, most) }
}

/** One after the other, the newest replica last, each with its name above when there are several. */
function replicaLogs(folder: string, lines: number): string {
  const names = list(folder)
    .flatMap((name) => /^r(\d+)\.log$/.exec(name) ?? [])
    .filter((text) => /^\d+$/.test(text))
    .map(Number)
    .sort((a, b) => a - b)
  const texts = names.map((n) => ({ n, text: tailOf(`${folder}/r${n}.log`, lines) })).filter(({ text }) => text !== '')
  if (texts.length <= 1) return texts[0]?.text ?? ''
  return texts.map(({ n, text }) => `Instance r${n}:\n${text}`).join('\n')
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

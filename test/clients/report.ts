/** What a client was seen to do, kept for the compatibility report. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SeenOperation {
  operation: string
  verdict: 'works' | 'refused by name' | 'differs'
  reason?: string
}

/** Writes the verdicts of one client into the folder that LAZ_REPORT names; does nothing where it names none. */
export function keepVerdicts(client: string, rows: readonly SeenOperation[]): void {
  const folder = process.env.LAZ_REPORT
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  const name = client.replaceAll(/[^\w.-]+/g, '-')
  writeFileSync(join(folder, `verdicts-${name}.json`), `${JSON.stringify({ client, rows }, null, 1)}\n`)
}
